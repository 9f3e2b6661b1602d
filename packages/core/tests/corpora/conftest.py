"""Recordings for small corpora."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

MakeWav = Callable[..., Path]


@pytest.fixture
def make_wav() -> MakeWav:
    """Function that writes a quarter of a second of noise, different for every seed."""

    def make(path: Path, seed: int = 0, seconds: float = 0.25) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).uniform(-0.3, 0.3, int(16000 * seconds))
        soundfile.write(path, noise, 16000, subtype="PCM_16", format="WAV")
        return path

    return make
