"""Predictions are the same from timelines and from Parquet files."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packages.corpus.tests.corpus.sampling.helpers_archives import day
from vocalbaby import annotations
from vocalbaby.corpus.sampling.dataset_files import read_predictions
from vocalbaby.corpus.sampling.predictions import Predictions, predictions_of
from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import DataError

ODD = Timeline(
    "odd/1",
    (
        Segment(9.0, 9.5, "Crying", {"Crying": 0.6, "Junk": 0.2}),
        Segment(3.0, 3.0, "Canonical"),
        Segment(2.0, 4.0, "KCHI", speaker="KCHI"),
        Segment(2.0, 3.0, "N", tier="vcm@CHI"),
        Segment(5.0, 6.0, "mama", attributes={"vcm_type": "C"}),
        Segment(6.0, 7.0, "who", attributes={"speaker_type": "CHI"}),
        Segment(7.0, 8.0, "hello", speaker="FEM"),
        Segment(8.0, 9.0, None, {"Junk": 0.0}),
        Segment(1.0, 2.0, "junk", {"Junk": 0.9, "Other": 0.1}),
    ),
    child=Child("c1", age_months=3.0),
    attributes={"model_version": "m-1"},
)
DAYS = (ODD, day("a", 1, 12.2), day("b", 2, 3.0, n=0), Timeline("bare", (Segment(1, 2, "cry"),)))


def read_file(path: Path) -> tuple[Predictions, ...]:
    return read_predictions(path.read_bytes(), path.name)


def same(one: Predictions, other: Predictions) -> None:
    assert one.info == other.info
    assert one.is_length_known == other.is_length_known
    for name in ("onset_s", "offset_s", "label", "probabilities"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("timeline", DAYS, ids=lambda timeline: timeline.recording_id)
def test_a_file_gives_what_its_timeline_gives(timeline: Timeline, tmp_path: Path) -> None:
    annotations.write(timeline, tmp_path / "x.parquet")
    (found,) = read_file(tmp_path / "x.parquet")
    same(found, predictions_of(timeline))


def test_files_of_several_recordings_are_read_too(tmp_path: Path) -> None:
    annotations.write(DAYS, tmp_path / "x.parquet")
    found = read_file(tmp_path / "x.parquet")
    assert len(found) == len(DAYS)
    for one, timeline in zip(found, DAYS, strict=True):
        same(one, predictions_of(timeline))


def test_tables_of_others_are_read_as_annotations(tmp_path: Path) -> None:
    table = pa.table({"onset_s": [1, 2], "offset_s": [2, 3], "label": ["Crying", "x"]})
    pq.write_table(table, tmp_path / "day9.parquet")
    (found,) = read_file(tmp_path / "day9.parquet")
    assert (found.info.recording_id, found.label.tolist()) == ("day9", [2])


def test_odd_segments_have_the_classes_that_they_name() -> None:
    found = predictions_of(ODD)
    assert found.onset_s.tolist() == [1, 2, 2, 3, 5, 6, 9]
    assert found.label.tolist() == [4, 1, -1, 0, 0, -1, 2]
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(7))
    assert not found.is_length_known
    assert found.info.duration_s == 9.5


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match="damaged"):
        read_file(tmp_path / "x.parquet")
