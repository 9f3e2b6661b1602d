"""Microphones and recorders: frequency responses, codecs, gain control, clipping."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.config import RecordingConfig
from vocalbaby.audio.acoustics.noise import rms
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("synthesis"):
    from scipy import fft, signal

__all__ = [
    "codec",
    "draw_response",
    "filtered",
    "gain_control",
    "mu_law",
    "overdrive",
    "telephone",
]


def _butterworth(ratio: NDArray[np.floating[Any]], order: int) -> NDArray[np.float32]:
    # Capped exponent: steep filters would overflow float32 far beyond the corner.
    exponent = np.minimum(2 * order * np.log(np.maximum(ratio, 1e-6)), 60.0)
    gain: NDArray[np.float32] = (1 / np.sqrt(1 + np.exp(exponent))).astype(np.float32)
    return gain


def draw_response(
    rng: np.random.Generator, frequencies: NDArray[np.float32], config: RecordingConfig
) -> NDArray[np.float32]:
    """Draw the magnitude response of one microphone and recorder.

    Args:
        rng: Source of the draws.
        frequencies: Hz, shape (n_bins,).
        config: Ranges of corners, tilt and resonances.

    Returns:
        float32, shape (n_bins,): linear gain at each frequency.
    """
    f = np.maximum(frequencies, np.float32(10.0))
    decibels = np.float32(rng.uniform(*config.tilt_db)) * np.log2(f / np.float32(1000.0))
    for _ in range(int(rng.integers(0, config.resonances + 1))):
        centre, width = np.exp(rng.uniform(np.log(150.0), np.log(7000.0))), rng.uniform(0.1, 0.8)
        octaves = np.log2(f / np.float32(centre)) / np.float32(width)
        decibels += np.float32(rng.uniform(*config.resonance_db)) * np.exp(-(octaves**2))
    gain = (10 ** (decibels / 20)).astype(np.float32)
    corner = np.exp(rng.uniform(*np.log(config.high_pass_hz)))
    gain *= _butterworth(np.float32(corner) / f, int(rng.integers(1, 4)))
    if rng.random() < config.low_pass_probability:
        # Every third band limit is the 4 kHz of narrow-band recorders, steep or soft.
        corner = (
            4000.0 if rng.random() < 1 / 3 else np.exp(rng.uniform(*np.log(config.low_pass_hz)))
        )
        gain *= _butterworth(f / np.float32(corner), int(rng.integers(2, 16)))
    if rng.random() < config.muffle_probability:
        gain *= _butterworth(f / np.float32(rng.uniform(800.0, 2500.0)), 1)
    return gain


def filtered(
    samples: NDArray[np.float32],
    response: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Filter samples with a magnitude response (zero phase, padded against wrap-around).

    Args:
        samples: float32, shape (n_samples,).
        response: From frequencies in Hz to linear gains.
    """
    size = fft.next_fast_len(len(samples) + 800, real=True)
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    spectrum = fft.rfft(samples, size) * response(frequencies)
    out: NDArray[np.float32] = fft.irfft(spectrum, size)[: len(samples)]
    return out


def telephone(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Simulate a telephone line: 300 Hz to 3.4 kHz, 8-bit mu-law."""

    def band(f: NDArray[np.float32]) -> NDArray[np.float32]:
        low = _butterworth(np.float32(300.0) / np.maximum(f, np.float32(1.0)), 4)
        return low * _butterworth(f / np.float32(3400.0), 8)

    return mu_law(filtered(samples, band))


def gain_control(rng: np.random.Generator, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Apply automatic gain control: move levels towards their mean, with attack and release."""
    smoothing = np.exp(-1 / (rng.uniform(0.01, 0.1) * SAMPLE_RATE))
    mean = max(rms(samples) ** 2, 1e-12)
    # The filter starts at the mean; from zero it would amplify the beginning.
    power, _ = signal.lfilter(
        [1 - smoothing], [1, -smoothing], np.square(samples), zi=[smoothing * mean]
    )
    strength = rng.uniform(0.2, 0.8)
    gain = (np.maximum(power, 1e-3 * mean) / mean) ** (-strength / 2)
    levelled: NDArray[np.float32] = (samples * gain).astype(np.float32)
    return levelled


def overdrive(rng: np.random.Generator, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip the samples at 2 to 14 dB below the peak, hard or soft."""
    peak = max(float(np.abs(samples).max()), 1e-12)
    limit = np.float32(peak * 10 ** (-rng.uniform(2.0, 14.0) / 20))
    if rng.random() < 0.5:
        return samples.clip(-limit, limit)
    soft: NDArray[np.float32] = limit * np.tanh(samples / limit)
    return soft


def mu_law(samples: NDArray[np.float32], bits: int = 8) -> NDArray[np.float32]:
    """Code and decode by mu-law companding (continuous form of ITU-T G.711), keeping the peak."""
    peak = np.float32(max(float(np.abs(samples).max()), 1e-12))
    mu = np.float32(2**bits - 1)
    code = np.sign(samples) * np.log1p(mu * np.abs(samples) / peak) / np.log1p(mu)
    code = np.round(code * (mu / 2)) / (mu / 2)
    decoded: NDArray[np.float32] = np.sign(code) * np.expm1(np.abs(code) * np.log1p(mu)) / mu * peak
    return decoded


def codec(rng: np.random.Generator, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Simulate a perceptual codec: drop the weak spectral bins of each 32 ms frame."""
    hop, size = 256, 512
    n_frames = -(-len(samples) // hop) + 1
    padded = np.zeros((n_frames + 1) * hop, dtype=np.float32)
    padded[hop : hop + len(samples)] = samples
    window = np.sin(np.pi * (np.arange(size, dtype=np.float32) + 0.5) / size).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    spectrum = fft.rfft(frames, axis=1)
    magnitude = np.abs(spectrum)
    threshold = 10 ** (-rng.uniform(25.0, 50.0) / 20) * magnitude.max(axis=1, keepdims=True)
    frames = fft.irfft(spectrum * (magnitude > threshold), size, axis=1) * window
    out = np.zeros_like(padded)
    out[:-hop] += frames[:, :hop].ravel()
    out[hop:] += frames[:, hop:].ravel()
    return out[hop : hop + len(samples)]
