"""Defects of recordings that would change a label: found, and removed where that is possible.

Decision 28 (docs/decisions/0028-defects-of-recordings.md) has the figures behind the limits.
"""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = [
    "LOW_HZ",
    "clipped_share",
    "common_span",
    "low_share",
    "mean_square",
    "mix",
    "power_of",
    "remove_low_frequencies",
    "sound_span",
]

Samples = NDArray[np.float32]

#: One step of 16-bit audio.
_STEP: Final = 2**-15
#: Channels are compared in stretches of this length, and cancel if they do so in this share of
#: the sound. The channel that is used instead may be silent in 5 % of what others hold.
_STRETCH_S: Final = 0.05
_CANCELLED_SHARE: Final = 0.1
_HEARD_SHARE: Final = 0.95
#: A constant (silence, with or without an offset) for this many seconds is no sound.
_CONSTANT_S: Final = 0.02
#: Within one step of zero, as dithered silence is, for this many seconds is no sound.
_DITHER_S: Final = 0.1
#: A sine at full scale has a smaller share of samples at the rail than a clipped one.
_RAIL: Final = np.float32(0.9999)
_RAIL_SHARE: Final = 0.01
#: Below full scale, what stands out from the samples just below it is a flat top.
_FLAT_SHARE: Final = 0.005
_FLAT_RATIO: Final = 8
_NEAR: Final = 1.5 * _STEP
_FLAT_RANGE: Final = 128 * _STEP
_FLAT_HEIGHT: Final = 0.125
#: Share of the energy at low frequencies from which they are removed.
_LOW_SHARE: Final = 0.05
#: Nothing is left below the first frequency (Hz), nothing is removed above the second.
LOW_HZ: Final = (65.0, 95.0)
#: Less than this share of the energy is not sound but what the filter leaves of the hum.
_LEAST_REST: Final = 1e-6
#: Means of 8 ms hold at least this much of the energy wherever the low frequencies matter.
_BLOCK: Final = np.full(128, 1 / 128, np.float32)
_BLOCK_SHARE: Final = 0.02


def mix(frames: Samples, rate: int) -> tuple[Samples, int | None]:
    """Mix channels to one: their mean, or the best channel if they cancel each other.

    Uncorrelated channels have a mean of 1 / n of their power. Channels cancel if less than half
    of this is left, measured on what changes within 0.25 ms, which neither an offset nor hum does,
    in stretches of 50 ms that have a tenth of the sound (by amplitude). Then the quietest channel
    that is within 10 dB of the loudest all the time is used for the whole clip: it has the least
    noise and clipping, because both add power to the sound that the channels share.

    Args:
        frames: float32, shape (n_frames, n_channels).
        rate: Frames per second.

    Returns:
        float32, shape (n_frames,), and the index of the channel if only one was used.

    Example:
        >>> import numpy as np
        >>> left = np.sin(np.arange(16000, dtype=np.float32) / 5)
        >>> mono, used = mix(np.stack([left, -left], axis=1), 16000)
        >>> used, bool((mono == left).all())
        (0, True)
    """
    n_channels = frames.shape[1]
    if n_channels == 1:
        return frames[:, 0], None
    with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are refused later
        if n_channels == 2:  # equal in every bit, and many times as fast
            mono = (frames[:, 0] + frames[:, 1]) * np.float32(0.5)
        else:
            mono = frames.mean(axis=1, dtype=np.float32)
        powers = np.array([_moving_powers(channel, rate) for channel in frames.T])
        total = powers.sum(axis=0)
        cancelled = _moving_powers(mono, rate) * (2 * n_channels**2) < total
        loudness = np.sqrt(total)
        if not loudness @ cancelled > _CANCELLED_SHARE * loudness.sum():
            return mono, None
    sounding = (powers >= 0.1 * powers.max(axis=0)) @ loudness
    heard = sounding >= _HEARD_SHARE * sounding.max()
    best = int(np.where(heard, powers.sum(axis=1), np.inf).argmin())
    return np.ascontiguousarray(frames[:, best]), best


def _moving_powers(channel: Samples, rate: int) -> NDArray[np.float64]:
    """Return the energy of what changes within 0.25 ms, in each stretch of about 50 ms."""
    lag = max(1, rate // 4000)
    samples = np.ascontiguousarray(channel)
    change = samples[lag:] - samples[:-lag]
    count = max(1, round(len(change) / (_STRETCH_S * rate)))
    size = len(change) // count
    stretches = change[: count * size].reshape(count, size)
    powers: NDArray[np.float64] = np.einsum("ij,ij->i", stretches, stretches).astype(np.float64)
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

    Example:
        >>> import numpy as np
        >>> sound = np.sin(np.arange(1, 8001, dtype=np.float32))
        >>> sound_span(np.concatenate([np.zeros(4000, np.float32), sound]), 16000)
        (4000, 12000)
    """
    constant, dither = ceil(_CONSTANT_S * rate), ceil(_DITHER_S * rate)
    start = _silent_run(mono, constant, dither)
    return start, max(start, len(mono) - _silent_run(mono[::-1], constant, dither))


def common_span(frames: Samples, rate: int) -> tuple[int, int]:
    """Find the sound of several channels as :func:`sound_span` does: from the first to the last.

    Args:
        frames: float32, shape (n_frames, n_channels), of which the mean is not silent.
        rate: Frames per second.
    """
    spans = [sound_span(channel, rate) for channel in frames.T if np.ptp(channel) > _STEP]
    if not spans:
        return 0, len(frames)
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


def clipped_share(frames: Samples) -> float:
    """Return the share of clipped samples of the channel with the most; 0.0 if there are few.

    Clipped samples are more than 1 % at full scale or beyond, or more than 0.5 % at flat tops of
    a lower level: the highest or lowest values, where 8 times as many samples are as at the
    next value. A sine or coarse quantization does not look like this.

    Args:
        frames: float32, shape (n_frames, n_channels), as they were recorded: resampling and
            mixing make flat tops round.

    Example:
        >>> import numpy as np
        >>> sine = np.sin(np.arange(16000, dtype=np.float32) / 7.3)
        >>> clipped_share(sine[:, None])
        0.0
        >>> round(clipped_share(0.4 * np.clip(1.2 * sine, -1, 1)[:, None]), 2)
        0.37
    """
    if frames.shape[1] == 1:
        return _clipped_share(frames[:, 0])
    return max(_clipped_share(np.ascontiguousarray(channel)) for channel in frames.T)


def _clipped_share(channel: Samples) -> float:
    top, bottom = channel.argmax(), channel.argmin()
    high, low = channel.item(top), channel.item(bottom)
    if high >= _RAIL or low <= -_RAIL:
        share = float(np.count_nonzero(np.abs(channel) >= _RAIL)) / len(channel)
        if share > _RAIL_SHARE:
            return share
    again, below = channel[top + 1 :], channel[bottom + 1 :]
    if not (len(again) and again.item(again.argmax()) >= high - _NEAR) and not (
        len(below) and below.item(below.argmin()) <= low + _NEAR
    ):
        return 0.0  # nearly every clip ends here: its highest and lowest values are unique
    tops = np.count_nonzero(channel >= high - _NEAR)
    bottoms = np.count_nonzero(channel <= low + _NEAR)
    if tops + bottoms <= _FLAT_SHARE * len(channel) or high - low < _FLAT_RANGE:
        return 0.0
    flat = 0
    # A round top, such as that of a sine, has about as many samples a little lower.
    if _FLAT_RATIO * (np.count_nonzero(channel >= high - 4 * _NEAR) - tops) < tops:
        flat += _flat_top(channel)
    if _FLAT_RATIO * (np.count_nonzero(channel <= low + 4 * _NEAR) - bottoms) < bottoms:
        flat += _flat_top(-channel)
    return flat / len(channel) if flat > _FLAT_SHARE * len(channel) else 0.0


def _flat_top(channel: Samples) -> int:
    """Return the number of samples at the highest value if they stand out, else 0."""
    high = channel.max()
    if high - channel.mean() < _FLAT_HEIGHT * (high - channel.min()):
        return 0  # a quiet recording with one loud click of the other sign
    top = channel >= high - _NEAR
    below = channel[~top]
    count = int(np.count_nonzero(top))
    return count if count > _FLAT_RATIO * np.count_nonzero(below >= below.max() - _NEAR) else 0


def remove_low_frequencies(mono: Samples) -> tuple[Samples, float, float]:
    """Remove hum, rumble and wind if more than 5 % of the energy is below all voices.

    Args:
        mono: float32, shape (n_samples,), 16 kHz, within [-1, 1].

    Returns:
        The samples, their mean square, and the share of the energy that was removed. Samples
        with less energy at low frequencies are returned as they are, with a share of 0.0, and
        so are those that consist of nothing else.

    Example:
        >>> import numpy as np
        >>> time = np.arange(16000, dtype=np.float32) / 16000
        >>> voice, hum = np.sin(2 * np.pi * 400 * time), np.sin(2 * np.pi * 50 * time)
        >>> clean, power, share = remove_low_frequencies(0.4 * (voice + hum))
        >>> round(power, 2), round(share, 2), bool(np.std(clean - 0.4 * voice) < 0.01)
        (0.08, 0.5, True)
        >>> remove_low_frequencies(voice)[2]
        0.0
    """
    power, may_be_low = power_of(mono)
    if not may_be_low:  # nearly every clip ends here
        return mono, power, 0.0
    rest = _high_pass(mono)
    rest_power = mean_square(rest)
    share = low_share(power, rest_power)
    return (rest, rest_power, share) if share else (mono, power, 0.0)


def power_of(mono: Samples) -> tuple[float, bool]:
    """Return the mean square, and whether low frequencies may hold more than 2 % of it.

    Where they may, also by an offset, the mean square is that without the mean.
    """
    power = mean_square(mono)
    if mean_square(_means(mono)) <= _BLOCK_SHARE * power:
        return power, False
    centred = mono - mono.mean()
    power = mean_square(centred)
    return power, mean_square(_means(centred)) > _BLOCK_SHARE * power


def low_share(power: float, rest_power: float) -> float:
    """Return the share of the energy at low frequencies, or 0.0 if it is not to be removed.

    Args:
        power: Mean square of the samples without their mean.
        rest_power: Mean square without low frequencies.
    """
    share = 1 - rest_power / power
    return 0.0 if share <= _LOW_SHARE or rest_power < _LEAST_REST * power else share


def mean_square(samples: Samples) -> float:
    """Return the mean of the squares."""
    return float(np.dot(samples, samples)) / max(1, len(samples))


def _means(samples: Samples) -> Samples:
    """Return the means over 8 ms."""
    size = len(_BLOCK)
    means: Samples = samples[: len(samples) // size * size].reshape(-1, size) @ _BLOCK
    return means


def _high_pass(mono: Samples) -> Samples:
    """Filter without a shift in time; the ends are continued by their odd reflection."""
    n, margin = len(mono), SAMPLE_RATE // 20
    length = ceil((n + 2 * margin) / 256) * 256
    wide = mono.astype(np.float64)
    padded = np.pad(wide, (margin, length - n - margin), mode="reflect", reflect_type="odd")
    spectrum = np.fft.rfft(padded)
    low, high = LOW_HZ
    hz = np.arange(ceil(high * length / SAMPLE_RATE)) * (SAMPLE_RATE / length)
    gain = 0.5 - 0.5 * np.cos(np.pi * np.clip((hz - low) / (high - low), 0.0, 1.0))
    spectrum[: len(gain)] *= gain
    return np.fft.irfft(spectrum, length)[margin : margin + n].astype(np.float32)
