"""The command ``vocalbaby sample``."""

import csv
import json
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from packages.corpus.tests.corpus.sampling.helpers_archives import day
from vocalbaby import annotations, audio
from vocalbaby.commands.main import app
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.records import Record
from vocalbaby.corpus.sampling.manifest import read_sample
from vocalbaby.exception import VocalBabyError


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dataset of three recordings of two children, and a failed one."""
    monkeypatch.chdir(tmp_path)
    for seed, (name, child, minutes) in enumerate(
        [("a", "c1", 12.0), ("b", "c2", 20.0), ("c", "c2", 10.0)]
    ):
        folder = Path("ds/segments") / f"child={child}"
        folder.mkdir(parents=True, exist_ok=True)
        annotations.write(day(name, seed, minutes, child), folder / f"{name}.parquet")
    empty = {"code": "audio_empty", "message": "The file is empty."}
    Dataset("ds").write_record(Record("bad", "bad.wav", child_id="c3", error=empty))
    Path("ds/records/child=c3/old.json").write_text("{}")
    return tmp_path / "ds"


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["sample", "ds", *words])


def keys(path: str) -> set[tuple[str, float]]:
    return {(s.recording_id, s.onset_s) for s in read_sample(path)}


def test_a_sample_of_some_minutes_is_written_and_summarized(dataset: Path) -> None:
    result = run("--minutes", "10", "--out", "s.csv", "--seed", "4")
    assert result.exit_code == 0
    stretches = read_sample("s.csv")
    assert len(stretches) == 10
    assert {s.sampler for s in stretches} == {"pps"}
    assert all(s.inclusion_probability for s in stretches)
    first = result.stdout.splitlines()[0]
    assert first.startswith("10 of 42 units, 10.0 of 42.0 minutes")
    assert "Expected 95 % interval" in result.stdout
    assert "without segments, which are not drawn from: bad, records/child=c3/old" in result.stderr
    assert dataset.is_dir()


def test_the_same_command_writes_the_same_bytes(dataset: Path) -> None:
    del dataset
    run("--minutes", "10", "--out", "s.csv")
    before = Path("s.csv").read_bytes()
    assert run("--minutes", "10", "--out", "s.csv").exit_code == 0
    assert run("--minutes", "10", "--out", "t.csv").exit_code == 0
    assert Path("s.csv").read_bytes() == Path("t.csv").read_bytes() == before


def test_another_sample_is_not_replaced(dataset: Path) -> None:
    del dataset
    run("--minutes", "10", "--out", "s.csv")
    before = Path("s.csv").read_bytes()
    result = run("--minutes", "10", "--out", "s.csv", "--seed", "1")
    assert isinstance(result.exception, VocalBabyError)
    assert "is not this sample" in str(result.exception)
    assert Path("s.csv").read_bytes() == before
    assert run("--minutes", "10", "--out", "s.csv", "--seed", "1", "--overwrite").exit_code == 0
    assert Path("s.csv").read_bytes() != before


def test_excluded_stretches_are_not_drawn_again(dataset: Path) -> None:
    del dataset
    run("--minutes", "15", "--out", "s.csv")
    result = run("--minutes", "15", "--out", "t.csv", "--exclude", "s.csv")
    assert not keys("s.csv") & keys("t.csv")
    assert "15 of 42 units are excluded" in result.stderr
    assert run("--minutes", "30", "-o", "u.csv", "--exclude", "s.csv", "--exclude", "t.csv")
    assert not keys("u.csv") & (keys("s.csv") | keys("t.csv"))
    assert len(keys("u.csv")) == 12


def test_rounds_of_a_seed_have_nothing_in_common(dataset: Path) -> None:
    del dataset
    for number in "123":
        run("--stretches", "6", "-o", f"{number}.csv", "--rounds", "3", "--round", number)
    assert len(keys("1.csv") | keys("2.csv") | keys("3.csv")) == 18


def test_a_dry_run_writes_nothing(dataset: Path) -> None:
    result = run("--minutes", "10", "--out", "s.csv", "--dry-run")
    assert result.exit_code == 0
    assert sorted(p.name for p in dataset.parent.iterdir()) == ["ds"]


def test_json_accounts_for_everything(dataset: Path) -> None:
    (dataset / "segments" / "child=c1" / "bad.parquet").write_bytes(b"PAR1 no")
    result = run("--clips", "12", "--dry-run", "--json", "--balance-children")
    assert result.exit_code == 5
    found = json.loads(result.stdout)
    assert found["stretches"] == 12
    assert {c["child_id"]: c["stretches"] for c in found["children"]} == {"c1": 6, "c2": 6}
    assert [each["message"] for each in found["recordings_without_segments"]] == [
        "The file is empty.",
        "Its record is damaged, or of another version.",
    ]
    assert [Path(f["file"]).name for f in found["failed_files"]] == ["bad.parquet"]
    assert found["expected"]["half_width"] > found["expected"]["half_width_assisted"] > 0
    assert sum(s["sample"] for s in found["strata"]) == 12


def test_files_of_other_formats_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    annotations.write(day("a", 1, 10.0), "a.rttm")
    result = CliRunner().invoke(app, ["sample", "a.rttm", "--stretches", "2", "-o", "s.csv"])
    assert result.exit_code == 0
    assert "duration of 1 recording (a) is not known" in result.stderr
    assert len(read_sample("s.csv")) == 2


def test_sounds_and_chunks_are_written(dataset: Path) -> None:
    for name in "ab":
        noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 60).astype(np.float32)
        audio.write_wav(dataset.parent / f"{name}.wav", noise, 16_000)
    options = "--clips 9 -o s.csv --recordings . --sounds wav --padding 0.5 --zooniverse up"
    result = run(*options.split(" "), "--chunk-format", "wav")
    assert result.exit_code == 5  # recording c is missing, and a and b are short
    assert "The recording c is not found." in result.stderr
    with Path("wav/clips.csv").open(newline="") as stream:
        written = {row["sample_id"] for row in csv.DictReader(stream)}
    near = {s.sample_id for s in read_sample("s.csv") if s.recording_id != "c" and s.onset_s < 59}
    assert written == near
    assert (dataset.parent / "up" / "subjects.csv").is_file()


def test_the_sampler_energy_draws_the_loud(dataset: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 16_000 * 720).astype(np.float32)
    noise[16_000 * 120 : 16_000 * 180] *= 20
    audio.write_wav(dataset.parent / "a.wav", noise, 16_000)
    result = run(
        *["--sampler", "energy", "--per-recording", "1", "-o", "s.csv", "--recordings", "."],
        "--stretches",
        "1",
    )
    assert result.exit_code == 0
    assert "Recordings that are not found: b, c" in result.stderr
    (stretch,) = read_sample("s.csv")
    assert stretch.recording_id == "a"
    assert stretch.inclusion_probability is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--minutes 5", "needs a file"),
        ("--minutes 5 --clips 3 -o s.csv", "Only one of"),
        ("--minutes 5 -o s.csv --sounds w", "Add --recordings"),
        ("--minutes 5 -o s.csv --unit words", "no unit 'words'"),
        ("--minutes 5 -o s.csv --size tall", "--size: Input should be 'speech'"),
        ("--minutes 5 -o s.csv --strata child,age", "--strata: Input should be"),
        ("--minutes 5 -o s.csv --chunk-format ogg", "no format 'ogg'"),
        ("--minutes 5 -o s.csv --exclude none.csv", "no sample none.csv"),
        ("--minutes 5 -o no/s.csv", "folder no does not exist"),
    ],
)
def test_impossible_requests_are_refused(dataset: Path, words: str, why: str) -> None:
    result = run(*words.split(" "))
    assert isinstance(result.exception, VocalBabyError)
    assert why in str(result.exception)
    assert sorted(p.name for p in dataset.parent.iterdir()) == ["ds"]


def test_a_dataset_without_segments_is_refused(dataset: Path) -> None:
    (dataset.parent / "empty" / "segments").mkdir(parents=True)
    result = CliRunner().invoke(app, ["sample", "empty", "--minutes", "5", "--dry-run"])
    assert "no segments" in str(result.exception)
    result = CliRunner().invoke(app, ["sample", "none", "--minutes", "5", "--dry-run"])
    assert "no annotations none" in str(result.exception)


def test_a_dataset_in_a_bucket_gives_the_same_sample(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("ACCESS_KEY_ID", "x"),
        ("SECRET_ACCESS_KEY", "x"),
        ("REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lab")
        for path in (p for p in dataset.rglob("*") if p.is_file()):
            key = f"babies/{path.relative_to(dataset).as_posix()}"
            s3.put_object(Bucket="lab", Key=key, Body=path.read_bytes())
        words = ["sample", "s3://lab/babies", "--minutes", "10", "-o", "s3.csv"]
        assert CliRunner().invoke(app, words).exit_code == 0
    run("--minutes", "10", "-o", "s.csv")
    assert Path("s3.csv").read_bytes() == Path("s.csv").read_bytes()
