"""The prediction log when the disk, a row or the folder fails."""

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

MakeRecord = Callable[..., Record]


OpenLog = Callable[..., PredictionLog]


def ids(folder: Path) -> list[str]:
    return [str(name) for name in read(folder).request_id]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*/*"))


def test_an_invalid_row_does_not_stop_the_log(
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


def test_a_full_disk_loses_rows_and_the_log_recovers(
    tmp_path: Path, open_log: OpenLog, record: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    """A write that is cut short, as on a full disk, leaves nothing in the file."""
    log = open_log(tmp_path)
    log.append([record(0)])
    log.flush()
    size = next(tmp_path.glob("*/*/*.part")).stat().st_size
    with file_limit(size + 100):  # the file grows and is then truncated
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
    assert "8 rows were lost" in messages[1]


def test_a_removed_folder_is_a_fault_until_it_returns(
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


def test_logging_continues_after_a_user_deletes_files(
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
    assert ids(tmp_path) == ["r2"]  # a row written during the removal counts as failed
    assert log.counts == (2, 0, 1, 0)


class StuckDisk:
    """A disk whose writes do not return until they are released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.free = threading.Event(), threading.Event()
        write = os.write

        def stuck(file: int, data: Any) -> int:
            self.reached.set()
            assert self.free.wait(20)
            return write(file, data)

        monkeypatch.setattr("vocalbaby.monitoring.prediction_log.journal.os.write", stuck)


def test_a_disk_that_hangs_drops_rows_and_never_blocks(
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


def test_closing_does_not_wait_for_a_disk_that_hangs(
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


@pytest.mark.parametrize("fault", ["file", "no lock"])
def test_an_unusable_folder_is_refused_at_once(
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
