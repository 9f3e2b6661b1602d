"""Recording a sound under simulated conditions, and augmenting a clip."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.acoustics.channel import (
    codec,
    draw_response,
    filtered,
    gain_control,
    overdrive,
    telephone,
)
from vocalbaby.audio.acoustics.coding import speech_codec, suppress_noise
from vocalbaby.audio.acoustics.config import RecordingConfig
from vocalbaby.audio.acoustics.noise import add_at_snr, babble, coloured, hum, rms
from vocalbaby.audio.acoustics.room import impulse_response, reverberate
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["augment", "record"]

_DEFAULT = RecordingConfig()


def record(
    samples: NDArray[np.float32],
    rng: np.random.Generator,
    config: RecordingConfig = _DEFAULT,
) -> NDArray[np.float32]:
    """Record a sound in a drawn room, with drawn noise, through a drawn recorder.

    Args:
        samples: float32, shape (n_samples,), mono, 16 kHz.
        rng: Source of every draw; the same state gives the same bits.
        config: Ranges of the draws.

    Returns:
        float32, shape (n_samples,), finite, within [-1, 1].
    """
    out = np.asarray(samples, dtype=np.float32)
    if rng.random() < config.room_probability:
        response = impulse_response(
            rng, rng.uniform(*config.rt60_s), rng.uniform(*config.direct_to_reverberant_db)
        )
        out = reverberate(out, response)
    if rng.random() < config.noise_probability:
        out = add_at_snr(out, _background(rng, len(out), config), rng.uniform(*config.snr_db))
    out = filtered(out, lambda frequencies: draw_response(rng, frequencies, config))
    if rng.random() < config.suppression_probability:
        out = suppress_noise(rng, out)
    if rng.random() < config.agc_probability:
        out = gain_control(rng, out)
    if rng.random() < config.clip_probability:
        out = overdrive(rng, out)
    if rng.random() < config.phone_probability:
        out = telephone(out)
    if rng.random() < config.codec_probability:
        out = codec(rng, out)
    if rng.random() < config.speech_codec_probability:
        out = speech_codec(rng, out)
    return _finish(out, rng, config)


def augment(
    samples: NDArray[np.float32],
    rng: np.random.Generator,
    config: RecordingConfig = _DEFAULT,
    *,
    rate_change: float = 0.06,
    crop: float = 0.15,
    window_s: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """Return another version of a clip, real or synthetic, for training.

    Plays it up to ``rate_change`` faster or slower (pitch and formants move together),
    crops up to ``crop`` of its length, then records it anew (see `record`).

    Args:
        samples: float32, shape (n_samples,), mono, 16 kHz.
        rng: Source of every draw; the same state gives the same bits.
        config: Ranges of the recording conditions.
        rate_change: Largest relative change of speed.
        crop: Largest share of the samples cut off, at either end together.
        window_s: Range of the length in seconds to which clips longer than its upper end are
            cut, at a random place; None to keep their length.

    Returns:
        float32, shape (about n_samples,), finite, within [-1, 1].
    """
    out = np.asarray(samples, dtype=np.float32)
    if window_s is not None and len(out) > window_s[1] * SAMPLE_RATE:
        out = _window(out, rng, window_s)
    rate = 1 + rng.uniform(-rate_change, rate_change)
    n = max(1, round(len(out) / rate))
    out = np.interp(np.arange(n) * rate, np.arange(len(out)), out).astype(np.float32)
    cut = int(rng.uniform(0, crop) * n)
    start = int(rng.integers(0, cut + 1))
    return record(out[start : n - cut + start], rng, config)


def _window(
    samples: NDArray[np.float32], rng: np.random.Generator, window_s: tuple[float, float]
) -> NDArray[np.float32]:
    """Cut a window of random length, at a random place that is not silent if there is one."""
    n = int(rng.uniform(*window_s) * SAMPLE_RATE)
    quiet = 0.1 * rms(samples)
    start = 0
    for _ in range(4):
        start = int(rng.integers(0, len(samples) - n + 1))
        if rms(samples[start : start + n]) > quiet:
            break
    return samples[start : start + n]


def _background(rng: np.random.Generator, n: int, config: RecordingConfig) -> NDArray[np.float32]:
    noise = coloured(rng, n, rng.uniform(*config.noise_slope_db))
    if rng.random() < config.hum_probability:
        noise = add_at_snr(noise, hum(rng, n), rng.uniform(-10.0, 10.0))
    if rng.random() < config.babble_probability:
        noise = add_at_snr(noise, babble(rng, n), rng.uniform(-15.0, 10.0))
    return noise


def _finish(
    samples: NDArray[np.float32], rng: np.random.Generator, config: RecordingConfig
) -> NDArray[np.float32]:
    """Apply fades, level, the recorder's noise floor and the limit of full scale."""
    out = samples * np.float32(
        10 ** (rng.uniform(*config.level_dbfs) / 20) / max(rms(samples), 1e-9)
    )
    if rng.random() < config.fade_probability:
        for edge in (out, out[::-1]):
            fade = min(len(out), int(rng.uniform(0.001, 0.03) * SAMPLE_RATE) + 1)
            edge[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    floor = np.float32(10 ** (rng.uniform(*config.floor_dbfs) / 20))
    out += floor * rng.standard_normal(len(out), dtype=np.float32)
    peak = float(np.abs(out).max(initial=0.0))
    return out / np.float32(peak) if peak > 1 else out
