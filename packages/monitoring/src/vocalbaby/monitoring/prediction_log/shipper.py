"""Ships finished files to a store, and removes old files from the folder and the store.

Several processes may share a folder. The first one that locks a file handles it.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.prediction_log.counting import Metrics
from vocalbaby.monitoring.prediction_log.decoding import LogFormatError
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, OPEN, LogFileKey, parse
from vocalbaby.monitoring.prediction_log.journal import claimed, recover
from vocalbaby.monitoring.prediction_log.stores import Folder, Store, read_file

__all__ = ["LogShipper"]

_log: Final = logging.getLogger(__name__)


class _StoreError(Exception):
    """The store failed, so that other files cannot be shipped either."""


class LogShipper:
    """Recovers, ships and removes files; not thread-safe.

    Args:
        folder: Folder of the log.
        open_store: Opens the store that files are shipped to; called again after a failure.
            None leaves the files in the folder.
        days: Age in days at which files are removed from the folder, shipped or not; None keeps
            them.
        store_days: Age in days at which files are removed from the store; None keeps them.
        metrics: Metrics that count the files.
    """

    def __init__(
        self,
        folder: Path,
        open_store: Callable[[], Store] | None,
        *,
        days: float | None,
        store_days: float | None,
        metrics: Metrics,
    ) -> None:
        self._folder = folder
        self._open_store = None if open_store is None else cache(open_store)
        self._days = days
        self._store_days = store_days
        self._metrics = metrics
        self._last_sweep: datetime | None = None
        self._at_fault: set[str] = set()

    def run_once(self, now: datetime) -> bool:
        """Handle all files once.

        A fault is logged when it begins and when it ends.

        Args:
            now: Current time, with a time zone.

        Returns:
            Whether everything succeeded; otherwise the caller has to try again.
        """
        done = [self._attempt("recovering files", self._recover)]
        if (open_store := self._open_store) is not None:
            done.append(self._attempt("shipping", lambda: self._ship(open_store)))
            done.append(
                self._attempt("removing files from the store", lambda: self._sweep(open_store, now))
            )
        done.append(self._attempt("removing files", lambda: self._expire(now)))
        return all(done)

    def _attempt(self, what: str, step: Callable[[], None]) -> bool:
        try:
            step()
        except Exception as fault:  # noqa: BLE001 - a store may raise anything
            if what not in self._at_fault:
                _log.error("prediction log: %s failed: %s", what, fault)
            self._at_fault.add(what)
            return False
        if what in self._at_fault:
            _log.warning("prediction log: %s works again", what)
            self._at_fault.remove(what)
        return True

    def _recover(self) -> None:
        self._each(OPEN, lambda file_key: recover(self._folder / file_key.key))

    def _ship(self, open_store: Callable[[], Store]) -> None:
        self._each(FINISHED, lambda file_key: self._ship_file(file_key, open_store))

    def _ship_file(self, file_key: LogFileKey, open_store: Callable[[], Store]) -> None:
        with claimed(self._folder / file_key.key) as file:
            if file is None:
                return
            try:
                data = read_file(self._folder / file_key.key)
                try:
                    open_store().replace(file_key.key, data)
                except Exception as fault:
                    raise _StoreError(str(fault)) from fault
            except Exception:
                self._metrics.count_file("failed")
                raise
            self._metrics.count_file("shipped")
            self._remove(file_key.key)

    def _each(self, suffix: str, step: Callable[[LogFileKey], None]) -> None:
        """Handle every file; a file at fault does not stop the others, but is raised at last."""
        folder = Folder(self._folder)
        faults: list[Exception] = []
        for file_key in _keys(folder):
            if file_key.suffix == suffix:
                try:
                    step(file_key)
                except (OSError, LogFormatError) as fault:
                    faults.append(fault)
        faults += folder.faults.values()
        if faults:
            raise faults[0]

    def _sweep(self, open_store: Callable[[], Store], now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._store_days is None or hour == self._last_sweep:  # listing a store costs money
            return
        store = open_store()
        limit = now - timedelta(days=self._store_days)
        for key in _keys(store):
            if key.ends <= limit:
                store.delete(key.key)
        self._last_sweep = hour

    def _expire(self, now: datetime) -> None:
        if self._days is not None:
            limit = now - timedelta(days=self._days)
            self._each(FINISHED, lambda key: self._remove(key.key) if key.ends <= limit else None)

    def _remove(self, key: str) -> None:
        """Remove a file, and its folders if they are empty."""
        path = self._folder / key
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
            path.parent.parent.rmdir()


def _keys(source: Store | Folder) -> list[LogFileKey]:
    return sorted(key for key in map(parse, source.list()) if key is not None)
