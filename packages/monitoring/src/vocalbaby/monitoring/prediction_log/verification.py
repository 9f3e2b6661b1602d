"""Verifies the checksums of a whole log, without keeping its rows in memory."""

from pathlib import Path
from typing import NamedTuple

from vocalbaby.monitoring.prediction_log.reading import files
from vocalbaby.monitoring.prediction_log.rows import LeftOut
from vocalbaby.monitoring.prediction_log.stores import Folder, Source

__all__ = ["LogReport", "verify"]


class LogReport(NamedTuple):
    """What is in a log.

    Attributes:
        files: Number of files.
        rows: Number of rows that can be read.
        torn: Number of files with an incomplete write at their end: their process was killed, or
            is writing.
        unchecked: Number of files without checksums, which cannot be verified.
        left_out: Damaged, missing or unreadable parts.

    Examples:
        >>> verify("empty")
        LogReport(files=0, rows=0, torn=0, unchecked=0, left_out=[])
    """

    files: int
    rows: int
    torn: int
    unchecked: int
    left_out: list[LeftOut]


def verify(source: str | Path | Source) -> LogReport:
    """Read every file of a log.

    Args:
        source: Folder of the log, or the store that its files are shipped to.

    Returns:
        The number of files and rows, and what is wrong with them.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     report = verify(folder)
        >>> report.files, report.rows, report.left_out
        (0, 0, [])
    """
    reader = Folder(Path(source)) if isinstance(source, str | Path) else source
    count = rows = torn = unchecked = 0
    left_out: list[LeftOut] = []
    for file in files(reader):
        count += file.key is not None
        rows += sum(map(len, file.stream.batches))
        torn += file.stream.found.torn
        unchecked += not file.stream.sealed
        left_out += file.left_out
    return LogReport(count, rows, torn, unchecked, left_out)
