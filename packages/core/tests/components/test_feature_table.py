import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vocalbaby.components.feature_table import (
    META_COLUMNS,
    FeatureTable,
    concat,
    read_feature_table,
    to_parquet,
    write_feature_table,
)
from vocalbaby.entity.bundle import ModelFile
from vocalbaby.exception import DataError, DataNotFoundError


def make(ids: str = "ab", **change: object) -> FeatureTable:
    n = len(ids)
    meta = pd.DataFrame(
        {
            "clip_ID": list(ids),
            "child_ID": ["c1"] * n,
            "Answer": ["Junk"] * n,
            "corpus": ["é"] * n,
            "split": ["train"] * n,
        }
    )
    values = pd.DataFrame(np.arange(2 * n, dtype=np.float32).reshape(n, 2), columns=["x", "y"])
    values.iloc[0, 1] = np.nan
    parts: dict[str, object] = {
        "feature_set": "toy",
        "feature_set_version": "1",
        "meta": meta,
        "values": values,
    }
    return FeatureTable(**(parts | change))  # type: ignore[arg-type] # the faults are the point


def test_reads_what_was_written_and_writes_the_same_bytes_again(tmp_path: Path) -> None:
    table = make()
    write_feature_table(tmp_path / "deep" / "a.parquet", table)
    write_feature_table(tmp_path / "b.parquet", table)
    back = read_feature_table(tmp_path / "b.parquet")
    assert (back.feature_set, back.feature_set_version) == ("toy", "1")
    assert back.meta.to_dict("list") == table.meta.to_dict("list")
    np.testing.assert_array_equal(back.array, table.array)
    assert back.array.dtype == np.float32
    assert (tmp_path / "deep/a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_selects_rows_and_concatenates_tables() -> None:
    table = concat([make("ab"), make("cd")])
    assert list(table.meta.clip_ID) == list("abcd")
    part = table.where(table.meta.clip_ID == "d")
    assert len(part) == 1
    assert part.array[0].tolist() == [2.0, 3.0]
    with pytest.raises(DataError, match="duplicate clip_IDs"):
        concat([make("ab"), make("bc")])
    with pytest.raises(DataError, match="different feature sets"):
        concat([make("ab"), make("cd", feature_set_version="2")])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"meta": make().meta[list(reversed(META_COLUMNS))]}, "columns"),
        ({"meta": make().meta.assign(Answer="Singing")}, "Singing"),
        ({"values": make().values.astype("float64")}, "float64"),
        ({"values": make().values.replace(0, np.inf)}, "'x'"),
        ({"values": make().values.rename(columns={"x": "y"})}, "duplicate column"),
        ({"values": make("abc").values}, "2 keys, 3 rows"),
    ],
)
def test_rejects_tables_that_break_the_contract(change: dict[str, object], word: str) -> None:
    with pytest.raises(DataError, match=word):
        make(**change)  # type: ignore[arg-type] # as above


def test_rejects_files_that_are_not_feature_tables(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError):
        read_feature_table(tmp_path / "no.parquet")
    (tmp_path / "text.parquet").write_text("text", encoding="utf-8")
    with pytest.raises(DataError, match="not Parquet"):
        read_feature_table(tmp_path / "text.parquet")
    pd.DataFrame({"x": [1.0]}).to_parquet(tmp_path / "plain.parquet")
    with pytest.raises(DataError, match="not a feature table"):
        read_feature_table(tmp_path / "plain.parquet")


def test_the_model_file_is_kept(tmp_path: Path) -> None:
    file = ModelFile(sha256="a" * 64, runtime="onnx", output="bands")
    table = dataclasses.replace(make("ab"), file=file)
    write_feature_table(tmp_path / "t.parquet", table)
    assert read_feature_table(tmp_path / "t.parquet").file == file
    assert concat([table, dataclasses.replace(make("cd"), file=file)]).file == file
    assert b"feature_set_file" not in to_parquet(make("ab"))
