"""Reading of metadata tables as people save them: CSV in several encodings and separators."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["Row", "Table", "read_table"]

SEPARATORS: Final = (",", ";", "\t", "|")

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        line: Number of its last line in the file.
        cells: Text by column; empty where the row is shorter than the header.
        surplus: Cells beyond the header.

    Examples:
        >>> Row(line=2, cells={"clip_ID": "a.wav"}, surplus=()).cells["clip_ID"]
        'a.wav'
    """

    line: int
    cells: dict[str, str]
    surplus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        columns: Names of the columns.
        rows: Rows with at least one cell that is not empty.
        empty: Number of rows without.

    Examples:
        >>> Table(columns=("clip_ID",), rows=(), empty=1).empty
        1
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: int


def read_table(path: Path, required: Sequence[str], known: Collection[str] = ()) -> Table:
    r"""Read a table with a header.

    The encoding is UTF-8, UTF-16, or UTF-32 with a byte order mark. The separator is the comma,
    semicolon, tab or bar that gives the header most of the required columns. Lines end in LF,
    CRLF or CR.

    Args:
        path: The file.
        required: Columns that the table must have.
        known: Further columns that are used. Required and known columns are also found if they
            are written in another case or with spaces around the name.

    Returns:
        The table, with required and known columns in the spelling of the arguments.

    Raises:
        DataNotFoundError: The file does not exist.
        DataError: The file is not such a table, lacks a required column, or has a required or
            known column twice.

    Examples:
        >>> Path("table.csv").write_text("CLIP_id; Answer\na.wav;Crying\n")
        29
        >>> table = read_table(Path("table.csv"), ["clip_ID", "Answer"])
        >>> table.columns, table.rows[0].cells["clip_ID"]
        (('clip_ID', 'Answer'), 'a.wav')
    """
    if not path.is_file():
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise DataNotFoundError(
            f"There is no metadata table {path}{where}.", hint="Check `csv` in data.yaml."
        )
    text = _text(path)
    separator, text = _declared(path, text)
    skipped = 1 if separator else 0
    used = tuple(dict.fromkeys((*required, *known)))
    separator = separator or max(SEPARATORS, key=lambda s: _header_score(text, s, used))
    # Without strict, an unclosed quote would swallow all rows that follow.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            rows.append((reader.line_num, cells))  # noqa: PERF401 - kept if the next row fails
    except csv.Error as error:
        begin = rows[-1][0] + 1 + skipped if rows else 1 + skipped
        raise DataError(
            f"{path}, line {begin}, is not a CSV table: {error}. The row that begins there ends in "
            f"line {reader.line_num + skipped}.",
            hint="Correct the row, such as a quotation mark that is not closed.",
        ) from None
    header = next((cells for _, cells in rows if any(map(str.strip, cells))), [])
    columns = _columns(path, header, required, used)
    body = rows[[cells for _, cells in rows].index(header) + 1 :] if header else []
    found, empty = [], 0
    for line, cells in body:
        if not any(map(str.strip, cells)):
            empty += bool(cells)
            continue
        padded = (*cells, *[""] * (len(columns) - len(cells)))
        by_name: dict[str, str] = {}
        for name, cell in zip(columns, padded, strict=False):
            by_name.setdefault(name, cell)
        found.append(Row(line + skipped, by_name, tuple(cells[len(columns) :])))
    return Table(columns, tuple(found), empty)


def _declared(path: Path, text: str) -> tuple[str, str]:
    """Return the separator that a first line ``sep=;`` declares, as in Excel, and the rest."""
    first, *rest = text.splitlines(keepends=True) or [""]
    plain = first.rstrip("\r\n").strip(' "')
    if not plain.casefold().startswith("sep="):
        return "", text
    separator = plain[len("sep=") :].strip('"') or first[len("sep=") :][:1]
    separator = {"\\t": "\t", "tab": "\t"}.get(separator.casefold(), separator)
    if len(separator) != 1 or separator in "\r\n":
        raise DataError(
            f"{path}, line 1, declares the separator {separator!r}, which is not one character.",
            hint="Write a comma, semicolon, tab or bar after `sep=`, or remove the line.",
        )
    return separator, "".join(rest)


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(
            f"{path} is not a CSV table in UTF-8: it is a workbook of a spreadsheet program.",
            hint="Save the sheet as CSV, UTF-8.",
        )
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and data[:2].count(0) == 1:  # every second byte of ASCII text is 0
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path} is not a CSV table in UTF-8: line {line} has the byte "
            f"0x{data[error.start]:02x}, as in Latin-1 or Windows-1252.",
            hint=f"Save it as CSV, UTF-8, or run: iconv -f WINDOWS-1252 -t UTF-8 {path} > new.csv",
        ) from None


def _header_score(text: str, separator: str, used: Sequence[str]) -> int:
    """Number of used columns that the first line has with this separator."""
    first = next(iter(text.lstrip().splitlines()), "")
    names = {_plain(cell) for row in _lenient(first, separator) for cell in row}
    return sum(_plain(name) in names for name in used)


def _lenient(line: str, separator: str) -> Iterator[list[str]]:
    return csv.reader([line], delimiter=separator)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _columns(
    path: Path, header: Sequence[str], required: Sequence[str], used: Sequence[str]
) -> tuple[str, ...]:
    """Names of the columns, those that are used in their own spelling."""
    exact = set(header) & set(used)
    spelled = {_plain(name): name for name in used if name not in exact}
    columns = tuple(cell if cell in exact else spelled.get(_plain(cell), cell) for cell in header)
    if missing := [name for name in required if name not in columns]:
        listed = ", ".join(cell.strip() or "(unnamed)" for cell in header) or "none"
        raise DataError(
            f"{path} has no column {', '.join(missing)}. Its columns are: {listed}.",
            hint=f"It needs at least {', '.join(required)}, separated by commas, semicolons or "
            "tabs.",
        )
    if doubled := [name for name in used if columns.count(name) > 1]:
        raise DataError(f"{path} has the column {doubled[0]} twice.", hint="Keep one of them.")
    return columns
