"""Hum, rumble and wind: how much there is of them, and their removal.

Decision 28 (docs/decisions/0028-defects-of-recordings.md) has the figures behind the limits.
"""

from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["LOW_HZ", "low_share", "mean_square", "power_of", "remove_low_frequencies"]

Samples = NDArray[np.float32]

#: Share of the energy at low frequencies from which they are removed.
_LOW_SHARE: Final = 0.05
#: Nothing is left below the first frequency (Hz), nothing is removed above the second.
LOW_HZ: Final = (65.0, 95.0)
#: Less than this share of the energy is not sound but what the filter leaves of the hum.
_LEAST_REST: Final = 1e-6
#: Means of 8 ms hold at least this much of the energy wherever the low frequencies matter.
_BLOCK: Final = np.full(128, 1 / 128, np.float32)
_BLOCK_SHARE: Final = 0.02


def remove_low_frequencies(mono: Samples) -> tuple[Samples, float, float]:
    """Remove hum, rumble and wind if more than 5 % of the energy is below all voices.

    Args:
        mono: float32, shape (n_samples,), 16 kHz, within [-1, 1].

    Returns:
        The samples, their mean square, and the share of the energy that was removed. Samples
        with less energy at low frequencies are returned as they are, with a share of 0.0, and
        so are those that consist of nothing else.

    Examples:
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
    """Return the mean square, and whether low frequencies may hold more than 2 % of it."""
    power = mean_square(mono)
    if mean_square(_means(mono)) <= _BLOCK_SHARE * power:
        return power, False
    centred = mono - mono.mean()
    power = mean_square(centred)
    return power, mean_square(_means(centred)) > _BLOCK_SHARE * power


def low_share(power: float, rest_power: float) -> float:
    """Return the share of the energy at low frequencies, or 0.0 if it is not to be removed."""
    share = 1 - rest_power / power
    return 0.0 if share <= _LOW_SHARE or rest_power < _LEAST_REST * power else share


def mean_square(samples: Samples) -> float:
    """Return the mean of the squares."""
    return float(samples.dot(samples)) / max(1, len(samples))


def _means(samples: Samples) -> Samples:
    """Return the means over 8 ms."""
    size = len(_BLOCK)
    means: Samples = samples[: len(samples) // size * size].reshape(-1, size).dot(_BLOCK)
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
