"""Processes that are killed while they write, finish, recover and ship files.

``scripts/test_log_kills.sh`` kills 200 processes.
"""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pytest

from vocalbaby.cloud.opening import open_storage
from vocalbaby.monitoring.prediction_log import LogOptions, PredictionLog, Record, Rows, read

MakeRecord = Callable[..., Record]

KILLS: Final = int(os.environ.get("VOCALBABY_TEST_KILLS", "24"))
#: Small and large writes.
AHEAD: Final = (10, 300, 3000)
#: Rows that a process may log.
SHARE: Final = 10**6
#: Rows that are logged together.
BATCH: Final = 7


def write_until_killed(
    options: LogOptions, store: Path, record: MakeRecord, first: int, ahead: int, report: int
) -> None:
    """Log rows, at most ``ahead`` of them unwritten, and report the written ones through a pipe.

    With `LogOptions.fsync`, rows are committed like those of a service that answers when they are
    on the disk: a number is reported for each of them.
    """
    log = PredictionLog(options, lambda: open_storage(str(store)))
    log.start()
    os.write(report, b"0\n")
    last = 0
    slots = threading.Semaphore(-(-ahead // BATCH))

    def done(number: int, written: bool) -> None:  # noqa: FBT001 - the outcome
        assert written
        os.write(report, b"%d\n" % number)
        slots.release()

    for number in range(first, first + SHARE, BATCH):
        rows = [record(number + i) for i in range(BATCH)]
        if options.fsync:
            slots.acquire()
            log.commit(rows, partial(done, number - first + BATCH))
            continue
        log.append(rows)
        counts = log.counts
        if counts.written > last:
            last = counts.written
            os.write(report, b"%d\n" % last)
        if counts.waiting > ahead:
            log.flush()
    raise AssertionError("it was not killed")


def killed(options: LogOptions, store: Path, record: MakeRecord, kill: int, wait_s: float) -> int:
    """The number of rows that a process has reported as written when it was killed."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ahead = AHEAD[kill % len(AHEAD)]
            write_until_killed(options, store, record, kill * SHARE, ahead, write_end)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(1)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as report:
        assert report.readline() == b"0\n"  # it has begun
        lines = [report.readline()] if kill % 2 else []  # it has written
        time.sleep(wait_s)
        os.kill(pid, signal.SIGKILL)
        lines += report.read().split(b"\n")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    return max([0, *(int(line) for line in lines[:-1] if line)])


def assert_as_written(rows: Rows, record: MakeRecord) -> None:
    for place in range(0, len(rows), 5):
        expected = record(int(rows.request_id[place][1:]))
        np.testing.assert_array_equal(rows.features[place], expected.features)
        assert rows.label[place] == expected.label
        assert rows.warnings[place] == expected.warnings
        assert dict(zip(rows.classes, rows.probabilities[place], strict=True)) == (
            expected.probabilities
        )


@pytest.mark.parametrize("fsync", [False, True])
def test_written_rows_survive_any_kill(tmp_path: Path, record: MakeRecord, fsync: bool) -> None:  # noqa: FBT001
    """No acknowledged row is lost, none is there twice, and none is altered."""
    random = Random(1)
    folder, store = tmp_path / "log", tmp_path / "store"
    size = 20_000 if fsync else 200_000
    options = LogOptions(folder, gather_s=0.0, max_file_bytes=size, fsync=fsync)
    acknowledged = {
        kill * SHARE: killed(options, store, record, kill, random.uniform(0.0, 0.15))
        for kill in range(KILLS // 2)
    }
    assert sum(written > 0 for written in acknowledged.values()) >= len(acknowledged) // 2

    for part in (read(folder), read(open_storage(str(store)))):
        assert part.left_out == ()
        assert_as_written(part, record)
    with PredictionLog(LogOptions(folder), lambda: open_storage(str(store))):
        pass
    assert list(folder.glob("*/*/*")) == []
    rows = read(open_storage(str(store)))
    assert (rows.torn, rows.unchecked, rows.left_out) == (0, 0, ())
    numbers = np.array([int(name[1:]) for name in rows.request_id])
    assert len(set(numbers)) == len(numbers)
    for first, written in acknowledged.items():
        own = numbers[(first <= numbers) & (numbers < first + SHARE)]
        assert len(own) >= written
        assert set(own) == set(range(first, first + len(own)))  # in order, none left out
