"""Segmenting with YAMNet's own file as listener."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from vocalbaby import annotations, audio, inference
from vocalbaby.commands.main import app
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.features.embedding import yamnet
from vocalbaby.features.embedding.listener import GROUPS
from vocalbaby.features.embedding.model_files import VARIABLE
from vocalbaby.segmentation import Evidence


@pytest.fixture(scope="module")
def file() -> Path:
    near = Path(__file__).parents[3] / "shared/models/yamnet/yamnet_spectra_in.tflite"
    path = Path(os.environ.get(VARIABLE) or near)
    if not path.is_file():
        pytest.fail(f"YAMNet's file is needed: set {VARIABLE} to its path.")
    return path


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 s of faint noise, with synthetic cries at 10, 29 and 50 s."""
    config = SyntheticConfig(n_children=1, clips_per_child=30, seed=1)
    cry = next(clip.samples for clip in generate(config) if clip.Answer == "Crying")
    sound: NDArray[np.float32] = np.random.default_rng(0).normal(0, 1e-4, 1_120_000).astype("f4")
    for second in (10, 29, 50):
        sound[second * 16_000 :][:32_000] += 0.5 * np.resize(cry, 32_000)
    path = tmp_path_factory.mktemp("days") / "day.wav"
    audio.write_wav(path, sound, 16_000)
    return path


def test_groups_have_the_classes_of_the_class_map(file: Path) -> None:
    with file.with_name("yamnet_class_map.csv").open(encoding="utf-8", newline="") as stream:
        names = [row["display_name"] for row in csv.DictReader(stream)]
    of = {group: [names[number] for number in numbers] for group, numbers in GROUPS.items()}
    assert of["cry"] == ["Crying, sobbing", "Baby cry, infant cry", "Whimper", "Wail, moan"]
    assert of["baby_laughter"] == ["Baby laughter"]
    assert of["babble"] == ["Child speech, kid speaking", "Babbling"]
    assert (of["singing"][0], of["singing"][-1]) == ("Singing", "Humming")
    assert (of["human"][0], of["human"][-1]) == ("Breathing", "Fart")
    assert (of["animal"][0], of["animal"][-1]) == ("Animal", "Whale vocalization")
    assert (of["music"][0], of["music"][-1]) == ("Music", "Scary music")


def test_a_killed_run_gives_the_same_evidence_and_segments(
    file: Path, day: Path, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    wanted = inference.segment(day, evidence=whole, listener=file)
    assert wanted.attributes["listener_sha256"] == yamnet.FILE.sha256
    assert Evidence(whole).header.listener is not None

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            inference.segment(day, evidence=parts, listener=file, progress=kill)
    assert inference.segment(day, evidence=parts, listener=file) == wanted
    assert parts.read_bytes() == whole.read_bytes()


def test_the_command_hears_with_the_listener(file: Path, day: Path, tmp_path: Path) -> None:
    runner, out = CliRunner(), tmp_path / "day.parquet"
    alone = ["segment", str(day), "-o", str(out)]
    heard = [*alone, "--listener", str(file)]
    results = [runner.invoke(app, each) for each in (alone, heard, heard, alone)]
    assert [result.exit_code for result in results] == [0] * 4, results[1].output
    assert ["finished before" in result.output for result in results] == [False, False, True, False]
    runner.invoke(app, heard)
    (timeline,) = annotations.read(out)
    assert timeline.attributes["listener_sha256"] == yamnet.FILE.sha256
