"""Finished files are shipped and removed, and files of killed processes are recovered."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from packages.monitoring.tests.monitoring.prediction_log.conftest import (
    former_messages,
    sealed_messages,
)
from packages.monitoring.tests.support import wait_until
from vocalbaby.monitoring.prediction_log import PredictionLog, Record, read
from vocalbaby.monitoring.prediction_log import log as log_module
from vocalbaby.monitoring.prediction_log.encoding import encode, encode_schema
from vocalbaby.monitoring.prediction_log.file_key import LogFileKey, parse
from vocalbaby.monitoring.prediction_log.journal import Journal, claimed, recover
from vocalbaby.monitoring.prediction_log.shipper import LogShipper
from vocalbaby.monitoring.prediction_log.writer import Writer

MakeRecord = Callable[..., Record]
OpenLog = Callable[..., PredictionLog]
#: Creates a shipper for the folder and the store of the test.
MakeShipper = Callable[..., LogShipper]

#: 2026-03-01, 10:30 UTC.
HALF_PAST_TEN = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
HALF_PAST_TEN_NS = 1_772_361_000 * 10**9
DAY_NS = 24 * 3600 * 10**9


@pytest.fixture
def shipper(tmp_path: Path, store: Any, counted: Any) -> MakeShipper:
    def make(*, ships: bool = True, days: float | None = None, store_days: float | None = None):
        opened = (lambda: store) if ships else None
        return LogShipper(tmp_path, opened, days=days, store_days=store_days, metrics=counted)

    return make


def write(folder: Path, record: MakeRecord, *days_ago: int) -> None:
    """Write one finished file for each day."""
    for days in days_ago:
        writer = Writer(folder, max_bytes=10**9)
        writer.write([record(days, time_ns=HALF_PAST_TEN_NS - days * DAY_NS)])
        writer.close()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_finished_files_are_shipped_and_removed_from_the_folder(
    tmp_path: Path, shipper: MakeShipper, store: Any, counted: Any, record: MakeRecord
) -> None:
    write(tmp_path, record, 0, 1)
    keys = [name for name in files(tmp_path) if parse(name)]
    assert shipper().run_once(HALF_PAST_TEN)
    assert sorted(store.objects) == keys
    assert files(tmp_path) == []
    assert counted.files == {"shipped": 2, "failed": 0}
    assert read(store).request_id.tolist() == ["r1", "r0"]


def test_shipping_is_repeated_until_the_store_works(
    tmp_path: Path,
    shipper: MakeShipper,
    store: Any,
    counted: Any,
    record: MakeRecord,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write(tmp_path, record, 0, 1)
    before = files(tmp_path)
    store.fault = OSError("no such bucket")
    one = shipper()
    assert [one.run_once(HALF_PAST_TEN) for _ in range(3)] == [False] * 3
    assert files(tmp_path) == before
    assert counted.files == {"shipped": 0, "failed": 3}
    store.fault = None
    assert one.run_once(HALF_PAST_TEN)
    assert counted.files == {"shipped": 2, "failed": 3}
    assert files(tmp_path) == []
    messages = [entry.getMessage() for entry in caplog.records]
    assert messages == [
        "prediction log: shipping failed: no such bucket",
        "prediction log: shipping works again",
    ]


def test_the_store_is_opened_only_when_there_is_a_file_to_ship(
    tmp_path: Path, counted: Any, record: MakeRecord, store: Any
) -> None:
    answers: list[Any] = [RuntimeError("no credentials"), store]

    def open_store() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shipper = LogShipper(tmp_path, open_store, days=None, store_days=None, metrics=counted)
    assert shipper.run_once(HALF_PAST_TEN)
    assert len(answers) == 2
    write(tmp_path, record, 0)
    assert not shipper.run_once(HALF_PAST_TEN)
    assert shipper.run_once(HALF_PAST_TEN)
    write(tmp_path, record, 0)
    assert shipper.run_once(HALF_PAST_TEN)
    assert counted.files == {"shipped": 2, "failed": 1}


def test_a_file_locked_by_another_process_is_left_alone(
    tmp_path: Path, shipper: MakeShipper, store: Any, record: MakeRecord
) -> None:
    writer = Writer(tmp_path, max_bytes=10**9)
    writer.write([record(1)])
    before = files(tmp_path)
    assert shipper(days=0).run_once(datetime.now(UTC) + timedelta(days=9))
    assert files(tmp_path) == before
    writer.close()
    assert shipper(days=0).run_once(datetime.now(UTC))
    assert read(store).request_id.tolist() == ["r1"]


def test_a_finished_file_that_another_process_ships_is_left_alone(
    tmp_path: Path, shipper: MakeShipper, store: Any, record: MakeRecord
) -> None:
    write(tmp_path, record, 0, 1)
    one = next(tmp_path.glob("*/*/*"))
    with claimed(one) as file:
        assert file is not None
        assert shipper().run_once(HALF_PAST_TEN)
        assert one.exists()
        assert len(store.objects) == 1
    assert shipper().run_once(HALF_PAST_TEN)
    assert len(store.objects) == 2


@pytest.mark.parametrize("make", [sealed_messages, former_messages])
@pytest.mark.parametrize("cut", [0, 1, 30, 10_000])
def test_the_file_of_a_killed_process_is_finished(
    tmp_path: Path, shipper: MakeShipper, record: MakeRecord, cut: int, make: Any
) -> None:
    """Its last batch is incomplete, or the file has no batch."""
    file_key = LogFileKey("m-1", "2026-03-01T10", "0123456789abcdef-000001", ".part")
    batches = [[record(number, time_ns=HALF_PAST_TEN_NS)] for number in (1, 2)]
    data = b"".join(make(batches)[:-1])
    path = tmp_path / file_key.key
    path.parent.mkdir(parents=True)
    path.write_bytes(data[: max(len(data) - cut, 0)])
    assert shipper(ships=False).run_once(HALF_PAST_TEN)
    assert not path.exists()
    if cut == 10_000:
        assert files(tmp_path) == ["m-1", "m-1/2026-03-01T10"]
        return
    rows = read(tmp_path)
    assert rows.request_id.tolist() == (["r1"] if cut else ["r1", "r2"])
    assert (rows.torn, rows.left_out, rows.unchecked) == (0, (), make is former_messages)


def test_an_interrupted_recovery_can_be_repeated(tmp_path: Path, record: MakeRecord) -> None:
    """The process is killed after it ends the stream and before it renames the file."""
    file_key = LogFileKey("m", "2026-03-01T10", "0123456789abcdef-000001", ".part")
    journal = Journal(tmp_path, file_key, encode_schema(record(1).model))
    journal.append(encode([record(1)]), 1)
    journal.finish()
    done = next(tmp_path.glob("*/*/*.arrows"))
    whole = done.read_bytes()
    again = done.rename(done.with_suffix(".part"))
    recover(again)
    assert done.read_bytes() == whole


def test_an_unreadable_file_does_not_block_the_others(
    tmp_path: Path, shipper: MakeShipper, store: Any, record: MakeRecord
) -> None:
    write(tmp_path, record, 0)
    file_key = LogFileKey("m-1", "2026-03-01T10", "0123456789abcdef-000001", ".part")
    former = b"".join(former_messages([[record(1)]])[:-1])
    other = former.replace(b"vocalbaby.format", b"vocalbaby.forma2")
    (tmp_path / file_key.key).write_bytes(other)
    left = file_key._replace(name="0123456789abcdef-000002")
    (tmp_path / left.key).write_bytes(former)
    assert not shipper().run_once(HALF_PAST_TEN)
    assert len(store.objects) == 2
    assert (tmp_path / file_key.key).read_bytes() == other


def test_old_files_are_removed_from_the_folder(
    tmp_path: Path, shipper: MakeShipper, record: MakeRecord
) -> None:
    write(tmp_path, record, 0, 29, 30, 31)
    (tmp_path / "notes.txt").write_bytes(b"not ours")
    assert shipper(ships=False, days=30).run_once(HALF_PAST_TEN)
    assert read(tmp_path).request_id.tolist() == ["r30", "r29", "r0"]  # its hour is not over
    assert not list(tmp_path.glob("*/2026-01-29*"))
    assert (tmp_path / "notes.txt").exists()


def test_old_files_are_removed_even_if_they_cannot_be_shipped(
    tmp_path: Path, shipper: MakeShipper, store: Any, record: MakeRecord
) -> None:
    write(tmp_path, record, 0, 31)
    store.fault = OSError("away")
    assert not shipper(days=30).run_once(HALF_PAST_TEN)
    assert read(tmp_path).request_id.tolist() == ["r0"]


def test_old_files_are_removed_from_the_store_if_configured(
    tmp_path: Path, shipper: MakeShipper, store: Any, record: MakeRecord
) -> None:
    store.objects["m/notes"] = b"not ours"
    write(tmp_path, record, 0, 29, 31)
    assert shipper(days=None).run_once(HALF_PAST_TEN)
    assert len(store.objects) == 4
    one = shipper(store_days=30)
    assert one.run_once(HALF_PAST_TEN)
    assert read(store).request_id.tolist() == ["r29", "r0"]
    assert "m/notes" in store.objects
    assert one.run_once(HALF_PAST_TEN + timedelta(days=2))
    assert read(store).request_id.tolist() == ["r0"]


def test_files_are_shipped_while_rows_are_written(
    open_log: OpenLog, store: Any, record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_RETRY_S", 0.01)
    monkeypatch.setattr(log_module, "_TICK_S", 0.01)
    store.fault = OSError("away")
    log = open_log(store=store)
    log.append([record(0, time_ns=HALF_PAST_TEN_NS)])  # an hour that is over
    assert log.flush()
    time.sleep(0.05)
    store.fault = None
    wait_until(lambda: bool(store.objects))
    log.append([record(1)])
    assert log.close()
    assert read(store).request_id.tolist() == ["r0", "r1"]


def test_closing_does_not_wait_for_a_store_that_hangs(
    tmp_path: Path, open_log: OpenLog, store: Any, record: MakeRecord
) -> None:
    reached, free = os.pipe()
    store.replace = lambda key, data: os.read(reached, 1)
    log = open_log(tmp_path, store=store, close_s=0.3)
    log.append([record(0)])
    assert not log.close()
    assert log.counts == (1, 0, 0, 0)
    assert read(tmp_path).request_id.tolist() == ["r0"]
    os.write(free, b"x")
    os.close(free)
