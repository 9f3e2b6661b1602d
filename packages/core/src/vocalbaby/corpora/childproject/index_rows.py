"""Replaces the rows of one set in ``metadata/annotations.csv``, and leaves all others alone."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from vocalbaby.exception import DataError

__all__ = ["COLUMNS", "replace_set"]

#: Columns of a new index, in ChildProject's order.
COLUMNS: Final = (
    "set",
    "recording_filename",
    "time_seek",
    "range_onset",
    "range_offset",
    "raw_filename",
    "format",
    "filter",
    "annotation_filename",
    "imported_at",
    "package_version",
    "error",
    "merged_from",
)
#: Columns without which a row does not say where its annotations are.
_NEEDED: Final = (*COLUMNS[:6], "annotation_filename")
#: Columns that do not say what the row is about: when, and by which version.
_OCCASION: Final = ("imported_at", "package_version")


def replace_set(data: bytes, name: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    r"""Return the index with new rows of a set.

    Rows of other sets are the same bytes as before. A row of the set that is there already, apart
    from when it was imported, stays as it is, in its order; the others follow at the end.

    Args:
        data: Content of ``metadata/annotations.csv``; empty for a new one.
        name: The set.
        rows: All rows of the set.

    Raises:
        DataError: The index is damaged, or lacks a column that the rows need.

    Examples:
        >>> row = dict.fromkeys(COLUMNS, "0") | {"set": "ours", "recording_filename": "day1.wav"}
        >>> index = replace_set(b"", "ours", [row])
        >>> index == replace_set(index, "ours", [row | {"imported_at": "2030-01-01 00:00:00"}])
        True
        >>> replace_set(index, "ours", []).decode().count("\n")
        1
    """
    if not data:
        data = (",".join(COLUMNS) + "\n").encode()
    records = list(_records(data))
    names, header = records[0]
    if missing := [column for column in _NEEDED if column not in names]:
        raise DataError(
            f"metadata/annotations.csv lacks the column {missing[0]}.",
            hint="Let ChildProject check it: child-project validate PROJECT --annotations SET.",
        )
    end = "\r\n" if header.endswith("\r\n") else "\n"
    new = {_key(row, names): row for row in rows}
    kept: list[str] = [header]
    for cells, text in records[1:]:
        row = dict(zip(names, cells, strict=False))
        if row.get("set") != name or new.pop(_key(row, names), None) is not None:
            kept.append(text)
    if new and not kept[-1].endswith(("\n", "\r")):
        kept[-1] += end
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end)
    writer.writerows([row.get(column, "") for column in names] for row in new.values())
    return ("".join(kept) + out.getvalue()).encode()


def _key(row: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(row.get(column, "") for column in names if column not in _OCCASION)


def _records(data: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the cells of each record with its text, which may have several lines."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DataError("metadata/annotations.csv is not in UTF-8.") from None
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, strict=True)
    done = 0
    try:
        for cells in reader:
            yield cells, "".join(lines[done : reader.line_num])
            done = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"metadata/annotations.csv, line {reader.line_num}: The row is damaged: {error}."
        ) from None
