"""Defects of recordings that would change a label: found, and removed where that is possible.

Decision 28 (docs/decisions/0028-defects-of-recordings.md) has the figures behind the limits.
"""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_span", "mix", "sound_span"]

Samples = NDArray[np.float32]

#: One step of 16-bit audio.
_STEP: Final = 2**-15
#: Channels are compared in stretches of this length, and cancel if they do so in this share of
#: the sound. The channel that is used instead may be silent in 5 % of what others hold.
_STRETCH_S: Final = 0.05
_CANCELLED_SHARE: Final = 0.1
_HEARD_SHARE: Final = 0.95
#: Of channels that differ less than this, the first is used: rounding must not decide.
_EQUAL_POWERS: Final = 1.001
#: A constant (silence, with or without an offset) for this many seconds is no sound.
_CONSTANT_S: Final = 0.02
#: Within one step of zero, as dithered silence is, for this many seconds is no sound.
_DITHER_S: Final = 0.1


def mix(channels: Samples, rate: int) -> tuple[Samples, int | None]:
    """Mix channels to one: their mean, or the best channel if they cancel each other.

    Uncorrelated channels have a mean of 1 / n of their power. Channels cancel if less than half
    of this is left, measured on what changes within 0.25 ms, which neither an offset nor hum does,
    in stretches of 50 ms that have a tenth of the sound (by amplitude). Then the quietest channel
    that is within 10 dB of the loudest all the time is used for the whole clip: it has the least
    noise and clipping, because both add power to the sound that the channels share.

    Args:
        channels: float32, shape (n_channels, n_frames), each channel contiguous in memory.
        rate: Frames per second.

    Returns:
        float32, shape (n_frames,), and the index of the channel if only one was used.

    Examples:
        >>> import numpy as np
        >>> left = np.sin(np.arange(16000, dtype=np.float32) / 5)
        >>> mono, used = mix(np.stack([left, -left]), 16000)
        >>> used, bool((mono == left).all())
        (0, True)
    """
    n_channels = len(channels)
    if n_channels == 1:
        return channels[0], None
    with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused later
        if n_channels == 2:  # equal in every bit, and many times as fast
            mono = (channels[0] + channels[1]) * np.float32(0.5)
        else:
            mono = np.ascontiguousarray(channels.T).mean(axis=1, dtype=np.float32)
        powers = _moving_powers(channels, rate)
        total = powers.sum(axis=0)
        cancelled = _moving_powers(mono[None], rate)[0] * (2 * n_channels**2) < total
        if not cancelled.any():
            return mono, None
        loudness = np.sqrt(total)
        if not loudness @ cancelled > _CANCELLED_SHARE * loudness.sum():
            return mono, None
    sounding = (powers >= 0.1 * powers.max(axis=0)) @ loudness
    heard = sounding >= _HEARD_SHARE * sounding.max()
    power = np.where(heard, powers.sum(axis=1), np.inf)
    best = int((power <= _EQUAL_POWERS * power.min()).argmax())
    return channels[best].copy(), best


def _moving_powers(channels: Samples, rate: int) -> NDArray[np.float64]:
    """Return the energy of what changes within 0.25 ms, by channel and stretch of about 50 ms."""
    lag = max(1, rate // 4000)
    change = channels[:, lag:] - channels[:, :-lag]
    count = max(1, round(change.shape[1] / (_STRETCH_S * rate)))
    size = change.shape[1] // count
    stretches = change[:, : count * size].reshape(len(channels), count, size)
    powers: NDArray[np.float64] = np.vecdot(stretches, stretches).astype(np.float64)
    return powers


def sound_span(mono: Samples, rate: int) -> tuple[int, int]:
    """Find where the digital silence at both ends stops and starts.

    Digital silence is a constant (within half a step of 16-bit audio) of at least 20 ms, or
    samples within one step of zero for at least 100 ms. No microphone gives either.

    Args:
        mono: float32, shape (n_samples,).
        rate: Samples per second.

    Returns:
        Index of the first sample of sound, and of the first one after it. The span is empty
        if the two silences meet.

    Examples:
        >>> import numpy as np
        >>> sound = np.sin(np.arange(1, 8001, dtype=np.float32))
        >>> sound_span(np.concatenate([np.zeros(4000, np.float32), sound]), 16000)
        (4000, 12000)
    """
    constant, dither = ceil(_CONSTANT_S * rate), ceil(_DITHER_S * rate)
    start = _silent_run(mono, constant, dither)
    return start, max(start, len(mono) - _silent_run(mono[::-1], constant, dither))


def common_span(channels: Samples, rate: int) -> tuple[int, int]:
    """Find the sound of several channels as `sound_span` does: from the first to the last.

    Args:
        channels: float32, shape (n_channels, n_frames), of which the mean is not silent.
        rate: Frames per second.
    """
    spans = [sound_span(channel, rate) for channel in channels if np.ptp(channel) > _STEP]
    if not spans:
        return 0, channels.shape[1]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _silent_run(mono: Samples, constant: int, dither: int) -> int:
    """Return the length of the digital silence with which the samples begin.

    One sample is compared first: it shows that nearly every clip begins with sound.
    """
    run, n, first = 0, len(mono), mono.item(0)
    if n >= constant and abs(mono.item(constant - 1) - first) <= _STEP / 2:
        run = _first(np.abs(mono - np.float32(first)) > _STEP / 2, constant)
    if n >= dither and abs(mono.item(dither - 1)) <= _STEP:
        run = max(run, _first(np.abs(mono) > _STEP, dither))
    return run


def _first(sound: NDArray[np.bool_], least: int) -> int:
    """Return the index of the first sample of sound if it is at least this one, else 0."""
    index = int(sound.argmax())
    return index if index >= least else 0
