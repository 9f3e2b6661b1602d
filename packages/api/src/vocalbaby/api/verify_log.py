"""The report of ``vocalbaby-serve verify-log``."""

import json
from pathlib import Path

from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.monitoring.prediction_log import LogReport, verify
from vocalbaby.utils.wording import counted

__all__ = ["DamagedLogError", "report_log"]


def report_log(location: str, *, as_json: bool) -> str:
    """Verify a log and describe it.

    Args:
        location: Folder of the log, or ``s3://bucket/prefix``.
        as_json: Whether to return JSON.

    Raises:
        DataNotFoundError: The folder does not exist.
        DamagedLogError: A part of the log is damaged, missing or unreadable.
        StorageError: S3 cannot be read.
    """
    if "://" not in location and not Path(location).is_dir():
        raise DataNotFoundError(
            f"There is no prediction log {location}.",
            hint="Name its folder, or s3://bucket/prefix.",
        )
    report = verify(open_storage(location) if "://" in location else location)
    text = _as_json(report) if as_json else _as_text(location, report)
    if report.left_out:
        raise DamagedLogError(text, location, report)
    return text


class DamagedLogError(DataError):
    """A part of a prediction log is damaged, missing or unreadable.

    Args:
        text: The report, which belongs to stdout.
        location: The log.
        report: What is wrong.
    """

    def __init__(self, text: str, location: str, report: LogReport) -> None:
        parts = counted(len(report.left_out), "part")
        super().__init__(
            f"{parts} of the prediction log {location} cannot be read or was changed.",
            hint="The other rows can be read. Restore the files from a copy, or remove them.",
        )
        self.text = text


def _as_json(report: LogReport) -> str:
    left_out = [part._asdict() for part in report.left_out]
    return json.dumps(report._asdict() | {"left_out": left_out}, indent=2)


def _as_text(location: str, report: LogReport) -> str:
    lines = [str(part) for part in report.left_out]
    lines.append(f"{location}: {counted(report.files, 'file')}, {counted(report.rows, 'row')}")
    if report.torn:
        lines.append(
            f"{counted(report.torn, 'file')} with an incomplete write at the end: the process is "
            "writing, or was killed"
        )
    if report.unchecked:
        lines.append(f"{counted(report.unchecked, 'file')} without checksums, not verified")
    return "\n".join(lines)
