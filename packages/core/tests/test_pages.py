"""The examples of the documentation are executed, with the built-in model where they need one."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from vocalbaby import audio
from vocalbaby.components.manifest_building import IngestionConfig
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.corpora.folder import folder
from vocalbaby.corpora.synthetic import SyntheticConfig, generate

DOCS = Path("docs").resolve()


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the pages name, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("day1").mkdir()
    Path("day1/notes.txt").write_text("Notes.\n", encoding="utf-8")
    config = SyntheticConfig(n_children=1, clips_per_child=30, seed=1)
    cry = next(clip.samples for clip in generate(config) if clip.Answer == "Crying")
    audio.write_wav("day1/cry.wav", np.resize(cry, 16_000), 16_000)
    noise = np.random.default_rng(1).normal(0, 0.1, 16_000).clip(-1, 1)
    audio.write_wav("day1/noise.wav", noise, 16_000)


@pytest.fixture
def annotated(recordings: None) -> None:
    """Annotations that the pages name, in the current folder."""
    Path("day1.rttm").write_text(
        "SPEAKER day1 1 10.0 1.5 Crying <NA> CHI 0.93 <NA>\n"
        "SPEAKER day1 1 11.25 0.75 <NA> <NA> FEM <NA> <NA>\n",
        encoding="utf-8",
    )
    Path("lena.its").write_text(
        '<ITS><ProcessingUnit><ChildInfo algorithmAge="P9M" gender="F"/>'
        '<Recording num="1" startClockTime="2024-05-01T09:30:00Z" startTime="PT0S"'
        ' endTime="PT60S"><Conversation num="1" type="CIC"><Segment spkr="CHN"'
        ' average_dB="-19.5" startTime="PT1.5S" endTime="PT2.5S"/></Conversation></Recording>'
        "</ProcessingUnit></ITS>",
        encoding="utf-8",
    )


@pytest.mark.usefixtures("annotated")
@pytest.mark.parametrize(
    "page",
    [
        "python.md",
        "scikit-learn.md",
        "features.md",
        "synthetic-corpus.md",
        "annotations.md",
        "recordings.md",
        "summaries.md",
    ],
)
def test_examples_give_the_results_that_they_show(page: str) -> None:
    found = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert found.failed == 0
    assert found.attempted >= 3


def open_recordings() -> str:
    return (DOCS / "open-recordings.md").read_text(encoding="utf-8")


def test_the_settings_of_the_open_recordings_are_valid() -> None:
    blocks = re.findall(r"\n\n((?:    .+\n)+)", open_recordings())
    settings: dict[str, dict[str, object]] = {}
    for block in blocks:
        if re.match(r" +\w+:\n", block):
            settings |= yaml.safe_load(block)
    (source,) = IngestionConfig.model_validate(settings["ingestion"]).sources
    (credit,) = ModelConfig.model_validate(settings["model"]).sources
    assert source.adapter == "folder"
    assert source.corpus == credit.corpus == "freesound"


def test_the_folder_of_the_open_recordings_is_read_with_classes_and_children(
    tmp_path: Path,
) -> None:
    paths = re.findall(r"(?m)^      (\S+\.wav)$", open_recordings())
    rng = np.random.default_rng(1)
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        audio.write_wav(tmp_path / path, rng.uniform(-0.5, 0.5, 8000), 16_000)
    manifest = folder(tmp_path)
    assert len(paths) == len(manifest.records) == 4
    assert {(r.Answer, r.child_ID) for r in manifest.records} == {
        tuple(path.split("/")[:2]) for path in paths
    }
