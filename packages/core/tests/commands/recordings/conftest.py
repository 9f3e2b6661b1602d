"""Recordings for `vocalbaby segment`, made of synthetic clips."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.corpora.synthetic import SyntheticConfig, generate

#: Writes a recording of 70 s with cries from the given seconds on.
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def cry() -> NDArray[np.float32]:
    config = SyntheticConfig(n_children=1, clips_per_child=30, seed=1)
    clip = next(clip.samples for clip in generate(config) if clip.Answer == "Crying")
    return np.resize(clip, 24_000).astype(np.float32)


@pytest.fixture(scope="session")
def write(cry: NDArray[np.float32]) -> Write:
    def write(path: Path, *seconds: int, length_s: int = 70, seed: int = 0) -> Path:
        n = 16_000 * length_s
        sound = np.random.default_rng(seed).normal(0, 1e-4, n).astype(np.float32)
        for second in seconds:
            sound[16_000 * second : 16_000 * second + len(cry)] += 0.5 * cry
        path.parent.mkdir(parents=True, exist_ok=True)
        audio.write_wav(path, sound, 16_000)
        return path

    return write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder for each test, from which other processes find the modules, too."""
    monkeypatch.setattr(sys, "path", [str(Path(path).absolute()) for path in sys.path if path])
    monkeypatch.chdir(tmp_path)
    return tmp_path
