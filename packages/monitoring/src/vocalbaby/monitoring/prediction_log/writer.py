"""Writes rows into files: one file for each model and hour, up to a maximum size."""

import logging
import secrets
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

from vocalbaby.monitoring.prediction_log.encoding import encode, encode_schema
from vocalbaby.monitoring.prediction_log.file_key import OPEN, LogFileKey, hour_of, version_folder
from vocalbaby.monitoring.prediction_log.journal import Journal
from vocalbaby.monitoring.prediction_log.record import LoggedModel, Record

__all__ = ["Writer"]

#: Rows with the same model and hour share a file.
_Key: TypeAlias = tuple[LoggedModel, str]

_log: Final = logging.getLogger(__name__)


class Writer:
    """Writes the files of one process; not thread-safe.

    Args:
        folder: Folder of the log; it must exist.
        max_bytes: Size in bytes at which a file is finished.
        fsync: Whether to flush each batch to the disk before it counts as written.
    """

    def __init__(self, folder: Path, *, max_bytes: int, fsync: bool = False) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._name = secrets.token_hex(8)
        self._number = count(1)
        self._journals: dict[_Key, Journal] = {}
        self._lost = 0

    def write(self, records: Iterable[Record]) -> list[Record]:
        """Append rows; return those that could not be written.

        A fault is logged when it begins and when it ends.
        """
        groups: dict[_Key, list[Record]] = {}
        for record in records:
            groups.setdefault((record.model, hour_of(record.time_ns)), []).append(record)
        lost: list[Record] = []
        for key, rows in groups.items():
            try:
                self._append(key, rows)
            except Exception as fault:  # noqa: BLE001 - a bad disk or row must not end the log
                self._finish(key)
                if not self._lost:
                    _log.error("the prediction log cannot be written, and rows are lost: %s", fault)
                self._lost += len(rows)
                lost += rows
            else:
                if self._lost:
                    _log.warning(
                        "the prediction log is written again; %d rows were lost", self._lost
                    )
                    self._lost = 0
        return lost

    def rotate(self, now_ns: int) -> int:
        """Finish the files of past hours; return their number."""
        hour = hour_of(now_ns)
        past = [key for key in self._journals if key[1] < hour]
        for key in past:
            self._finish(key)
        return len(past)

    def close(self) -> None:
        """Finish every file."""
        for key in list(self._journals):
            self._finish(key)

    def _append(self, key: _Key, rows: list[Record]) -> None:
        journal = self._journals.get(key)
        batch = encode(rows)
        if journal is None:
            model, hour = key
            name = f"{self._name}-{next(self._number):06d}"
            file_key = LogFileKey(version_folder(model.version), hour, name, OPEN)
            journal = Journal(self._folder, file_key, encode_schema(model), fsync=self._fsync)
            self._journals[key] = journal
        journal.append(batch, len(rows))
        if journal.size >= self._max_bytes:
            self._finish(key)

    def _finish(self, key: _Key) -> None:
        journal = self._journals.pop(key, None)
        if journal is not None:
            journal.finish()
