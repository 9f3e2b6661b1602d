"""Figures of an archive, and its merged tables, as programs of tables read them."""

from pathlib import Path

import pandas as pd
import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import run, settings_of
from vocalbaby import annotations
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.merging import merge
from vocalbaby.exception import DataError
from vocalbaby.summary import SummaryConfig


@pytest.fixture
def dataset(archive, tmp_path):
    (archive / "recordings/raw/a/day2.wav").write_bytes(b"This is no sound.")
    settings = settings_of(tmp_path, summary=SummaryConfig(draws=100))
    run(archive, settings)
    return settings.dataset


@pytest.fixture
def segments(dataset):
    """Recording, child and label of each segment, as our own reader finds them."""
    rows = []
    for path in (Path(dataset) / "segments").rglob("*.parquet"):
        (timeline,) = annotations.read(path)
        child = timeline.child.child_id if timeline.child else None
        rows += [(timeline.recording_id, child, s.label) for s in timeline.segments]
    assert {row[1] for row in rows} == {"007", "Zoë/b"}
    return sorted(rows)


def test_figures_are_one_table_too(dataset):
    table = pd.read_parquet(Path(dataset) / "figures")
    assert sorted(table["by"].unique()) == ["hour", "recording"]
    assert set(table[table["by"] == "recording"]["child_id"]) == {"007", "Zoë/b"}


def test_merged_tables_list_failures_and_are_read_as_annotations(dataset, segments, tmp_path):
    rows = merge(Dataset(dataset), tmp_path / "tables")
    assert rows["segments"] == len(segments)
    recordings = pd.read_parquet(tmp_path / "tables/recordings.parquet").set_index("recording_id")
    assert recordings.loc["a/day2", "error_code"] == "audio_unreadable"
    assert recordings["state"].to_list() == ["done", "failed", "done"]
    timelines = annotations.read(tmp_path / "tables/segments.parquet")
    assert {t.child.child_id for t in timelines if t.child} == {"007", "Zoë/b"}
    again = tmp_path / "again"
    merge(Dataset(dataset), again)
    for path in again.iterdir():
        assert path.read_bytes() == (tmp_path / "tables" / path.name).read_bytes()


def test_a_damaged_file_is_not_merged(dataset, tmp_path):
    path = next((Path(dataset) / "segments").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DataError, match="missing or damaged"):
        merge(Dataset(dataset), tmp_path / "tables")
