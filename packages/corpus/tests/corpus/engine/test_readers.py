"""Libraries for tables read a dataset by child, whatever children are called."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.records import Record
from vocalbaby.corpus.engine.tables import segments_table
from vocalbaby.entity.timeline import Child, Segment, Timeline

CHILDREN = ["007", "7", "1e3", "a/b", "Zoë 愛", "x=y&z", "%2F", "", None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two segments of a recording of each child, and a recording without segments."""
    root = tmp_path_factory.mktemp("dataset")
    dataset = Dataset(str(root))
    segments = (Segment(0, 1, "Crying"), Segment(2, 3.5, "Canonical"))
    for number, name in enumerate([*CHILDREN, "silent"]):
        child = None if name is None else Child(name)
        clock = datetime(2024, 5, 1, 9, 30) if number % 2 else None  # noqa: DTZ001 - as in the metadata
        found = () if name == "silent" else segments
        timeline = Timeline(f"day{number:02d}", found, 60.0, clock, child)
        record = Record(timeline.recording_id, "day.wav", child_id=name)
        dataset.write("segments", record, segments_table(timeline))
    return root / "segments"


Rows = list[tuple[str, str | None, float]]


def _arrow(folder: Path) -> Rows:
    table = ds.dataset(folder, partitioning="hive").to_table().to_pydict()
    return list(zip(table["recording_id"], table["child_id"], table["offset_s"], strict=True))


def _pandas(folder: Path) -> Rows:
    table = pd.read_parquet(folder)[["recording_id", "child_id", "offset_s"]]
    return [
        (recording, None if pd.isna(child) else child, offset)
        for recording, child, offset in table.itertuples(index=False)
    ]


def _polars(folder: Path) -> Rows:
    table = pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True)
    return table.select("recording_id", "child_id", "offset_s").rows()


def _duckdb(folder: Path) -> Rows:
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning=true)"
    return duckdb.execute(f"SELECT recording_id, child_id, offset_s FROM {files}").fetchall()


@pytest.mark.parametrize("read", [_arrow, _pandas, _polars, _duckdb])
def test_children_keep_their_names(read: Callable[[Path], Rows], folder: Path) -> None:
    expected = [
        (f"day{number:02d}", name, offset)
        for number, name in enumerate(CHILDREN)
        for offset in (1.0, 3.5)
    ]
    assert sorted(read(folder), key=lambda row: (row[0], row[2])) == expected


def test_the_partition_is_the_name_of_the_child(folder: Path) -> None:
    text = pa.schema([("child", pa.string())])
    partitioning = ds.partitioning(flavor="hive", schema=text)
    table = ds.dataset(folder, partitioning=partitioning).to_table()
    pairs = set(zip(table["child_id"].to_pylist(), table["child"].to_pylist(), strict=True))
    unknown = {("", "_unknown_"), (None, "_unknown_")}
    assert pairs == {(name, name) for name in CHILDREN if name} | unknown
