"""What happens to files that nobody writes any more: shipped, and removed in their time.

Several processes may keep one folder: whoever locks a file first deals with it.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from vocalbaby.monitoring.prediction_log.counting import Metrics
from vocalbaby.monitoring.prediction_log.decoding import LogFormatError
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, OPEN, LogFileKey, parse
from vocalbaby.monitoring.prediction_log.journal import claimed, recover
from vocalbaby.monitoring.prediction_log.stores import Folder, Store

__all__ = ["LogShipper"]

_log: Final = logging.getLogger(__name__)


class LogShipper:
    """See the module; not for several threads.

    Args:
        folder: Of the log.
        open_store: Opens the place to ship to, again when it failed; None: files stay.
        days: Files of hours longer ago are removed from the folder, shipped or not.
        store_days: And from the store.
        metrics: Where to count.
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
        self._swept: datetime | None = None
        self._at_fault: set[str] = set()

    def run_once(self, now: datetime) -> bool:
        """Do what is to be done; False when some of it failed and is to be tried again.

        A fault is logged when it begins and when it is over.
        """
        done = [self._does("finishing what was left", self._recover)]
        if (open_store := self._open_store) is not None:
            done.append(self._does("shipping", lambda: self._ship(open_store)))
            done.append(self._does("removing shipped files", lambda: self._sweep(open_store, now)))
        done.append(self._does("removing files", lambda: self._expire(now)))
        return all(done)

    def _does(self, what: str, step: Callable[[], None]) -> bool:
        try:
            step()
        except Exception as fault:  # noqa: BLE001 - a store may raise anything
            if what not in self._at_fault:
                _log.error("prediction log, %s: %s", what, fault)
            self._at_fault.add(what)
            return False
        if what in self._at_fault:
            _log.warning("prediction log, %s: works again", what)
            self._at_fault.remove(what)
        return True

    def _recover(self) -> None:
        faults = []
        for place in self._here(OPEN):
            try:
                recover(self._folder / place.key)
            except (OSError, LogFormatError) as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    def _ship(self, open_store: Callable[[], Store]) -> None:
        for place in self._here(FINISHED):
            path = self._folder / place.key
            with claimed(path) as file:
                if file is None:
                    continue
                try:
                    open_store().replace(place.key, path.read_bytes())
                except Exception:
                    self._metrics.count_file("failed")
                    raise
                self._metrics.count_file("shipped")
                self._remove(place.key)

    def _sweep(self, open_store: Callable[[], Store], now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._store_days is None or hour == self._swept:  # to list a store is not free
            return
        store = open_store()
        for key in _older(_places(store), now, self._store_days):
            store.delete(key)
        self._swept = hour

    def _expire(self, now: datetime) -> None:
        if self._days is not None:
            for key in _older(self._here(FINISHED), now, self._days):
                self._remove(key)

    def _here(self, ending: str) -> list[LogFileKey]:
        return [place for place in _places(Folder(self._folder)) if place.ending == ending]

    def _remove(self, key: str) -> None:
        """Remove a file, and its folders when they are empty."""
        path = self._folder / key
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
            path.parent.parent.rmdir()


def _places(source: Store | Folder) -> list[LogFileKey]:
    return sorted(place for place in map(parse, source.list()) if place is not None)


def _older(places: Iterable[LogFileKey], now: datetime, days: float) -> list[str]:
    return [place.key for place in places if place.ends <= now - timedelta(days=days)]
