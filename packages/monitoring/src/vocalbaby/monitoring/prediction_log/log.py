"""The log as a service uses it: rows go in at once, and two threads do the rest."""

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

from vocalbaby.monitoring.prediction_log.buffer import Counts, RowBuffer
from vocalbaby.monitoring.prediction_log.counting import Metrics, NoMetrics
from vocalbaby.monitoring.prediction_log.record import Record
from vocalbaby.monitoring.prediction_log.shipper import LogShipper
from vocalbaby.monitoring.prediction_log.stores import Store
from vocalbaby.monitoring.prediction_log.writer import Writer

__all__ = ["LogOptions", "PredictionLog"]

#: Seconds after which the writer looks whether an hour is over.
_TICK_S: Final = 10.0
#: Seconds until the shipper looks again: usually, after a first failure, and at most then.
_SHIP_S: Final = 600.0
_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 300.0

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How a log is written.

    Attributes:
        folder: Where; made if need be.
        queue_rows: Most rows in memory; more are dropped.
        gather_s: How long a row waits for others to be written with it, in seconds.
        max_file_bytes: A file that has grown to this is finished before its hour is over.
        fsync: Let nothing count as written before the disk has it: then rows also survive
            a power cut.
        retention_days: Files are removed from the folder after so long; None: never.
        store_retention_days: And from where they are shipped to.
        close_s: How long closing may take, in seconds.
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
    """Writes rows; a context manager, that is started and closed.

    Args:
        options: Where and how.
        open_store: Opens the place that finished files are shipped to, and are then removed
            from the folder; called in a thread, again when it fails. None: they stay.
        metrics: Where to count.

    Raises:
        OSError: The folder cannot be made, written or locked.
    """

    def __init__(
        self,
        options: LogOptions,
        open_store: Callable[[], Store] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        _try(options.folder)
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
        self._ending = False

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
        """What became of the rows so far."""
        return self._buffer.counts

    def start(self) -> None:
        """Begin to write; rows may come before. What a killed process left is taken up."""
        for name, work in {"writer": self._write, "shipper": self._keep}.items():
            thread = threading.Thread(target=work, name=f"vocalbaby-log-{name}", daemon=True)
            self._threads[name] = thread
            thread.start()

    def append(self, records: Sequence[Record]) -> None:
        """Log rows some time soon; returns at once, and drops and counts what is too much."""
        dropped = self._buffer.put(records)
        if dropped:
            self._metrics.count_rows("dropped", dropped)
            self._metrics.set_waiting(self._buffer.counts.waiting)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until every row that was appended is written or failed; whether it is so."""
        return self._buffer.flush(timeout_s)

    def close(self) -> bool:
        """Write what waits, finish the files, ship them, and stop.

        Returns:
            Whether that was done in the time. Rows that were not taken by then are dropped;
            files that were not shipped are at the next start.
        """
        end = time.monotonic() + self._close_s
        self._buffer.close()
        self._join("writer", end)
        self._ending = True
        self._wake.set()
        self._join("shipper", end)
        late = [name for name, thread in self._threads.items() if thread.is_alive()]
        dropped = self._buffer.discard()
        if dropped:
            self._metrics.count_rows("dropped", dropped)
        if late or dropped:
            _log.error(
                "the prediction log did not end within %g s (%s); %d rows are dropped",
                self._close_s,
                ", ".join(late) or "never started",
                dropped,
            )
        return not late and not dropped

    def _join(self, name: str, end: float) -> None:
        if name in self._threads:
            self._threads[name].join(max(end - time.monotonic(), 0.0))

    def _write(self) -> None:
        """The writer's thread."""
        while True:
            rows = self._buffer.take(_TICK_S)
            if rows:
                self._metrics.set_waiting(self._buffer.counts.waiting)
                written = self._writer.write(rows)
                failed = len(rows) - written
                self._buffer.acknowledge(written, failed)
                self._count(written, failed)
            elif self._buffer.closed:
                self._writer.close()
                return
            if self._writer.rotate(time.time_ns()):
                self._wake.set()

    def _count(self, written: int, failed: int) -> None:
        if written:
            self._metrics.count_rows("written", written)
        if failed:
            self._metrics.count_rows("failed", failed)
        self._metrics.set_waiting(self._buffer.counts.waiting)

    def _keep(self) -> None:
        """The shipper's thread."""
        delay = _RETRY_S
        while True:
            self._wake.clear()
            ending = self._ending
            fine = self._shipper.run_once(datetime.now(UTC))
            if ending:
                return
            self._wake.wait(_SHIP_S if fine else delay)
            delay = _RETRY_S if fine else min(2 * delay, _LONGEST_RETRY_S)


def _try(folder: Path) -> None:
    """Find out now whether files can be made, filled and locked there."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(b"try")
