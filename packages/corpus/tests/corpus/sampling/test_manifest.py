"""The table of a sample."""

from pathlib import Path

import pytest

from vocalbaby.corpus.sampling.manifest import COLUMNS, SampledStretch, read_sample, write_sample
from vocalbaby.exception import DataError, DataNotFoundError

FULL = SampledStretch(
    "r1-1",
    "c07/day, 1",
    60.0,
    0.1 + 120.0,
    child_id="007",
    corpus="näme",
    stratum="c07|high",
    inclusion_probability=1 / 3,
    sampler="stratified",
    seed=12,
    n_population=30,
    n_sample=10,
    label="Canonical",
    probability=0.7,
    expected_gain=1e-300,
    model_version="vocalbaby-1",
)


def test_a_sample_is_read_as_it_was_written(tmp_path: Path) -> None:
    bare = SampledStretch("r1-2", "day2", 0.0, 1.0, sampler="high-volubility")
    write_sample([FULL, bare], tmp_path / "sample.csv")
    assert read_sample(tmp_path / "sample.csv") == (FULL, bare)
    header, _, last = (tmp_path / "sample.csv").read_text("utf-8").splitlines()
    assert tuple(header.split(",")) == COLUMNS
    assert last.split(",")[7:9] == ["", ""]  # not a probability sample


def test_the_weight_is_the_inverse_of_the_probability() -> None:
    assert FULL.weight == 3.0


def test_other_columns_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("note;sample_id;recording_id;onset_s;offset_s\nx;1;day;0;2.5\n")
    assert read_sample(tmp_path / "s.csv") == (SampledStretch("1", "day", 0.0, 2.5),)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,day,5,4,0.5", "impossible"),
        ("1,day,0,1,0", "not in"),
        ("1,day,0,1,nan", "not in"),
        ("1,day,0,1,1.5", "not in"),
        ("1,day,0,inf,1", "impossible"),
        ("1,day,zero,1,1", "zero"),
        ("1,,0,1,1", "recording_id"),
        ("1,day,0,1,1\n1,day,1,2,1", "two stretches"),
    ],
)
def test_impossible_rows_are_refused(tmp_path: Path, row: str, why: str) -> None:
    head = "sample_id,recording_id,onset_s,offset_s,inclusion_probability\n"
    (tmp_path / "s.csv").write_text(head + row + "\n")
    with pytest.raises(DataError, match=why):
        read_sample(tmp_path / "s.csv")


def test_a_missing_file_and_a_missing_folder_are_reported(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match="no sample"):
        read_sample(tmp_path / "none.csv")
    with pytest.raises(DataNotFoundError, match="folder"):
        write_sample([FULL], tmp_path / "none" / "s.csv")


def test_two_stretches_of_the_same_name_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="r1-1"):
        write_sample([FULL, FULL], tmp_path / "s.csv")
    assert not list(tmp_path.iterdir())
