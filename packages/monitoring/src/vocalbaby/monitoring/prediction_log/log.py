"""The prediction log: rows are appended without blocking, and two threads write and ship them."""

import fcntl
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from vocalbaby.monitoring.prediction_log.buffer import Counts, Group, RowBuffer
from vocalbaby.monitoring.prediction_log.counting import Metrics, NoMetrics
from vocalbaby.monitoring.prediction_log.record import Record
from vocalbaby.monitoring.prediction_log.shipper import LogShipper
from vocalbaby.monitoring.prediction_log.stores import Store
from vocalbaby.monitoring.prediction_log.writer import Writer

__all__ = ["LogOptions", "PredictionLog"]

#: Seconds after which the writer checks whether an hour has ended.
_TICK_S: Final = 10.0
#: Seconds until the shipper runs again: usually, after a first failure, and after many.
_SHIP_S: Final = 600.0
_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 300.0

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Options of a prediction log.

    Attributes:
        folder: Folder of the log; created if it does not exist.
        queue_rows: Greatest number of rows in memory; further rows are dropped.
        gather_s: Seconds that a row waits for others to be written with it.
        max_file_bytes: Size in bytes at which a file is finished before its hour ends.
        fsync: Whether to flush each write to the disk before its rows count as written, so that
            they also survive a power cut.
        retention_days: Age in days at which files are removed from the folder; None keeps them.
        store_retention_days: Age in days at which files are removed from the store; None keeps
            them.
        close_s: Greatest number of seconds that closing takes.

    Examples:
        >>> LogOptions(Path("log"), retention_days=30).queue_rows
        10000
    """

    folder: Path
    queue_rows: int = 10_000
    gather_s: float = 0.2
    max_file_bytes: int = 64 * 2**20
    fsync: bool = False
    retention_days: float | None = None
    store_retention_days: float | None = None
    close_s: float = 10.0


class PredictionLog:
    """Writes rows in the background; a context manager that starts and closes the log.

    Args:
        options: Options of the log.
        open_store: Opens the store that finished files are moved to. It is called in a thread,
            and again after a failure. None leaves the files in the folder.
        metrics: Metrics that count rows and files.
        check: Whether to create the folder, and to verify that it can be written. Without this,
            rows fail and are counted until it can.

    Raises:
        OSError: The folder cannot be created, written or locked.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby.monitoring.prediction_log.record import LoggedModel
        >>> model = LoggedModel("pets-1", "mfcc", "1", columns=("x",), classes=("cat",))
        >>> record = Record(0, "r1", model, np.ones(1, np.float32), "cat", {"cat": 1.0}, 0.5, ())
        >>> with PredictionLog(LogOptions(Path("log"), gather_s=0.0)) as log:
        ...     log.append([record, record])
        ...     log.flush(), log.counts.written
        (True, 2)
    """

    def __init__(
        self,
        options: LogOptions,
        open_store: Callable[[], Store] | None = None,
        metrics: Metrics | None = None,
        *,
        check: bool = True,
    ) -> None:
        if check:
            _check_folder(options.folder)
        self._metrics = metrics or NoMetrics()
        self._close_s = options.close_s
        self._buffer = RowBuffer(options.queue_rows, options.gather_s)
        self._writer = Writer(options.folder, max_bytes=options.max_file_bytes, fsync=options.fsync)
        self._shipper = LogShipper(
            options.folder,
            open_store,
            days=options.retention_days,
            store_days=options.store_retention_days,
            metrics=self._metrics,
        )
        self._threads: dict[str, threading.Thread] = {}
        self._wake = threading.Event()
        self._closing = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def counts(self) -> Counts:
        """Numbers of rows by outcome."""
        return self._buffer.counts

    def start(self) -> None:
        """Start to write; rows may be appended before. Files of killed processes are recovered."""
        for name, work in {"writer": self._write, "shipper": self._ship}.items():
            thread = threading.Thread(target=work, name=f"vocalbaby-log-{name}", daemon=True)
            self._threads[name] = thread
            thread.start()

    def append(self, records: Sequence[Record]) -> None:
        """Add rows to the log, without blocking; rows that do not fit are dropped and counted.

        Args:
            records: The rows.
        """
        self._count_dropped(self._buffer.put(records))

    def commit(self, records: Sequence[Record], done: Callable[[bool], None]) -> None:
        """Add rows that are written together or not at all, without blocking.

        Rows that are committed while others are being written share the next write, and with
        `LogOptions.fsync` its flush.

        Args:
            records: At least one row; all are of one model and hour.
            done: Called once with whether the rows are written, usually by the thread that writes.
        """
        if not self._buffer.put_group(Group(records, done)):
            self._count_dropped(len(records))
            done(False)  # noqa: FBT003 - the outcome

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until every appended row is written or failed.

        Args:
            timeout_s: Longest wait in seconds.

        Returns:
            Whether this was so in time.
        """
        return self._buffer.flush(timeout_s)

    def close(self) -> bool:
        """Write the waiting rows, finish and ship the files, and stop.

        Returns:
            Whether this was done in time. Rows that the writer has not taken are dropped. Files
            that were not shipped are shipped after the next start.
        """
        end = time.monotonic() + self._close_s
        self._buffer.close()
        self._join("writer", end)
        self._closing = True
        self._wake.set()
        self._join("shipper", end)
        late = [name for name, thread in self._threads.items() if thread.is_alive()]
        discarded = self._buffer.discard()
        dropped = sum(len(group.rows) for group in discarded)
        self._count_dropped(dropped)
        _report(discarded, None)
        if late or dropped:
            _log.error(
                "the prediction log did not close within %g s (%s); %d rows are dropped",
                self._close_s,
                ", ".join(late) or "never started",
                dropped,
            )
        return not late and not dropped

    def _join(self, name: str, end: float) -> None:
        if name in self._threads:
            self._threads[name].join(max(end - time.monotonic(), 0.0))

    def _write(self) -> None:
        """Run the thread of the writer."""
        while True:
            groups = self._buffer.take(_TICK_S)
            if groups:
                self._write_groups(groups)
            elif self._buffer.closed:
                self._writer.close()
                return
            if self._writer.rotate(time.time_ns()):
                self._wake.set()

    def _write_groups(self, groups: list[Group]) -> None:
        self._metrics.set_waiting(self._buffer.counts.waiting)
        lost = self._writer.write([row for group in groups for row in group.rows])
        failed = len(lost)
        written = sum(len(group.rows) for group in groups) - failed
        self._buffer.acknowledge(written, failed)
        if written:
            self._metrics.count_rows("written", written)
        if failed:
            self._metrics.count_rows("failed", failed)
        self._metrics.set_waiting(self._buffer.counts.waiting)
        _report(groups, lost)

    def _count_dropped(self, dropped: int) -> None:
        if dropped:
            self._metrics.count_rows("dropped", dropped)
            self._metrics.set_waiting(self._buffer.counts.waiting)

    def _ship(self) -> None:
        """Run the thread of the shipper."""
        delay = _RETRY_S
        while True:
            self._wake.clear()
            closing = self._closing
            succeeded = self._shipper.run_once(datetime.now(UTC))
            if closing:
                return
            self._wake.wait(_SHIP_S if succeeded else delay)
            delay = _RETRY_S if succeeded else min(2 * delay, _LONGEST_RETRY_S)


def _report(groups: Sequence[Group], lost: Sequence[Record] | None) -> None:
    """Call back those who wait for the rows with the outcome; None means that all are lost."""
    missing = {id(row) for row in lost or ()}
    for group in groups:
        if group.done is not None:
            try:
                group.done(lost is not None and missing.isdisjoint(map(id, group.rows)))
            except Exception:  # noqa: BLE001 - one that waits must not end the log
                _log.exception("prediction log: the outcome of rows could not be reported")


def _check_folder(folder: Path) -> None:
    """Check that files can be created, written and locked in the folder."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(b"try")
