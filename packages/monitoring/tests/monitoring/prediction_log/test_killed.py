"""Processes that are killed while they write."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from vocalbaby.monitoring.prediction_log import LogOptions, PredictionLog, Record, read

MakeRecord = Callable[..., Record]

KILLS = 30
#: Small and large writes.
AHEAD = (10, 300, 3000)


def write_until_killed(
    folder: Path, record: MakeRecord, first: int, ahead: int, report: int
) -> None:
    """Log rows, at most ``ahead`` of them unwritten, and report the written ones through a pipe."""
    log = PredictionLog(LogOptions(folder, gather_s=0.0, max_file_bytes=200_000))
    log.start()
    os.write(report, b"0\n")
    last = 0
    for number in range(first, first + 10**6, 7):
        log.append([record(number + i) for i in range(7)])
        counts = log.counts
        if counts.written > last:
            last = counts.written
            os.write(report, b"%d\n" % last)
        if counts.waiting > ahead:
            log.flush()
    raise AssertionError("it was not killed")


def test_written_rows_survive_any_kill(tmp_path: Path, store: Any, record: MakeRecord) -> None:
    random = Random(1)
    acknowledged: dict[int, int] = {}
    for kill in range(KILLS):
        first = kill * 10**6
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                write_until_killed(tmp_path, record, first, AHEAD[kill % len(AHEAD)], write_end)
            finally:
                os._exit(1)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as report:
            assert report.readline() == b"0\n"  # it has begun
            time.sleep(random.uniform(0.0, 0.15))
            os.kill(pid, signal.SIGKILL)
            lines = report.read().split(b"\n")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        acknowledged[first] = max([0, *(int(line) for line in lines[:-1] if line)])

    rows = read(tmp_path)
    numbers = np.array([int(name[1:]) for name in rows.request_id])
    assert len(set(numbers)) == len(numbers)
    for first, written in acknowledged.items():
        own = numbers[(first <= numbers) & (numbers < first + 10**6)]
        assert len(own) >= written
        assert set(own) == set(range(first, first + len(own)))  # in order, none left out
    assert sum(acknowledged.values()) > 10 * KILLS
    for place in range(len(rows)):
        expected = record(int(numbers[place]))
        np.testing.assert_array_equal(rows.features[place], expected.features)
        assert rows.label[place] == expected.label
        assert rows.warnings[place] == expected.warnings
        assert dict(zip(rows.classes, rows.probabilities[place], strict=True)) == (
            expected.probabilities
        )

    with PredictionLog(LogOptions(tmp_path), lambda: store):
        pass
    shipped = read(store)
    assert sorted(shipped.request_id) == sorted(rows.request_id)
    assert shipped.torn == 0
    assert list(tmp_path.glob("*/*/*")) == []
