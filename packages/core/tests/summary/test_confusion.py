"""Confusion tables as files."""

from pathlib import Path

import numpy as np
import pytest

from vocalbaby import inference
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.summary import ConfusionTable, default_confusion

HEAD = "group,true,given,segments,seconds,model_version\n"
ROWS = [
    ("c1", "Crying", "Crying", 9.0, 8.5),
    ("c1", "Crying", "none", 1.0, 0.25),
    ("c, 2", "none", "Junk", 3.0, 2.0),
]


@pytest.mark.parametrize("listener", ["", "ab12"])
def test_both_formats_hold_the_table(listener: str, tmp_path: Path) -> None:
    prior = dict.fromkeys(NAMES, 1.0)
    table = ConfusionTable.from_rows(ROWS, "m1", source="days", prior=prior, listener=listener)
    (tmp_path / "t.csv").write_text(table.to_csv())
    (tmp_path / "t.json").write_text(table.to_json())
    from_csv, from_json = (ConfusionTable.read(tmp_path / name) for name in ("t.csv", "t.json"))
    for again in (from_csv, from_json):
        assert again.rows() == ROWS
        assert again.listener == listener
        assert (again.model_version, again.groups) == ("m1", ("c1", "c, 2"))
        assert np.array_equal(again.segments, table.segments)
    assert (from_json.source, from_json.prior) == ("days", (1.0,) * 5)


NAMES = ("Canonical", "Non-canonical", "Crying", "Laughing", "Junk")


def test_an_empty_table_has_no_groups() -> None:
    for text in (ConfusionTable.from_rows([], "m1").to_json(), "group,true,given,segments,seconds"):
        assert ConfusionTable.parse(text).groups == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'group'"),
        ("group,true,given,segments\n", "no column 'seconds'"),
        ("group,true,given,segments,seconds\nc1,Cry,Crying,1,1\n", "'Cry' is no class"),
        ("group,true,given,segments,seconds\nc1,Crying,Crying,-1,1\n", "negative"),
        ("group,true,given,segments,seconds\nc1,Crying,Crying,nan,1\n", "negative or NaN"),
        ("group,true,given,segments,seconds\nc1,Crying,Crying,x,1\n", "no confusion table"),
        (f"{HEAD}c1,Crying,Crying,1,1,a\nc1,Crying,Junk,1,1,b\n", "several versions"),
        ('{"format": 2}', "format 1, not 2"),
        ('{"format": 1}', "no confusion table"),
        ('{"format": 1, "model_version": "m", "rows": [[1]]}', "no confusion table"),
        ('{"format": 1, "model_version": "m", "rows": [], "prior": {"Junk": 1}}', "prior"),
        ("{", "no confusion table"),
    ],
)
def test_what_is_no_table_is_an_error(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        ConfusionTable.parse(text)


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"none\.csv"):
        ConfusionTable.read(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match=r"bad\.csv"):
        ConfusionTable.read(tmp_path / "bad.csv")


def test_the_table_of_the_built_in_model_is_of_its_version() -> None:
    table = default_confusion()
    assert table is None or table.model_version == inference.load().version


def test_what_the_built_in_table_was_measured_on_can_be_understood() -> None:
    table = default_confusion()
    assert table is not None
    assert table.source.startswith(f"{len(table.groups)} recordings of five minutes")
    assert not any(word in table.source for word in ("benchmarks", "half", "omposite", "/"))
