"""Choosing rows by time and model, from folders that change during reading."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vocalbaby.monitoring.prediction_log import LogFormatError, Record, read
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
        writer = Writer(tmp_path, max_bytes=10**9, fsync=False)
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
    assert read(log, until=HALF_PAST_TEN + timedelta(minutes=30)).torn == 0
    assert read(log).torn == 2


@pytest.mark.parametrize("source", ["nowhere", "empty"])
def test_a_missing_or_empty_folder_has_no_rows(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    rows = read(tmp_path / source)
    assert (len(rows), rows.columns, rows.features.shape, rows.torn) == (0, (), (0, 0), 0)


def test_models_with_different_columns_have_to_be_read_one_at_a_time(
    log: Path, record: MakeRecord
) -> None:
    other = record().model._replace(version="m-2", columns=("a", "b"))
    writer = Writer(log, max_bytes=10**9, fsync=False)
    writer.write([record(77, model=other)])
    writer.close()
    with pytest.raises(LogFormatError, match=r"m-1, m-2 .* model_version"):
        read(log)
    assert ids(read(log, model_version="m-2")) == ["r77"]
    assert len(read(log, model_version="m-1")) == 12
    assert len(read(log, model_version="m")) == 0


def test_a_file_of_another_format_is_named_in_the_error(log: Path) -> None:
    path = next(log.glob("*/2026-03-01T11/*"))
    path.write_bytes(path.read_bytes().replace(b"vocalbaby.format", b"vocalbaby.forma2"))
    with pytest.raises(LogFormatError, match=path.name):
        read(log)


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
