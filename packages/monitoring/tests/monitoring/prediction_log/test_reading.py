"""Choosing rows by time and model, from folders that change during reading."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from packages.monitoring.tests.monitoring.prediction_log.conftest import Memory, Object
from vocalbaby.monitoring.prediction_log import LogFormatError, Record, read, stores
from vocalbaby.monitoring.prediction_log.journal import recover
from vocalbaby.monitoring.prediction_log.stores import Folder
from vocalbaby.monitoring.prediction_log.writer import Writer

MakeRecord = Callable[..., Record]

HALF_PAST_TEN = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
HALF_PAST_TEN_NS = 1_772_361_000 * 10**9
MINUTE_NS = 60 * 10**9


@pytest.fixture
def log(tmp_path: Path, record: MakeRecord) -> Path:
    """One row every ten minutes, r0 at half past ten, of two processes."""
    for place in range(2):
        writer = Writer(tmp_path, max_bytes=10**9)
        writer.write(
            [
                record(number, time_ns=HALF_PAST_TEN_NS + number * 10 * MINUTE_NS)
                for number in range(place, 12, 2)
            ]
        )
        writer.close()
    return tmp_path


def ids(rows: Any) -> list[str]:
    return [str(name) for name in rows.request_id]


def test_rows_of_all_processes_are_sorted_by_time(log: Path) -> None:
    rows = read(str(log))
    assert ids(rows) == [f"r{number}" for number in range(12)]
    assert rows.features.dtype == np.float32
    assert rows.features.shape == (12, 3)
    assert rows.probabilities.shape == (12, 2)
    assert (np.diff(rows.time) > np.timedelta64(0)).all()


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [(0, None, 0, 11), (10, 40, 1, 3), (11, 41, 2, 4), (-99, 0, 0, -1), (999, None, 0, -1)],
)
def test_a_range_includes_its_start_and_excludes_its_end(
    log: Path, since: int, until: int | None, first: int, last: int
) -> None:
    rows = read(
        log,
        HALF_PAST_TEN + timedelta(minutes=since),
        None if until is None else HALF_PAST_TEN + timedelta(minutes=until),
    )
    assert ids(rows) == [f"r{number}" for number in range(first, last + 1)]


def test_equal_times_in_other_time_zones_select_the_same_rows(log: Path) -> None:
    there = HALF_PAST_TEN.astimezone(timezone(timedelta(hours=-5)))
    assert ids(read(log, there, there + timedelta(minutes=1))) == ["r0"]


def test_a_time_without_a_zone_is_refused(log: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        read(log, since=datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused


def test_only_files_of_the_hours_of_the_range_are_read(log: Path) -> None:
    for path in log.glob("*/2026-03-01T12/*"):
        path.write_bytes(b"damaged")
    assert read(log, until=HALF_PAST_TEN + timedelta(minutes=30)).left_out == ()
    assert len(read(log).left_out) == 2


@pytest.mark.parametrize("source", ["nowhere", "empty"])
def test_a_missing_or_empty_folder_has_no_rows(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    rows = read(tmp_path / source)
    assert (len(rows), rows.columns, rows.features.shape, rows.torn) == (0, (), (0, 0), 0)


def test_models_with_different_columns_have_to_be_read_one_at_a_time(
    log: Path, record: MakeRecord
) -> None:
    other = record().model._replace(version="m-2", columns=("a", "b"))
    writer = Writer(log, max_bytes=10**9)
    writer.write([record(77, model=other)])
    writer.close()
    with pytest.raises(LogFormatError, match=r"m-1, m-2 .* model_version"):
        read(log)
    assert ids(read(log, model_version="m-2")) == ["r77"]
    assert len(read(log, model_version="m-1")) == 12
    assert len(read(log, model_version="m")) == 0


def test_a_file_of_another_format_is_left_out_and_named(log: Path) -> None:
    path = next(log.glob("*/2026-03-01T11/*"))
    path.write_bytes(pa_rewritten(path.read_bytes(), {b"vocalbaby.format": b"9"}))
    rows = read(log)
    assert len(rows) == 9
    (left_out,) = rows.left_out
    assert (left_out.file, left_out.rows) == (path.relative_to(log).as_posix(), None)
    assert "format 1" in left_out.reason


def pa_rewritten(data: bytes, metadata: dict[bytes, bytes]) -> bytes:
    """The file as another program writes it: without checksums."""
    table = pa.ipc.open_stream(data).read_all()
    out = pa.BufferOutputStream()
    schema = table.schema.with_metadata({**(table.schema.metadata or {}), **metadata})
    with pa.ipc.new_stream(out, schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue())


def test_a_file_that_another_program_has_written_is_without_checksums(log: Path) -> None:
    before = read(log)
    path = next(log.glob("*/2026-03-01T11/*"))
    path.write_bytes(pa_rewritten(path.read_bytes(), {}))
    rows = read(log)
    assert ids(rows) == ids(before)
    assert (before.unchecked, rows.unchecked, rows.left_out) == (0, 1, ())


@pytest.mark.parametrize("fault", ["folder", "file", "permission"])
def test_what_cannot_be_opened_does_not_stop_reading(
    log: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(log.glob("*/2026-03-01T11/*"))
    broken, method = (path.parent, "iterdir") if fault == "folder" else (path, "read_bytes")
    real = getattr(Path, method)

    def failing(each: Path) -> Any:
        if each == broken:
            raise PermissionError(13, "Permission denied")
        return real(each)

    if fault == "file":  # a folder in its place
        path.unlink()
        path.mkdir()
    else:
        monkeypatch.setattr(Path, method, failing)
    rows = read(log)
    assert len(rows) == (6 if fault == "folder" else 9)
    (left_out,) = rows.left_out
    assert left_out.file == broken.relative_to(log).as_posix()
    assert left_out.reason in {"unreadable: Permission denied", "unreadable: Is a directory"}


def test_a_file_that_is_finished_while_it_is_read_is_read_once(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is listed by its old name first, and then by both names."""
    path = next(log.glob("*/2026-03-01T11/*"))
    key = path.relative_to(log).as_posix()
    listed = Folder.list
    for extra in ([], [key]):
        monkeypatch.setattr(
            Folder,
            "list",
            lambda self, prefix="", extra=extra: [
                key.replace(".arrows", ".part"),
                *(name for name in listed(self, prefix) if name != key),
                *extra,
            ],
        )
        assert len(read(log)) == 12


def test_a_file_that_is_removed_during_reading_is_skipped(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = list(Folder(log).list())
    monkeypatch.setattr(Folder, "list", lambda self, prefix="": keys)
    shutil.rmtree(log / "m-1" / "2026-03-01T11")
    assert len(read(log)) == 6


@pytest.mark.parametrize("copy", ["m-1/2026-03-01T09", "m-2/2026-03-01T10"])
def test_a_copied_folder_is_noticed_and_its_rows_are_not_read_twice(log: Path, copy: str) -> None:
    shutil.copytree(log / "m-1" / "2026-03-01T10", log / copy)
    rows = read(log)
    assert ids(rows) == [f"r{number}" for number in range(12)]
    assert sorted(part.rows or 0 for part in rows.left_out) == [1, 2]
    assert all("another hour or model" in part.reason for part in rows.left_out)
    assert {part.file.rpartition("/")[0] for part in rows.left_out} == {copy}


@pytest.mark.parametrize("suffix", [".arrows", ".part"])
@pytest.mark.parametrize("kind", ["fifo", "device", "large"])
def test_what_is_no_file_is_neither_read_nor_waited_for(
    log: Path, kind: str, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_MAX_BYTES", 2**20)
    path = next(log.glob("*/2026-03-01T10/*")).with_name(f"0123456789abcdef-000001{suffix}")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, 2**20 + 1)
    rows = read(log)
    assert len(rows) == 12
    (part,) = rows.left_out
    assert part.file.endswith(path.name)
    assert ("bytes" if kind == "large" else "regular file") in part.reason
    if suffix == ".part":
        with pytest.raises(OSError, match=r"regular file|bytes"):
            recover(path)


class Partial(Memory):
    """A store that refuses some objects."""

    refused = ""

    def get(self, key: str) -> Object | None:
        if key == self.refused:
            raise RuntimeError("AccessDenied")
        return super().get(key)


class Ending(Memory):
    """A store that answers once."""

    def _ask(self) -> None:
        if self.fault is not None:
            raise self.fault
        self.fault = ConnectionError("no answer")


def shipped(log: Path, store: Memory) -> list[str]:
    store.objects = {
        path.relative_to(log).as_posix(): path.read_bytes() for path in log.glob("*/*/*")
    }
    return sorted(store.objects)


def test_an_object_that_cannot_be_read_does_not_stop_reading(log: Path) -> None:
    store = Partial()
    store.refused = shipped(log, store)[0]
    rows = read(store)
    assert 0 < len(rows) < 12
    assert [part[::3] for part in rows.left_out] == [(store.refused, "unreadable: AccessDenied")]


def test_a_store_that_does_not_answer_is_not_a_damaged_log(log: Path) -> None:
    store = Ending()
    shipped(log, store)
    with pytest.raises(ConnectionError):
        read(store)
