"""The log in one process: rows, faults of the disk, a full queue, the end."""

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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

    def watched(journal: Journal, data: bytes) -> None:
        sizes.append(len(data))
        append(journal, data)

    monkeypatch.setattr(Journal, "append", watched)
    log = open_log(tmp_path, gather_s=0.3)
    for number in range(20):
        log.append([record(number)])
    time.sleep(0.6)
    assert log.counts.written == 20
    assert len(sizes) == 1


def test_flushing_does_not_wait_for_more_rows(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path, gather_s=60)
    log.append([record(0)])
    assert log.flush()
    assert ids(tmp_path) == ["r0"]


def test_others_of_the_machine_cannot_read(
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


def test_a_file_is_finished_when_its_hour_is_over(tmp_path: Path, record: MakeRecord) -> None:
    writer = writer_module.Writer(tmp_path, max_bytes=10**9, fsync=True)
    writer.write([record(time_ns=HALF_PAST_TEN_NS)])
    assert writer.rotate(HALF_PAST_TEN_NS + 29 * 60 * 10**9) == 0
    assert files(tmp_path)[0].endswith(".part")
    assert writer.rotate(HALF_PAST_TEN_NS + 31 * 60 * 10**9) == 1
    assert files(tmp_path)[0].endswith(".arrows")
    writer.write([record(1, time_ns=HALF_PAST_TEN_NS)])  # it was late
    writer.close()
    assert len(files(tmp_path)) == 2
    assert ids(tmp_path) == ["r0", "r1"]


def test_a_file_is_finished_when_it_is_large(
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


def test_one_bad_row_does_not_end_the_log(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    log = open_log(tmp_path)
    log.append([record(1)._replace(features=record(1).features[:2])])
    log.flush()
    log.append([record(2)])
    assert log.flush()
    assert log.counts == (1, 0, 1, 0)
    assert ids(tmp_path) == ["r2"]
    assert "columns" in caplog.text


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """A disk on which no file grows beyond this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_costs_rows_and_not_the_log(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a write is cut short, as on a full disk, nothing of it stays."""
    log = open_log(tmp_path)
    log.append([record(0)])
    log.flush()
    size = next(tmp_path.glob("*/*/*.part")).stat().st_size
    with file_limit(size + 100):  # what there is gets longer, then is cut back
        log.append([record(1)])
        log.flush()
    assert read(tmp_path).torn == 0
    with file_limit(size // 2):
        for number in range(2, 9):
            log.append([record(number)])
            log.flush()
            assert len(files(tmp_path)) == 1  # no empty files are left
    assert log.counts == (1, 0, 8, 0)
    log.append([record(9)])
    assert log.flush()
    assert log.close()
    assert log.counts == (2, 0, 8, 0)
    rows = read(tmp_path)
    assert (rows.request_id.tolist(), rows.torn) == (["r0", "r9"], 0)
    messages = [entry.getMessage() for entry in caplog.records]
    assert len(messages) == 2
    assert "File too large" in messages[0]
    assert "lost: 8 rows" in messages[1]


def test_a_folder_that_is_removed_is_a_fault_until_it_is_back(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    folder, aside = tmp_path / "log", tmp_path / "aside"
    log = open_log(folder)
    log.append([record(0)])
    log.flush()
    folder.rename(aside)
    for number in (1, 2):
        log.append([record(number)])
        log.flush()
    assert not folder.exists()
    assert log.counts == (1, 0, 2, 0)
    aside.rename(folder)
    log.append([record(3)])
    assert log.flush()
    assert log.counts == (2, 0, 2, 0)
    assert ids(folder) == ["r0", "r3"]
    assert len(caplog.records) == 2


def test_rows_go_on_when_a_user_deletes_files(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord
) -> None:
    log = open_log(tmp_path)
    log.append([record(0)])
    log.flush()
    shutil.rmtree(tmp_path / "m-1")
    log.append([record(1)])
    log.flush()
    log.append([record(2)])
    log.flush()
    assert ids(tmp_path) == ["r2"]  # what met the removal counts as failed
    assert log.counts == (2, 0, 1, 0)


class StuckDisk:
    """A disk whose writes do not return until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.free = threading.Event(), threading.Event()
        write = os.write

        def stuck(file: int, data: Any) -> int:
            self.reached.set()
            assert self.free.wait(20)
            return write(file, data)

        monkeypatch.setattr("vocalbaby.monitoring.prediction_log.journal.os.write", stuck)


def test_a_stuck_disk_drops_rows_and_never_blocks(
    tmp_path: Path,
    open_log: OpenLog,
    record: MakeRecord,
    counted: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = StuckDisk(monkeypatch)
    log = open_log(tmp_path, queue_rows=50)
    log.append([record(0)])
    assert disk.reached.wait(10)
    slowest = 0.0
    for start in range(1, 200, 3):
        rows = [record(start + i) for i in range(3)]
        began = time.perf_counter()
        log.append(rows)
        slowest = max(slowest, time.perf_counter() - began)
    assert slowest < 0.05
    assert log.counts == (0, 152, 0, 50)
    assert (counted.rows["dropped"], counted.waiting) == (152, 50)
    assert not log.flush(0.05)
    disk.free.set()
    assert log.flush()
    assert log.counts == (50, 152, 0, 0)
    assert ids(tmp_path) == [f"r{number}" for number in range(50)]


def test_the_end_does_not_wait_for_a_stuck_disk(
    tmp_path: Path,
    open_log: OpenLog,
    record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = StuckDisk(monkeypatch)
    log = open_log(tmp_path, close_s=0.1)
    log.append([record(0)])
    assert disk.reached.wait(10)
    log.append([record(1), record(2)])
    began = time.monotonic()
    assert not log.close()
    assert time.monotonic() - began < 2
    assert log.counts == (0, 2, 0, 1)  # one may yet be written
    assert "2 rows are dropped" in caplog.text
    disk.free.set()


def test_the_end_writes_what_waits_and_refuses_more(
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


def test_many_threads_lose_nothing(tmp_path: Path, open_log: OpenLog, record: MakeRecord) -> None:
    log = open_log(tmp_path, gather_s=0.001)

    def work(place: int) -> None:
        for number in range(place * 500, (place + 1) * 500, 5):
            log.append([record(number + i) for i in range(5)])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.flush()
    assert sorted(ids(tmp_path)) == sorted(f"r{number}" for number in range(3000))


def test_an_idle_log_finishes_its_hour(
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


@pytest.mark.parametrize("fault", ["file", "no lock"])
def test_a_folder_that_cannot_be_used_is_refused_at_once(
    tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "log"
    if fault == "file":
        folder.write_bytes(b"")
    else:

        def refuse(*_: object) -> None:
            raise OSError("no locks available")

        monkeypatch.setattr("vocalbaby.monitoring.prediction_log.log.fcntl.flock", refuse)
    with pytest.raises(OSError, match=r"exists|no locks"):
        PredictionLog(LogOptions(folder))
