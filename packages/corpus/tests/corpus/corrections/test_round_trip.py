"""Files for annotators, read by the programs of the field, and what comes back from them."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pympi
import pytest
from praatio import textgrid

from packages.corpus.tests.corpus.corrections.helpers_corrections import DAY, scored
from vocalbaby import annotations
from vocalbaby.audio import write_wav
from vocalbaby.commands.main import main
from vocalbaby.components.adaptation_data import read_labelled
from vocalbaby.corpus.corrections.changes import changes_of
from vocalbaby.corpus.corrections.exporting import export_timelines
from vocalbaby.corpus.corrections.importing import read_corrected
from vocalbaby.corpus.corrections.prefilled import given_segments
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment


@pytest.fixture
def elan(tmp_path):
    export_timelines([DAY], tmp_path / "elan", format_="eaf", media={"c07/day1": "../day1.wav"})
    return tmp_path / "elan"


def corrected_by(change, elan: Path) -> dict[str, int]:
    """Counts by kind after a change of the text of the file."""
    path = elan / "c07/day1.eaf"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    return dict(read_corrected(path, elan, elan).counts)


def test_pympi_reads_tiers_vocabulary_and_confidences(elan):
    file = pympi.Elan.Eaf(str(elan / "c07/day1.eaf"))
    assert file.get_annotation_data_for_tier("Crying") == [(1000, 2000, "Crying")]
    assert file.get_annotation_data_for_tier("uncertain") == [(3000, 3500, "Canonical")]
    (confidence,) = file.get_ref_annotation_data_for_tier("confidence@Crying")
    assert confidence[2] == "0.90"
    assert file.get_parameters_for_tier("confidence@Crying")["PARENT_REF"] == "Crying"
    assert (
        file.get_parameters_for_linguistic_type("class")["CONTROLLED_VOCABULARY_REF"] == "classes"
    )
    entries = file.get_cv_entries("classes")
    assert {values[0][0] for values, *_ in entries.values()} == set(CLASSES)
    assert file.media_descriptors[0]["RELATIVE_MEDIA_URL"] == "./../day1.wav"


def test_ids_are_unique_and_slots_in_order(elan):
    text = (elan / "c07/day1.eaf").read_text("utf-8")
    ids = re.findall(r'ANNOTATION_ID="([^"]+)"', text)
    assert len(ids) == len(set(ids)) == 8
    times = [int(t) for t in re.findall(r'TIME_VALUE="(\d+)"', text)]
    assert times == sorted(times)


def test_praatio_reads_textgrids(tmp_path):
    export_timelines([DAY], tmp_path, format_="textgrid")
    grid = textgrid.openTextgrid(str(tmp_path / "c07/day1.TextGrid"), includeEmptyIntervals=False)
    assert [tuple(e) for e in grid.getTier("Crying").entries] == [(1.0, 2.0, "Crying")]
    assert [e[2] for e in grid.getTier("confidence@uncertain").entries] == ["0.45"]


def test_an_untouched_file_is_as_it_was_given(elan):
    file = read_corrected(elan / "c07/day1.eaf", elan, elan)
    assert file.is_untouched
    assert dict(file.counts) == {"kept": 3, "unresolved": 1}


def test_a_value_of_the_vocabulary_relabels(elan):
    found = corrected_by(lambda text: text.replace(">Non-canonical</ANN", ">Canonical</ANN"), elan)
    assert found == {"kept": 2, "unresolved": 1, "relabelled": 1}


def test_a_moved_border_is_a_move(elan):
    found = corrected_by(lambda text: text.replace('TIME_VALUE="2000"', 'TIME_VALUE="2200"'), elan)
    assert found == {"kept": 2, "unresolved": 1, "moved": 1}


def test_a_deleted_annotation_is_deleted_with_its_confidence(elan):
    def delete(text: str) -> str:
        text = re.sub(r'<TIER TIER_ID="Crying".*?</TIER>', "", text, flags=re.DOTALL)
        return re.sub(r'<TIER TIER_ID="confidence@Crying".*?</TIER>', "", text, flags=re.DOTALL)

    assert corrected_by(delete, elan) == {"kept": 2, "unresolved": 1, "deleted": 1}


def test_textgrids_without_ids_are_compared_by_overlap(tmp_path):
    export_timelines([DAY], tmp_path, format_="textgrid")
    path = tmp_path / "c07/day1.TextGrid"
    (timeline,) = annotations.read(path)
    changed = [
        replace(s, label="Laughing", offset_s=2.1)
        if s.onset_s == 1.0 and s.label == "Crying"
        else s
        for s in timeline.segments
    ]
    changed.append(Segment(7.0, 7.5, "Crying", tier="Crying"))
    annotations.write(replace(timeline, segments=tuple(changed), duration_s=8.0), path, "textgrid")
    counts = read_corrected(path, tmp_path, tmp_path).counts
    assert counts["relabelled_and_moved"] == 1
    assert counts["added"] == 1


def test_a_split_is_the_larger_part_and_an_addition():
    given = [scored(0.0, 3.0, "Crying")]
    parts = [Segment(0.0, 2.0, "Crying"), Segment(2.1, 3.0, "Crying")]
    assert sorted(change.kind for change in changes_of(given, parts)) == ["added", "moved"]


def test_only_sampled_stretches_are_given(tmp_path):
    made = export_timelines(
        [DAY, replace(DAY, recording_id="other")],
        tmp_path,
        format_="eaf",
        regions={"c07/day1": [(2.5, 4.2)]},
    )
    assert made.left_out == ["other"]
    file = read_corrected(tmp_path / "c07/day1.eaf", tmp_path, tmp_path)
    assert file.regions == ((2.5, 4.2),)
    assert [change.given.label for change in file.changes if change.given] == [
        "Canonical",
        "Non-canonical",
    ]


def test_uncertain_segments_are_those_below_the_limit():
    found = given_segments(DAY, uncertain_below=0.85)
    assert [s.label for s in found if s.tier == "uncertain"] == ["Canonical", "Laughing"]


def command(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*words])
    return int(end.value.code or 0)


def test_the_whole_way_gives_clips_that_adapt_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "days/c07").mkdir(parents=True)
    sound = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    write_wav(tmp_path / "days/c07/day1.wav", sound, 16_000)
    (tmp_path / "segments").mkdir()
    annotations.write(DAY, tmp_path / "segments/day1.parquet")
    elan, out = str(tmp_path / "elan"), str(tmp_path / "corrections")
    days = ("--recordings", str(tmp_path / "days"))
    assert command("export", str(tmp_path / "segments"), "--eaf", "--out", elan, *days) == 0
    path = tmp_path / "elan/c07/day1.eaf"
    text = path.read_text("utf-8").replace(">Non-canonical</ANN", ">Canonical</ANN")
    path.write_text(text.replace('AUTHOR=""', 'AUTHOR="AB"'), "utf-8")
    capsys.readouterr()
    assert command("import", elan, "--out", out, *days, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["relabelled"] == {"Non-canonical -> Canonical": 1}
    assert found["annotators"] == ["AB"]
    assert found["clips"] == {"Crying": 1, "Canonical": 1, "Laughing": 1, "unresolved": 1}
    with (tmp_path / "corrections/metadata.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["child_ID"] for row in rows} == {"c07"}
    changed = next(row for row in rows if row["change"] == "relabelled")
    assert (changed["Answer"], changed["given_label"]) == ("Canonical", "Non-canonical")
    assert changed["model_version"] == "m-1"
    assert len(changed["source_sha256"]) == 64
    clips, reasons = read_labelled(Path(out), None)
    assert len(clips) == 3
    assert not reasons


def test_untouched_files_are_left_out_unless_they_are_confirmed(
    elan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("import", str(elan), "--out", str(tmp_path / "a")) == 0
    assert "1 file without a change left out" in capsys.readouterr().err
    assert (tmp_path / "a/corrections.csv").read_text("utf-8").count("\n") == 1
    assert command("import", str(elan), "--out", str(tmp_path / "b"), "--confirmed") == 0
    assert (tmp_path / "b/corrections.csv").read_text("utf-8").count("\n") == 5


def test_what_names_no_class_is_reported(
    elan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = elan / "c07/day1.eaf"
    path.write_text(path.read_text("utf-8").replace(">Laughing</ANN", ">giggle</ANN"), "utf-8")
    assert command("import", str(elan), "--out", str(tmp_path / "a")) == 0
    assert "'giggle' (1)" in capsys.readouterr().err


@pytest.fixture
def aclew(tmp_path):
    export_timelines([DAY], tmp_path / "aclew", format_="aclew")
    return tmp_path / "aclew"


def test_the_aclew_scheme_has_codes_below_vocalizations(aclew):
    file = pympi.Elan.Eaf(str(aclew / "c07/day1.eaf"))
    assert [row[:2] for row in file.get_annotation_data_for_tier("CHI")] == [
        (1000, 2000),
        (3000, 3500),
        (4000, 4600),
        (6000, 6400),
    ]
    codes = [row[2] for row in file.get_ref_annotation_data_for_tier("vcm@CHI")]
    assert codes == ["Y", "U", "N", "L"]
    assert file.get_parameters_for_linguistic_type("VCM")["CONTROLLED_VOCABULARY_REF"] == "vcm"
    file = read_corrected(aclew / "c07/day1.eaf", aclew, aclew)
    assert file.is_untouched
    assert dict(file.counts) == {"kept": 3, "unresolved": 1}
    assert not file.ignored


def test_codes_of_the_aclew_scheme_relabel_and_resolve(aclew):
    def change(text: str) -> str:
        return text.replace(">U</ANN", ">C</ANN").replace(">N</ANN", ">C</ANN")

    assert corrected_by(change, aclew) == {"kept": 3, "relabelled": 1}


def test_corrections_of_pseudonyms_get_their_own_names_again(tmp_path: Path) -> None:
    (tmp_path / "days/c07").mkdir(parents=True)
    sound = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    write_wav(tmp_path / "days/c07/day1.wav", sound, 16_000)
    (tmp_path / "segments").mkdir()
    annotations.write(DAY, tmp_path / "segments/day1.parquet")
    elan, out, key = (str(tmp_path / name) for name in ("elan", "corrections", "key"))
    words = (str(tmp_path / "segments"), "--eaf", "--out", elan, "--pseudonyms", key)
    assert command("export", *words) == 0
    assert "c07" not in "".join(str(path) for path in Path(elan).rglob("*.eaf"))[len(elan) :]
    days = ("--recordings", str(tmp_path / "days"), "--confirmed", "--pseudonyms", key)
    assert command("import", elan, "--out", out, *days) == 0
    with (tmp_path / "corrections/metadata.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4
    assert {(row["recording_id"], row["corpus"], row["child_ID"]) for row in rows} == {
        ("c07/day1", "lab", "c07")
    }
