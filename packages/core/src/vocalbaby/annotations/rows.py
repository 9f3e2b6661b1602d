"""Rows of CSV files that come from elsewhere."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from vocalbaby.annotations.text import Place, decode

__all__ = ["Row", "as_csv", "header_of", "read_rows"]

#: Programs of countries with a decimal comma separate columns with semicolons.
_DELIMITERS: Final = ",;\t"
_LONGEST_FIELD: Final = 2**24


class Row(NamedTuple):
    """A row.

    Attributes:
        line: Number of its last line in the file.
        cells: Text by column, without empty cells.
    """

    line: int
    cells: dict[str, str]


def header_of(data: bytes) -> list[str]:
    """Return the names in the first row of a file, or nothing if that is not text."""
    head = data[:65_536].decode("utf-8-sig", "replace").replace("\0", "").split("\n", 1)[0]
    return [name.strip(' "\r\ufffd') for name in head.split(_delimiter(head))]


def _delimiter(head: str) -> str:
    return max(_DELIMITERS, key=head.count)


def read_rows(data: bytes, place: Place, required: Sequence[str]) -> Iterator[Row]:
    """Read the rows of a CSV file with a header; empty ones are left out.

    Columns are separated by commas, semicolons or tabs, whichever the header has most of.

    Raises:
        DataError: The file has no header, the header lacks a required column or has one twice, or
            a row has another number of cells than the header.
    """
    text = decode(data, place)
    delimiter = _delimiter(text.split("\n", 1)[0])
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _check_header(names, place, required)
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(names):
                raise place.error(
                    f"The row has {len(cells)} cells, and the header {len(names)}.",
                    line=reader.line_num,
                    hint="Put text that contains the separator into quotation marks.",
                )
            row = zip(names, cells, strict=True)
            yield Row(reader.line_num, {name: cell for name, cell in row if cell != ""})
    except csv.Error as error:
        raise place.error(f"The row is damaged: {error}.", line=reader.line_num) from None


def _check_header(names: Sequence[str], place: Place, required: Sequence[str]) -> None:
    if not any(names):
        raise place.error("The file is empty.", hint=f"Its header needs {', '.join(required)}.")
    if missing := [name for name in required if name not in names]:
        raise place.error(
            f"The header lacks {', '.join(missing)}; it has {', '.join(names)[:200]}.",
            line=1,
            hint="Rename the columns, or name another format.",
        )
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise place.error(f"The header has {twice[0]!r} twice.", line=1)


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, str]], missing: str) -> str:
    """Write rows, with `missing` in cells that have no text."""
    stream = io.StringIO(newline="")
    plain = csv.writer(stream, lineterminator="\n")
    # The module does not quote carriage returns by itself, and readers take them for line ends.
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(names)
    for row in rows:
        cells = [row.get(name, missing) for name in names]
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)
    return stream.getvalue()
