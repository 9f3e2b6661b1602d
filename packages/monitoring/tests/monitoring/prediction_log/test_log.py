"""The prediction log: appended rows, their files, and closing."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from packages.monitoring.tests.support import wait_until
from vocalbaby.monitoring.prediction_log import LogOptions, PredictionLog, Record, read
from vocalbaby.monitoring.prediction_log import log as log_module
from vocalbaby.monitoring.prediction_log import writer as writer_module
from vocalbaby.monitoring.prediction_log.journal import Journal

MakeRecord = Callable[..., Record]


OpenLog = Callable[..., PredictionLog]


#: 2026-03-01, 10:30 UTC.
HALF_PAST_TEN_NS = 1_772_361_000 * 10**9


HOUR_NS = 3600 * 10**9


def ids(folder: Path) -> list[str]:
    return [str(name) for name in read(folder).request_id]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*/*"))


def test_rows_can_be_read_while_and_after_they_are_written(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, counted: Any
) -> None:
    log = open_log(tmp_path)
    for number in range(0, 100, 10):
        log.append([record(number + i) for i in range(10)])
        log.append([])
    assert log.flush()
    assert log.counts == (100, 0, 0, 0)
    assert ids(tmp_path) == [f"r{number}" for number in range(100)]
    assert {Path(name).suffix for name in files(tmp_path)} == {".part"}
    assert log.close()
    assert ids(tmp_path) == [f"r{number}" for number in range(100)]
    assert {Path(name).suffix for name in files(tmp_path)} == {".arrows"}
    assert (counted.rows, counted.waiting) == ({"written": 100, "dropped": 0, "failed": 0}, 0)


def test_rows_are_gathered_into_one_write(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    append = Journal.append

    def watched(journal: Journal, batch: bytes, rows: int) -> None:
        sizes.append(len(batch))
        append(journal, batch, rows)

    monkeypatch.setattr(Journal, "append", watched)
    log = open_log(tmp_path, gather_s=0.3)
    for number in range(20):
        log.append([record(number)])
    wait_until(lambda: log.counts.written == 20)
    assert len(sizes) == 1


def test_flushing_does_not_wait_for_more_rows(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path, gather_s=60)
    log.append([record(0)])
    assert log.flush()
    assert ids(tmp_path) == ["r0"]


def test_files_are_not_readable_by_other_users(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path / "log")
    log.append([record(0)])
    assert log.flush()
    assert {path.stat().st_mode & 0o007 for path in (tmp_path / "log").rglob("*")} == {0}


def test_a_file_holds_one_hour_of_one_model(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    models = [record().model._replace(version=version) for version in ("m-1", "m-2")]
    log = open_log(tmp_path)
    log.append(
        [
            record(
                number, time_ns=HALF_PAST_TEN_NS + number % 3 * HOUR_NS, model=models[number % 2]
            )
            for number in range(12)
        ]
    )
    assert log.close()
    assert [name.rpartition("/")[0] for name in files(tmp_path)] == [
        f"m-{model}/2026-03-01T{hour}" for model in (1, 2) for hour in (10, 11, 12)
    ]
    assert len(read(tmp_path)) == 12
    assert set(read(tmp_path, model_version="m-2").request_id) == {
        f"r{number}" for number in range(1, 12, 2)
    }


def test_a_file_is_finished_when_its_hour_ends(tmp_path: Path, record: MakeRecord) -> None:
    writer = writer_module.Writer(tmp_path, max_bytes=10**9, fsync=True)
    writer.write([record(time_ns=HALF_PAST_TEN_NS)])
    assert writer.rotate(HALF_PAST_TEN_NS + 29 * 60 * 10**9) == 0
    assert files(tmp_path)[0].endswith(".part")
    assert writer.rotate(HALF_PAST_TEN_NS + 31 * 60 * 10**9) == 1
    assert files(tmp_path)[0].endswith(".arrows")
    writer.write([record(1, time_ns=HALF_PAST_TEN_NS)])  # a row of an hour that is over
    writer.close()
    assert len(files(tmp_path)) == 2
    assert ids(tmp_path) == ["r0", "r1"]


def test_a_file_is_finished_at_its_maximum_size(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path, max_file_bytes=10_000)
    for number in range(30):
        log.append([record(number)])
        log.flush()
    sizes = [(tmp_path / name).stat().st_size for name in files(tmp_path)]
    assert len(sizes) > 2
    assert max(sizes) < 12_000
    assert ids(tmp_path) == [f"r{number}" for number in range(30)]


def test_closing_writes_waiting_rows_and_refuses_further_ones(
    tmp_path: Path, record: MakeRecord, counted: Any
) -> None:
    log = PredictionLog(LogOptions(tmp_path, gather_s=60), None, counted)
    log.append([record(number) for number in range(3000)])  # more than one batch
    log.start()
    assert log.close()
    log.append([record(3000)])
    assert log.counts == (3000, 1, 0, 0)
    assert counted.rows == {"written": 3000, "dropped": 1, "failed": 0}
    assert len(read(tmp_path)) == 3000


def test_concurrent_threads_lose_no_rows(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path, gather_s=0.001)

    def work(thread: int) -> None:
        for number in range(thread * 500, (thread + 1) * 500, 5):
            log.append([record(number + i) for i in range(5)])

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.flush()
    assert sorted(ids(tmp_path)) == sorted(f"r{number}" for number in range(3000))


def test_an_idle_log_finishes_the_file_of_a_past_hour(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_TICK_S", 0.02)
    log = open_log(tmp_path)
    log.append([record(time_ns=HALF_PAST_TEN_NS)])
    for _ in range(500):
        if any(name.endswith(".arrows") for name in files(tmp_path)):
            break
        time.sleep(0.01)
    assert log.counts.written == 1
    assert [Path(name).suffix for name in files(tmp_path)] == [".arrows"]
