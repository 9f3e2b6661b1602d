"""Rows of CSV files that come from elsewhere."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from vocalbaby.annotations.text import SourceName, decode
from vocalbaby.exception import DataError

__all__ = ["Row", "as_csv", "has_columns", "read_rows"]

#: Programs of countries with a decimal comma separate columns with semicolons.
_DELIMITERS: Final = ",;\t"
_LONGEST_FIELD: Final = 2**24
_LONGEST_HEAD: Final = 2**16


class Row(NamedTuple):
    """A row.

    Attributes:
        line: Number of its last line in the file.
        cells: Text by column, without empty cells.
    """

    line: int
    cells: dict[str, str]


def has_columns(data: bytes, required: Sequence[str]) -> bool:
    """Whether the first row of a file names these columns, whatever separates them."""
    try:
        text = decode(data[:_LONGEST_HEAD], SourceName())
    except DataError:
        return False
    return _delimiter(text, required) is not None


def _delimiter(text: str, required: Sequence[str]) -> str | None:
    for delimiter in _DELIMITERS:
        try:
            names = _names(_reader(text[:_LONGEST_HEAD], delimiter), required)
        except csv.Error:
            continue
        if set(required) <= set(names):
            return delimiter
    return None


def _reader(text: str, delimiter: str) -> "csv._reader":  # type: ignore[name-defined] # of stubs
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _names(reader: Iterator[list[str]], required: Sequence[str]) -> list[str]:
    """Names in the header; blanks around those that are asked for do not count."""
    return [n.strip() if n.strip() in required else n for n in next(reader, [])]


def read_rows(data: bytes, source: SourceName, required: Sequence[str]) -> Iterator[Row]:
    """Read the rows of a CSV file with a header; empty ones are left out.

    Columns are separated by commas, semicolons or tabs, whichever gives the required ones.

    Raises:
        DataError: The file has no header, the header lacks a required column or has one twice, or
            a row has another number of cells than the header.
    """
    text = decode(data, source)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = _reader(text, _delimiter(text, required) or ",")
    try:
        names = _names(reader, required)
        _check_header(names, source, required)
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(names):
                raise source.error(
                    f"The row has {len(cells)} cells, and the header {len(names)}.",
                    line=reader.line_num,
                    hint="Put text that contains the separator into quotation marks.",
                )
            row = zip(names, cells, strict=True)
            yield Row(reader.line_num, {name: cell for name, cell in row if cell != ""})
    except csv.Error as error:
        raise source.error(f"The row is damaged: {error}.", line=reader.line_num) from None


def _check_header(names: Sequence[str], source: SourceName, required: Sequence[str]) -> None:
    if not any(names):
        raise source.error("The file is empty.", hint=f"Its header needs {', '.join(required)}.")
    if missing := [name for name in required if name not in names]:
        raise source.error(
            f"The header lacks {', '.join(missing)}; it has {', '.join(names)[:200]}.",
            line=1,
            hint="Rename the columns, or name another format.",
        )
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise source.error(f"The header has {twice[0]!r} twice.", line=1)


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, str]], missing: str) -> str:
    """Write rows, with `missing` in cells that have no text."""
    stream = io.StringIO(newline="")
    plain = csv.writer(stream, lineterminator="\n")
    # The module does not quote carriage returns by itself, and readers take them for line ends.
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for cells in (names, *([row.get(name, missing) for name in names] for row in rows)):
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)
    return stream.getvalue()
