"""What goes wrong when a clip is recorded, cut or exported, applied to a clip without it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISTURBANCES", "RATE"]

Samples = NDArray[np.float32]
Disturbance = Callable[[Samples, np.random.Generator], Samples]

RATE = 16_000
STEP = 2**-15


def silence(start_s: float, end_s: float) -> Disturbance:
    """Digital zeros before and after the clip."""
    sides = int(start_s * RATE), int(end_s * RATE)
    return lambda clip, _: np.pad(clip, sides)


def dither(seconds: float) -> Disturbance:
    """Silence that was dithered: steps of -1, 0 and 1 on both sides."""
    n = int(seconds * RATE)

    def disturb(clip: Samples, rng: np.random.Generator) -> Samples:
        sides = (STEP * rng.integers(-1, 2, (2, n))).astype(np.float32)
        return np.concatenate([sides[0], clip, sides[1]])

    return disturb


def hum(hz: float, db: float) -> Disturbance:
    """A sine at so many dB relative to the clip, scaled down where it would clip."""

    def disturb(clip: Samples, rng: np.random.Generator) -> Samples:
        amplitude = np.sqrt(2) * clip.std() * 10 ** (db / 20)
        phase = 2 * np.pi * hz * np.arange(len(clip)) / RATE + rng.uniform(0, 2 * np.pi)
        sound = clip + amplitude * np.sin(phase)
        return quantized(sound / max(1.0, float(np.abs(sound).max())))

    return disturb


def clipping(gain: float, level: float = 1.0) -> Disturbance:
    """The clip's peak exceeds full scale by a factor; then everything is scaled."""
    return lambda clip, _: quantized(level * np.clip(clip * (gain / np.abs(clip).max()), -1.0, 1.0))


def offset(value: float) -> Disturbance:
    """A constant that is added."""
    return lambda clip, _: (0.5 * clip + value).astype(np.float32)


def click(seconds: float) -> Disturbance:
    """A pulse of full scale at the start."""

    def disturb(clip: Samples, rng: np.random.Generator) -> Samples:
        del rng  # nothing is random
        n = max(1, round(seconds * RATE))
        return np.concatenate([(0.99 * np.hanning(n + 2)[1:-1]).astype(np.float32), clip[n:]])

    return disturb


def stereo(second: Callable[[Samples, np.random.Generator], NDArray[np.floating]]) -> Disturbance:
    """The clip as the left channel, with another one as the right."""
    return lambda clip, rng: np.stack([clip, second(clip, rng)], axis=1).astype(np.float32)


def noisy(clip: Samples, rng: np.random.Generator, snr_db: float) -> Samples:
    """The clip in white noise."""
    noise: Samples = rng.standard_normal(len(clip)).astype(np.float32)
    mixed: Samples = clip + clip.std() * np.float32(10 ** (-snr_db / 20)) * noise
    return mixed


def quantized(sound: NDArray[np.floating]) -> Samples:
    """Round to 16 bits."""
    return (np.clip(np.round(sound / STEP), -32768, 32767) * STEP).astype(np.float32)


DISTURBANCES: dict[str, Disturbance] = {
    **{f"zeros, {s:g} s at both ends": silence(s, s) for s in (0.1, 0.25, 0.5, 1.0)},
    "zeros, 0.25 s at the start": silence(0.25, 0.0),
    "zeros, 0.25 s at the end": silence(0.0, 0.25),
    "dithered silence, 0.25 s at both ends": dither(0.25),
    **{
        f"hum of {hz} Hz at {db:+d} dB": hum(hz, db)
        for hz in (40, 50, 60)
        for db in (-20, -10, 0, 10, 20)
    },
    **{f"clipped {gain:g} times": clipping(gain) for gain in (1.5, 2.0, 4.0, 8.0)},
    "clipped 4 times, then at 40 % of full scale": clipping(4.0, 0.4),
    "offset of 0.1": offset(0.1),
    "offset of 0.4": offset(0.4),
    "click of 2 ms at the start": click(0.002),
    "right = left": stereo(lambda clip, _: clip),
    "right = -left": stereo(lambda clip, _: -clip),
    "right = -0.5 left": stereo(lambda clip, _: -0.5 * clip),
    "right = -left, in noise at 20 dB": stereo(lambda clip, rng: -noisy(clip, rng, 20.0)),
    "right = -left, in noise at 3 dB": stereo(lambda clip, rng: -noisy(clip, rng, 3.0)),
    "right = -left, 0.125 ms later": stereo(lambda clip, _: -np.roll(clip, 2)),
    "right is silent": stereo(lambda clip, _: 0 * clip),
    "right is an offset": stereo(lambda clip, _: 0 * clip + 0.3),
    "right is clipped 4 times": stereo(
        lambda clip, _: np.clip(4 * clip, -np.abs(clip).max(), np.abs(clip).max())
    ),
}
