"""Other programs read what is written. scripts/test_annotations.sh asks more of them."""

import io
from pathlib import Path

import pandas as pd
import pytest
from praatio import textgrid
from pympi.Elan import Eaf
from pympi.Praat import TextGrid

from vocalbaby import annotations
from vocalbaby.entity.timeline import Segment, Timeline


@pytest.mark.parametrize("name", ["textgrid", "textgrid_short"])
def test_pympi_and_praatio_read_textgrids(name: str, day: Timeline, tmp_path: Path) -> None:
    path = tmp_path / "day1.TextGrid"
    annotations.write(day, path, name)
    expected = {
        "CHI": [(10.0, 11.5, "Crying")],
        "CHI (2)": [(11.25, 13.0, "Canonical")],
        "FA1": [(11.0, 12.25, 'he said "no" & left')],
    }
    theirs = TextGrid(str(path), codec="utf-8")
    intervals = {tier.name: [i for i in tier.intervals if i[-1]] for tier in theirs.tiers}
    assert intervals == expected | {"FA1 (points)": [(2.0, "bébé")]}
    assert theirs.xmax == 60.0
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    for tier, entries in expected.items():
        assert [tuple(entry) for entry in grid.getTier(tier).entries] == entries
    assert [tuple(entry) for entry in grid.getTier("FA1 (points)").entries] == [(2.0, "bébé")]


def test_reads_what_pympi_and_praatio_write(tmp_path: Path) -> None:
    grid = textgrid.Textgrid()
    grid.addTier(textgrid.IntervalTier("CHI", [(1.0, 2.5, 'a "b"'), (3.0, 3.5, "é")], 0, 9))
    grid.addTier(textgrid.PointTier("bell", [(4.25, "x")], 0, 9))
    expected = {
        Segment(1.0, 2.5, 'a "b"', tier="CHI").label,
        "é",
        "x",
    }
    for form in ("short_textgrid", "long_textgrid"):
        grid.save(str(tmp_path / "a.TextGrid"), form, includeBlankSpaces=True)
        (timeline,) = annotations.read(tmp_path / "a.TextGrid")
        assert {segment.label for segment in timeline.segments} == expected
        assert (timeline.duration_s, len(timeline.segments)) == (9.0, 3)
    eaf = Eaf()
    eaf.add_tier("CHI", part="Ann")
    eaf.add_annotation("CHI", 1500, 2501, "<mama> & é")
    eaf.to_file(str(tmp_path / "a.eaf"))
    (timeline,) = annotations.read(tmp_path / "a.eaf")
    (segment,) = timeline.segments
    assert (segment.onset_s, segment.offset_s, segment.label) == (1.5, 2.501, "<mama> & é")
    assert (segment.tier, segment.speaker) == ("CHI", "Ann")


def test_pympi_reads_eaf(day: Timeline, tmp_path: Path) -> None:
    annotations.write(day, tmp_path / "day1.eaf")
    theirs = Eaf(str(tmp_path / "day1.eaf"))
    found = {tier: theirs.get_annotation_data_for_tier(tier) for tier in theirs.get_tier_names()}
    assert found == {
        "CHI": [(10_000, 11_500, "Crying")],
        "CHI (2)": [(11_250, 13_000, "Canonical")],
        "FA1": [(11_000, 12_250, 'he said "no" & left'), (2000, 2000, "bébé")],
    }
    assert theirs.get_parameters_for_tier("FA1")["PARTICIPANT"] == "FA1"


def test_pandas_reads_csv_and_parquet(day: Timeline) -> None:
    for name, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        data, _ = annotations.serialize(day, name)
        table = read(io.BytesIO(data))
        assert list(table["onset_s"]) == [10.0, 11.0, 11.25, 2.0]
        assert table["p_Crying"].notna().tolist() == [True, False, False, False]
        assert list(table["label"]) == [segment.label for segment in day.segments]


def test_reads_a_table_that_pandas_wrote(tmp_path: Path) -> None:
    table = pd.DataFrame({"onset_s": [1, 2], "offset_s": [1.5, 2.5], "n": [3, 4]})
    table.to_parquet(tmp_path / "day1.parquet")
    (timeline,) = annotations.read(tmp_path / "day1.parquet")
    assert timeline == Timeline(
        "day1",
        (Segment(1.0, 1.5, attributes={"n": "3"}), Segment(2.0, 2.5, attributes={"n": "4"})),
    )
