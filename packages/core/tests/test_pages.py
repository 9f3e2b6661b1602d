"""The Python examples of the documentation are executed, with the built-in model."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from vocalbaby import audio
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


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("page", ["python.md", "features.md", "synthetic-corpus.md"])
def test_examples_give_the_results_that_they_show(page: str) -> None:
    found = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert found.failed == 0
    assert found.attempted > 3
