"""Sounds of different lengths."""

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def sounds() -> list[NDArray[np.float32]]:
    """Noisy tones of 0.1 to 3 s."""
    rng = np.random.default_rng(0)
    found = []
    for n in (1_600, 6_400, 15_600, 15_601, 20_000, 48_000):
        t = np.arange(n) / 16_000
        wave = np.sin(2 * np.pi * rng.uniform(200, 900) * t) + 0.3 * rng.standard_normal(n)
        found.append((0.05 * wave).astype(np.float32))
    return found
