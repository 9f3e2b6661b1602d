"""A dataset as a set of annotations of a ChildProject folder, which may have others."""

import csv
from pathlib import Path

import pytest
import yaml

from vocalbaby import annotations
from vocalbaby.corpora.childproject import read_sets
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.publishing import Published, publish
from vocalbaby.corpus.engine.records import Record
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

#: An index as others write it: unusual columns, quotes, a line within a cell, no last line end.
OTHERS = (
    "set,raw_filename,time_seek,range_onset,range_offset,recording_filename,format,mine,"
    "annotation_filename,imported_at\r\n"
    'eaf/an1,"a, b.eaf",0,0,1000,c1/day1.wav,eaf,"two\nlines",c1/day1_0_1000.csv,2020-01-01\r\n'
    "vtc,day1.rttm,0,0,8000,c1/day1.wav,vtc_rttm,,c1/day1_0_8000.csv,2020-01-01"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "recordings/raw").mkdir(parents=True)
    (root / "metadata").mkdir()
    (root / "metadata/recordings.csv").write_text(
        "experiment,child_id,recording_filename,duration\n"
        "lab,c1,c1/day1.wav,8000\nlab,c2,c2/day 2.wav,NA\nlab,c3,bad.wav,8000\n"
    )
    return root


def add(dataset: Dataset, name: str, *segments: Segment, duration_s: float = 8.0) -> None:
    data, _ = annotations.serialize(Timeline(name, segments, duration_s), "parquet")
    record = Record(name, f"{name}.wav", duration_s=duration_s, made_from={"model_version": "m1"})
    file = dataset.write("segments", record, data)
    dataset.write_record(
        Record(name, f"{name}.wav", segments=file, figures=file, made_from=record.made_from)
    )


CANONICAL = Segment(1.0004, 2.5, "Canonical", {"Canonical": 0.9, "Crying": 0.1}, tier="infant")
JUNK = Segment(3.0, 4.0, "Junk", {"Canonical": 0.2, "Crying": 0.1}, tier="junk")
CLIPPED = Segment(0.0, 1.0, "clipping", tier="quality")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    made = Dataset(str(tmp_path / "dataset"))
    add(made, "c1/day1", CANONICAL, JUNK, CLIPPED)
    add(made, "c2/day 2", CANONICAL)
    add(made, "elsewhere", CANONICAL)
    made.write_record(Record("bad", "bad.wav", error={"code": "audio_empty", "message": "Empty."}))
    return made


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def index(project: Path) -> list[dict[str, str]]:
    with (project / "metadata/annotations.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_recording_with_results_has_files_and_a_row(project: Path, dataset: Dataset) -> None:
    found = publish(dataset, project, "vocalbaby")
    assert (found.recordings, found.failed, found.not_listed) == (2, ["bad"], ["elsewhere"])
    rows = index(project)
    assert [(r["recording_filename"], r["range_offset"]) for r in rows] == [
        ("c1/day1.wav", "8000"),
        ("c2/day 2.wav", "8000"),
    ]
    for row in rows:
        folder = project / "annotations/vocalbaby"
        raw = folder / "raw" / row["raw_filename"]
        assert raw.read_bytes() == (folder / "converted" / row["annotation_filename"]).read_bytes()
    about = yaml.safe_load((project / "annotations/vocalbaby/metannots.yml").read_text())
    assert (about["method"], about["has_vcm_type"]) == ("automated", "Y")
    assert "model m1" in about["annotation_algorithm_version"]


def test_the_set_is_read_again_as_it_was(project: Path, dataset: Dataset) -> None:
    publish(dataset, project, "sub/ours", junk=True)
    timeline = read_sets(project)["sub/ours"].read("c1/day1.wav").timeline
    assert [(s.onset_s, s.offset_s, s.label) for s in timeline.segments] == [
        (1.0, 2.5, "Canonical"),
        (3.0, 4.0, "Junk"),
    ]
    assert timeline.segments[0].probabilities == {"Canonical": 0.9, "Crying": 0.1}
    publish(dataset, project, "sub/ours", junk=False)
    timeline = read_sets(project)["sub/ours"].read("c1/day1.wav").timeline
    assert [s.label for s in timeline.segments] == ["Canonical"]


def test_rows_and_files_of_others_stay_the_same_bytes(project: Path, dataset: Dataset) -> None:
    path = project / "metadata/annotations.csv"
    path.write_bytes(OTHERS.encode())
    (project / "annotations/vtc/raw").mkdir(parents=True)
    (project / "annotations/vtc/raw/day1.rttm").write_text("")
    publish(dataset, project, "vocalbaby")
    data = path.read_bytes()
    assert data.startswith(OTHERS.encode() + b"\r\n")
    assert data.endswith(b"\r\n")
    assert [row["set"] for row in index(project)] == ["eaf/an1", "vtc", "vocalbaby", "vocalbaby"]
    publish(Dataset(dataset.url + "-none"), project, "vocalbaby")  # a dataset without recordings
    assert path.read_bytes() == OTHERS.encode() + b"\r\n"


def test_the_same_dataset_writes_nothing_again(project: Path, dataset: Dataset) -> None:
    assert publish(dataset, project, "vocalbaby").written == 6  # 2 + 2, metannots.yml, the index
    before = snapshot(project)
    found = publish(dataset, project, "vocalbaby")
    assert (found.written, found.removed) == (0, 0)
    assert snapshot(project) == before


def test_what_the_dataset_has_no_more_is_removed(project: Path, dataset: Dataset) -> None:
    publish(dataset, project, "vocalbaby")
    add(dataset, "c2/day 2", CANONICAL, duration_s=9.0)  # another range, another name of the file
    found = publish(dataset, project, "vocalbaby")
    names = {path.name for path in (project / "annotations/vocalbaby/converted").rglob("*.csv")}
    assert names == {"day1_0_8000.csv", "day 2_0_9000.csv"}
    assert (found.written, found.removed) == (2, 1)


def test_annotations_end_with_the_length_that_childproject_knows(
    project: Path, dataset: Dataset
) -> None:
    add(dataset, "c1/day1", CANONICAL, Segment(7.5, 20.0, "Crying", tier="infant"), duration_s=20.0)
    found = publish(dataset, project, "vocalbaby")
    (note,) = found.notes
    assert note.startswith("c1/day1.wav has 20.0 s of sound, and by recordings.csv 8.0 s;")
    segments = read_sets(project)["vocalbaby"].read("c1/day1.wav").timeline.segments
    assert [(s.onset_s, s.offset_s) for s in segments] == [(1.0, 2.5), (7.5, 8.0)]


@pytest.mark.parametrize("has_rows", [True, False])
def test_a_set_of_others_is_refused(project: Path, dataset: Dataset, *, has_rows: bool) -> None:
    if has_rows:
        (project / "metadata/annotations.csv").write_bytes(OTHERS.encode())
    else:
        (project / "annotations/vtc/raw").mkdir(parents=True)
    before = snapshot(project)
    with pytest.raises(ConfigError, match=r"The set vtc of .* was not made by"):
        publish(dataset, project, "vtc", overwrite=True)
    assert snapshot(project) == before


def test_a_file_that_was_changed_is_not_replaced(project: Path, dataset: Dataset) -> None:
    publish(dataset, project, "vocalbaby")
    raw = project / "annotations/vocalbaby/raw/c1/day1.csv"
    raw.write_text(raw.read_text() + "9000,9500,CHI\n")
    before = snapshot(project)
    with pytest.raises(ConfigError, match=r"raw/c1/day1.csv was changed since"):
        publish(dataset, project, "vocalbaby")
    assert snapshot(project) == before
    assert publish(dataset, project, "vocalbaby", overwrite=True).written == 1


def test_metannots_of_a_user_stay(project: Path, dataset: Dataset) -> None:
    publish(dataset, project, "vocalbaby")
    about = project / "annotations/vocalbaby/metannots.yml"
    about.write_text("method: mixed\n")
    found = publish(dataset, project, "vocalbaby")
    assert about.read_text() == "method: mixed\n"
    assert "metannots.yml was written by others" in found.notes[0]


def test_an_interrupted_run_goes_on(
    project: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vocalbaby.corpus.engine import published_files  # noqa: PLC0415 - to interrupt it

    whole = published_files._replace
    for allowed in range(1, 7):
        left = [allowed]

        def interrupted(path: Path, data: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            whole(path, data)

        monkeypatch.setattr(published_files, "_replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            publish(dataset, project, f"set{allowed}")
        monkeypatch.setattr(published_files, "_replace", whole)
        found = publish(dataset, project, f"set{allowed}")
        assert isinstance(found, Published)
        assert sum(row["set"] == f"set{allowed}" for row in index(project)) == 2


def test_an_index_that_others_change_meanwhile_is_not_replaced(
    project: Path, dataset: Dataset
) -> None:
    path = project / "metadata/annotations.csv"

    def others(done: int, total: int) -> None:
        path.write_bytes(OTHERS.encode())

    with pytest.raises(DataError, match=r"annotations.csv was changed meanwhile"):
        publish(dataset, project, "vocalbaby", progress=others)
    assert path.read_bytes() == OTHERS.encode()
    assert publish(dataset, project, "vocalbaby").written == 1


@pytest.mark.parametrize("name", ["", "../x", "/x", "raw", ".hidden", "a/converted"])
def test_names_that_are_no_sets_are_refused(name: str, project: Path, dataset: Dataset) -> None:
    with pytest.raises(ConfigError, match="is no name of a set"):
        publish(dataset, project, name)


def test_another_folder_and_a_damaged_index_are_named(
    project: Path, dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(DataNotFoundError, match="is no ChildProject folder"):
        publish(dataset, tmp_path, "vocalbaby")
    (project / "metadata/annotations.csv").write_text("set,recording_filename\n")
    with pytest.raises(DataError, match="lacks"):
        publish(dataset, project, "vocalbaby")
    assert not (project / "annotations").exists()
