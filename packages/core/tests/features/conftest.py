"""Signals with known properties."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 16_000

Voice = Callable[..., tuple[NDArray[np.float32], NDArray[np.float64]]]


def _voice(
    rng: np.random.Generator,
    *,
    f0: tuple[float, float],
    seconds: float = 0.6,
    snr_db: float | None = None,
    jitter: float = 0.0,
    shimmer: float = 0.0,
    tilt_db: float = 9.0,
    formants: tuple[float, ...] = (1000.0, 3000.0, 5000.0),
    band: tuple[float, float] = (0.0, 8000.0),
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A harmonic glide through resonances, period-wise perturbed; samples and F0 contour."""
    n = int(seconds * RATE)
    contour = np.geomspace(*f0, n)
    period = np.floor(np.cumsum(contour) / RATE).astype(int)
    contour = contour * (1 + jitter * rng.standard_normal(period[-1] + 1)[period])
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    samples = np.zeros(n)
    for k in range(1, int(min(band[1], 7600.0) / min(f0)) + 1):
        hz = k * contour
        heard = (hz > band[0]) & (hz < min(band[1], 7600.0))
        gain = k ** (-tilt_db / 6.02)
        for centre in formants:
            width = 60 + 0.05 * centre
            gain = gain * centre**2 / np.hypot(centre**2 - hz**2, width * hz)
        samples += np.where(heard, gain, 0) * np.cos(k * phase + rng.uniform(0, 0.3))
    samples *= 1 + shimmer * rng.standard_normal(period[-1] + 1)[period]
    samples /= samples.std()
    if snr_db is not None:
        samples += rng.standard_normal(n) * 10 ** (-snr_db / 20)
    return (0.1 * samples).astype(np.float32), contour


@pytest.fixture(scope="session")
def voice() -> Voice:
    """The synthesizer `_voice`."""
    return _voice


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(20190915)
