"""The stages as a user runs them, on a small synthetic corpus."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vocalbaby.components.feature_table import read_feature_table
from vocalbaby.pipeline.ingestion import run_ingestion
from vocalbaby.pipeline.workspace import Workspace

Vocalbaby = Callable[..., Any]

DATA = {
    "ingestion": {
        "sources": [
            {
                "adapter": "synthetic",
                "seed": 3,
                "n_children": 6,
                "clips_per_child": 15,
                "shares": dict.fromkeys(
                    ("Canonical", "Non-canonical", "Crying", "Laughing", "Junk"), 0.2
                ),
            }
        ],
        "split": {"seed": 1, "train": 0.4, "devel": 0.3, "test": 0.3},
    },
    "validation": {"min_clips": 1, "min_children": 1},
}
TRAINING = {
    "model": {"name": "tiny", "reference_rows": 50},
    "training": {"rounds": 10, "max_depth": 3},
    "calibration": {"folds": 2, "novelty_axes": 8},
}
FEATURES = {"feature_set": "mfcc", "augmentation": {"copies": 1}}


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with settings in `configs` and the results of ingestion in `out`."""
    folder = tmp_path_factory.mktemp("ingested")
    (folder / "configs").mkdir()
    (folder / "configs" / "data.yaml").write_text(yaml.safe_dump(DATA))
    (folder / "configs" / "training.yaml").write_text(yaml.safe_dump(TRAINING))
    (folder / "configs" / "evaluation.yaml").write_text(yaml.safe_dump({"resamples": 20}))
    (folder / "configs" / "features.yaml").write_text(yaml.safe_dump(FEATURES))
    run_ingestion(Workspace(folder / "configs", folder / "out"))
    return folder


@pytest.fixture
def configs(ingested: Path, tmp_path: Path) -> Path:
    """Settings in a copy of that folder, which tests may change."""
    shutil.copytree(ingested, tmp_path, dirs_exist_ok=True)
    return tmp_path / "configs"


@pytest.fixture
def stage(vocalbaby: Vocalbaby, configs: Path, tmp_path: Path) -> Vocalbaby:
    return lambda name: vocalbaby(name, "-c", configs, "-o", tmp_path / "out")


def test_stages_run_one_after_the_other(
    stage: Vocalbaby, vocalbaby: Vocalbaby, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.rmtree(out)
    run = stage("ingest")
    assert run.code == 0, run.err
    assert "accepted" in run.out
    summary = json.loads((out / "ingestion" / "summary.json").read_text())
    assert (summary["rows"], summary["accepted"]) == (90, 90)
    assert len(list((out / "ingestion" / "audio").rglob("*.wav"))) == 90

    run = stage("validate")
    assert run.code == 0, run.err
    report = json.loads((out / "validation" / "report.json").read_text())
    assert sum(sum(row.values()) for row in report["clips"].values()) == 90
    assert [f for f in report["findings"] if f["severity"] == "error"] == []

    run = stage("features")
    assert run.code == 0, run.err
    for split, copies in (("train", 1), ("devel", 0), ("test", 0)):
        table = read_feature_table(out / "features" / "mfcc" / f"{split}.parquet")
        assert len(table) == summary["by_split"][split] * (1 + copies)
        assert set(table.meta.split) == {split}

    run = stage("train")
    assert run.code == 0, run.err
    version = run.out.split(":")[0]
    assert version.startswith("tiny-")

    run = stage("evaluate")
    assert run.code == 0, run.err
    assert run.out.split()[:2] == ["Test", "set"]
    metrics = json.loads((out / "evaluation" / "metrics.json").read_text())
    assert f"{metrics['uar']:.3f}" in run.out

    clip = next((out / "ingestion" / "audio").rglob("*.wav"))
    run = vocalbaby("predict", clip, "-m", out / "training" / "bundle", "-f", "jsonl")
    assert run.code == 0, run.err
    assert json.loads(run.out)["model_version"] == version


def test_the_same_settings_give_the_same_bytes(
    stage: Vocalbaby, vocalbaby: Vocalbaby, configs: Path, tmp_path: Path
) -> None:
    assert stage("features").code == 0
    for name in ("ingest", "features"):
        assert vocalbaby(name, "-c", configs, "-o", tmp_path / "deep" / "again").code == 0
    for file in ("ingestion/manifest.csv", "features/mfcc/train.parquet"):
        one, another = tmp_path / "out" / file, tmp_path / "deep" / "again" / file
        assert one.read_bytes() == another.read_bytes(), file


def test_removes_the_audio_of_an_earlier_run(
    stage: Vocalbaby, configs: Path, tmp_path: Path
) -> None:
    data = json.loads(json.dumps(DATA))
    data["ingestion"]["sources"][0]["n_children"] = 3
    (configs / "data.yaml").write_text(yaml.safe_dump(data))
    assert stage("ingest").code == 0
    assert len(list((tmp_path / "out").rglob("*.wav"))) == 45


def test_exits_with_code_5_if_a_child_is_in_two_splits(stage: Vocalbaby, tmp_path: Path) -> None:
    table = tmp_path / "out" / "ingestion" / "manifest.csv"
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    leaking = next(row for row in rows if row["split"] == "train")
    leaking["split"] = "test"
    with table.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run = stage("validate")
    assert run.code == 5
    assert leaking["child_ID"] in run.err
    assert "Traceback" not in run.err
    assert "split_leak" in run.out
    report = json.loads((tmp_path / "out" / "validation" / "report.json").read_text())
    assert report["findings"][0]["code"] == "split_leak"


def test_names_the_stage_that_must_run_first(stage: Vocalbaby, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "out")
    for name in ("validate", "features"):
        run = stage(name)
        assert run.code == 5
        assert "vocalbaby ingest" in run.err


@pytest.mark.parametrize(
    ("file", "section", "command"),
    [
        ("data.yaml", "ingestion", "ingest"),
        ("data.yaml", "validation", "validate"),
        ("features.yaml", None, "features"),
        ("training.yaml", "training", "train"),
        ("training.yaml", "model", "train"),
        ("training.yaml", "calibration", "train"),
        ("evaluation.yaml", None, "evaluate"),
    ],
)
def test_exits_with_code_2_for_an_unknown_key(
    stage: Vocalbaby, configs: Path, file: str, section: str | None, command: str
) -> None:
    settings = yaml.safe_load((configs / file).read_text())
    (settings[section] if section else settings)["colour"] = "blue"
    (configs / file).write_text(yaml.safe_dump(settings))
    run = stage(command)
    assert run.code == 2
    assert "unknown key 'colour'" in run.err


def test_exits_with_code_2_if_the_settings_folder_is_missing(
    stage: Vocalbaby, configs: Path
) -> None:
    shutil.rmtree(configs)
    run = stage("ingest")
    assert run.code == 2
    assert "data.yaml" in run.err


def test_the_environment_overrides_a_setting(
    stage: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCALBABY_FEATURES__AUGMENTATION__COPIES", "0")
    assert stage("features").code == 0
    table = read_feature_table(tmp_path / "out" / "features" / "mfcc" / "train.parquet")
    assert not any("#" in key for key in table.meta.clip_ID)


def test_exits_with_code_5_if_more_rows_are_rejected_than_allowed(
    vocalbaby: Vocalbaby, configs: Path, tmp_path: Path
) -> None:
    data = json.loads(json.dumps(DATA))
    (tmp_path / "clips").mkdir()
    (tmp_path / "m.csv").write_text("clip_ID;child_ID;Answer\na;1;Junk\n;;\n", encoding="utf-16")
    table = {"csv": str(tmp_path / "m.csv"), "wav_folder": str(tmp_path / "clips")}
    data["ingestion"]["sources"].append({"adapter": "babblecor", **table})
    (configs / "data.yaml").write_text(yaml.safe_dump(data))
    arguments = ("ingest", "-c", configs, "-o", tmp_path / "out")
    assert vocalbaby(*arguments).code == 0
    run = vocalbaby(*arguments, "--max-rejected", "0.001")
    assert run.code == 5
    assert "file_missing: 1" in run.err
    assert "at most 0.1% are allowed" in run.err
    assert "rejections.csv" in run.out
    assert (tmp_path / "out" / "ingestion" / "manifest.csv").is_file()
    assert vocalbaby(*arguments, "--max-rejected", "0.5").code == 0
    assert vocalbaby(*arguments, "--max-rejected", "2").code == 2
