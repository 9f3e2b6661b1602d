"""A child or clip is a pair of corpus and ID, from the tables to the results."""

import csv
import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from vocalbaby.components.manifests import read_manifest
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.exception import ConfigError, DataError
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.validation import run_validation
from vocalbaby.pipeline.workspace import Workspace

VALIDATION = {"missing_class": "error", "min_clips": 1, "min_children": 1, "max_imbalance": 99}


def write_clip(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).uniform(-0.3, 0.3, 4000)
    soundfile.write(path, noise, 16000, subtype="PCM_16", format="WAV")


def workspace(tmp_path: Path, *sources: Mapping[str, object], **settings: float) -> Workspace:
    configs = tmp_path / "configs"
    configs.mkdir(exist_ok=True)
    split = {"seed": 7, "train": 0.6, "devel": 0.2, "test": 0.2}
    ingestion = {"sources": [dict(s) for s in sources], "split": split, **settings}
    text = yaml.safe_dump({"ingestion": ingestion, "validation": VALIDATION})
    (configs / "data.yaml").write_text(text)
    return Workspace(configs, tmp_path / "out")


def table(tmp_path: Path, rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Write a table of (clip_ID, child_ID, Answer) and its clips."""
    with (tmp_path / "m.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("clip_ID", "child_ID", "Answer"), *rows])
    for seed, row in enumerate(rows):
        write_clip(tmp_path / "clips" / row[0], seed)
    return {
        "adapter": "babblecor",
        "csv": str(tmp_path / "m.csv"),
        "wav_folder": str(tmp_path / "clips"),
    }


def splits(records: Sequence[ClipRecord]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        found[record.corpus, record.child_ID].add(record.split)
    return found


def labs(tmp_path: Path) -> list[dict[str, str]]:
    """Two corpora of other audio with the same names (shared/cases/corpora/same_names)."""
    sources = []
    for lab in "AB":
        root = tmp_path / f"lab{lab}"
        for seed, name in enumerate(
            ("Junk/child_00", "Junk/child_01", "Crying/child_00", "Crying/child_01")
        ):
            write_clip(root / name / "001.wav", 10 * ord(lab) + seed)
        sources.append({"adapter": "folder", "root": str(root)})
    return sources


def test_two_corpora_may_use_the_same_names(tmp_path: Path) -> None:
    manifest = run_ingestion(workspace(tmp_path, *labs(tmp_path)))
    assert manifest.rejections == ()
    assert len(manifest.records) == 8
    assert len(splits(manifest.records)) == 4
    assert len({r.child for r in manifest.records}) == 4
    assert all(len(found) == 1 for found in splits(manifest.records).values())
    assert json.loads((tmp_path / "out/ingestion/summary.json").read_text())["children"] == 4
    codes = {
        f.code for f in run_validation(Workspace(tmp_path / "configs", tmp_path / "out")).errors
    }
    assert codes == {"class_missing"}  # the two corpora have two of the classes


def test_the_same_names_in_one_corpus_are_told_apart_in_words(tmp_path: Path) -> None:
    sources = [{**source, "corpus": "lab"} for source in labs(tmp_path)]
    manifest = run_ingestion(workspace(tmp_path, *sources))
    assert len(manifest.records) + len(manifest.rejections) == 8
    assert {r.code for r in manifest.rejections} == {"duplicate_clip_id"}
    assert all("other audio" in r.reason and "`corpus`" in r.reason for r in manifest.rejections)


def test_spellings_of_a_number_are_one_child(tmp_path: Path) -> None:
    """Half of the IDs are floats, as in shared/cases/corpora/ids."""
    rows = [
        (f"c{5 * c + k:03d}.wav", f"{c}.0" if k % 2 else f"{c}", label)
        for c in range(1, 7)
        for k, label in enumerate(CLASSES)
    ]
    place = workspace(tmp_path, table(tmp_path, rows))
    manifest = run_ingestion(place)
    assert (len(manifest.records), manifest.rejections) == (30, ())
    found = splits(manifest.records)
    assert {child for _, child in found} == set("123456")
    assert all(len(of_child) == 1 for of_child in found.values())
    assert [n.code for n in manifest.notes] == ["child_id_spellings"] * 6
    assert "the child '1' is written '1', '1.0'" in {n.message for n in manifest.notes}
    assert read_manifest(place.ingestion).notes == manifest.notes
    report = run_validation(place)
    assert report.errors == ()
    assert sum(report.children.values()) == 6


def test_validation_finds_a_leak_between_spellings(tmp_path: Path) -> None:
    place = workspace(tmp_path, table(tmp_path, [("a.wav", "1", "Junk"), ("b.wav", "2", "Junk")]))
    run_ingestion(place)
    text = (place.ingestion / "manifest.csv").read_text()
    (place.ingestion / "manifest.csv").write_text(text.replace("b.wav,2,", "b.wav,01.0,"))
    (leak,) = (f for f in run_validation(place).errors if f.code == "split_leak")
    assert leak.examples[0].startswith("01.0 = 1 (")


def test_ids_that_are_written_in_one_way_stay_as_they_are(tmp_path: Path) -> None:
    rows = [("a.wav", "001", "Junk"), ("b.wav", "002.0", "Junk"), ("c.wav", "01a", "Junk")]
    manifest = run_ingestion(workspace(tmp_path, table(tmp_path, rows)))
    assert [r.child_ID for r in manifest.records] == ["001", "002.0", "01a"]
    assert manifest.notes == ()
    assert not (tmp_path / "out/ingestion/notes.csv").exists()


def test_classes_of_three_children_reach_every_split(tmp_path: Path) -> None:
    """shared/cases/corpora/three: each class has exactly three children."""
    of_class = zip(CLASSES, ("012", "012", "014", "123", "012"), strict=True)
    rows = [(f"{label}{kid}.wav", f"kid{kid}", label) for label, kids in of_class for kid in kids]
    place = workspace(tmp_path, table(tmp_path, rows))
    run_ingestion(place)
    report = run_validation(place)
    assert report.errors == ()
    assert all(n for counts in report.clips.values() for n in counts.values())


def broken(tmp_path: Path, missing: int) -> dict[str, str]:
    source = table(tmp_path, [(f"{n}.wav", f"kid{n}", "Junk") for n in range(10)])
    for n in range(missing):
        (tmp_path / "clips" / f"{n}.wav").unlink()
    return source


def test_many_rejected_rows_are_a_warning_and_an_error_when_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = broken(tmp_path, missing=3)
    with caplog.at_level(logging.WARNING):
        run_ingestion(workspace(tmp_path, source))
    assert "3 rows (30.0%) were rejected (file_missing: 3)" in caplog.text
    summaries: list[dict[str, object]] = []
    with pytest.raises(DataError, match=r"3 rows \(30.0%\) .* at most 29.0% are allowed"):
        run_ingestion(workspace(tmp_path, source, max_rejected=0.29), report=summaries.append)
    assert summaries[0]["rejected"] == 3
    assert len(read_manifest(tmp_path / "out" / "ingestion").records) == 7
    run_ingestion(workspace(tmp_path, source, max_rejected=0.3))
    with pytest.raises(DataError):
        run_ingestion(workspace(tmp_path, source, max_rejected=0.3), max_rejected=0.0)


def test_few_rejected_rows_are_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        run_ingestion(workspace(tmp_path, broken(tmp_path, missing=1)))
    assert not caplog.records


def test_rows_that_the_user_excludes_do_not_count_as_rejected(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = {**broken(tmp_path, missing=0), "where": {"child_ID": ["kid1"]}}
    with caplog.at_level(logging.WARNING):
        manifest = run_ingestion(workspace(tmp_path, source, max_rejected=0.0))
    assert (len(manifest.records), len(manifest.rejections)) == (1, 9)
    assert not caplog.records


def test_says_where_paths_are_relative_to_if_no_row_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=rf"file_missing: 10\).*relative to {tmp_path}"):
        run_ingestion(workspace(tmp_path, broken(tmp_path, missing=10)))


def test_two_corpora_of_one_default_name_may_not_share_a_child(tmp_path: Path) -> None:
    """The children would be merged without a word."""
    for number, place in enumerate(("A", "B")):
        for child in ("kid1", "kid2"):
            seed = 10 * number + int(child[-1])
            write_clip(tmp_path / place / "data" / "Crying" / child / f"{place}.wav", seed)
    sources = [{"adapter": "folder", "root": str(tmp_path / place / "data")} for place in "AB"]
    with pytest.raises(ConfigError, match="both the corpus 'data', and both have a child 'kid1'"):
        run_ingestion(workspace(tmp_path, *sources))
    named = [{**source, "corpus": name} for source, name in zip(sources, "AB", strict=True)]
    run_ingestion(workspace(tmp_path, *named))
    assert len(splits(read_manifest(tmp_path / "out" / "ingestion").records)) == 4
    same = [{**source, "corpus": "lab"} for source in sources]
    run_ingestion(workspace(tmp_path, *same))
    assert len(splits(read_manifest(tmp_path / "out" / "ingestion").records)) == 2


def test_validation_without_its_section_has_the_defaults(tmp_path: Path) -> None:
    space = workspace(tmp_path, table(tmp_path, [("a.wav", "1", "Crying")]))
    run_ingestion(space)
    text = space.data_config.read_text()
    space.data_config.write_text(text[: text.index("validation:")])
    assert {error.code for error in run_validation(space).errors} == {"class_missing"}
