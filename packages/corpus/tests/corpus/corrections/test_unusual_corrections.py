"""What annotators write that is no plain correction: it is reported, and never taken for one."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from packages.corpus.tests.corpus.corrections.helpers_corrections import DAY
from vocalbaby import annotations
from vocalbaby.audio import write_wav
from vocalbaby.corpus.corrections.clips import write_clips
from vocalbaby.corpus.corrections.exporting import export_timelines
from vocalbaby.corpus.corrections.importing import find_files, read_corrected, table_rows
from vocalbaby.entity.timeline import Segment, Tier
from vocalbaby.exception import DataError


@pytest.fixture
def elan(tmp_path: Path) -> Path:
    export_timelines([DAY], tmp_path / "elan", format_="eaf")
    return tmp_path / "elan"


def imported(folder: Path, *words: str) -> Counter[str]:
    """Import a folder with clips, and return the numbers of the clips."""
    files = [read_corrected(path, folder, folder) for path in find_files([str(folder)])]
    out = folder.with_name("clips")
    out.mkdir()
    sound = folder.with_name("day.wav")
    write_wav(sound, np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype("f4"), 16_000)
    sounds = {file.timeline.recording_id: sound for file in files}
    return write_clips(files, sounds, out, deleted_as_junk="--deleted-as-junk" in words)


def test_a_label_without_a_class_is_neither_lost_nor_a_deletion(elan: Path) -> None:
    path = elan / "c07/day1.eaf"
    path.write_text(path.read_text("utf-8").replace(">Laughing</ANN", ">giggle</ANN"), "utf-8")
    file = read_corrected(path, elan, elan)
    assert dict(file.counts) == {"kept": 2, "unresolved": 1, "other_label": 1}
    row = next(row for row in table_rows([file]) if row["change"] == "other_label")
    assert (row["given_label"], row["corrected_label"]) == ("Laughing", "giggle")
    assert "Junk" not in imported(elan, "--deleted-as-junk")


def test_a_remark_of_the_annotator_is_no_change(elan: Path) -> None:
    path = elan / "c07/day1.eaf"
    (timeline,) = annotations.read(path)
    remark = Segment(1.0, 2.0, "a dog", tier="notes")
    changed = replace(
        timeline,
        segments=(*timeline.segments, remark),
        tiers=(*timeline.tiers, Tier("notes")),
    )
    annotations.write(changed, path, "eaf")
    file = read_corrected(path, elan, elan)
    assert file.is_untouched
    assert [s.label for s in file.ignored] == ["a dog"]


def test_recordings_of_similar_names_have_clips_of_their_own(tmp_path: Path) -> None:
    days = [replace(DAY, recording_id=name) for name in ("a/b", "a_b")]
    export_timelines(days, tmp_path / "elan", format_="eaf")
    assert imported(tmp_path / "elan").total() == 8
    assert len(list((tmp_path / "clips").rglob("*.wav"))) == 6


def test_two_classes_of_the_same_times_give_no_clip(elan: Path) -> None:
    path = elan / "c07/day1.eaf"
    (timeline,) = annotations.read(path)
    second = Segment(1.0, 2.0, "Laughing", tier="Laughing")
    annotations.write(replace(timeline, segments=(*timeline.segments, second)), path, "eaf")
    found = imported(elan)
    assert (found["conflicting"], found["Crying"], found["Laughing"]) == (2, 0, 1)


def test_a_table_of_several_recordings_is_refused(elan: Path) -> None:
    path = elan / "c07/day1.csv"
    rows = "".join(f"{name},1.0,2.0,Crying\n" for name in ("c07/day1", "other"))
    path.write_text(f"recording_id,onset_s,offset_s,label\n{rows}", "utf-8")
    with pytest.raises(DataError, match="has 2 recordings"):
        read_corrected(path, elan, elan)


def test_the_list_of_muted_recordings_is_no_correction(elan: Path) -> None:
    (elan / "child_only.csv").write_text("recording_id,vocalizations,heard_s\n", "utf-8")
    assert [path.name for path in find_files([str(elan)])] == ["day1.eaf"]


def test_textgrids_in_utf_16_are_read(tmp_path: Path) -> None:
    export_timelines([DAY], tmp_path, format_="textgrid")
    path = tmp_path / "c07/day1.TextGrid"
    text = path.read_text("utf-8")
    begin, _, end = text.rpartition('"Non-canonical"')
    path.write_bytes(f'{begin}"Canonical"{end}'.encode("utf-16"))
    assert read_corrected(path, tmp_path, tmp_path).counts["relabelled"] == 1
