"""Clipped samples: how many there are, at full scale or at flat tops of any level.

Decision 28 (docs/decisions/0028-defects-of-recordings.md) has the figures behind the limits. The
compiled kernel counts with the same results as numpy.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel

__all__ = ["clipped_share"]

Samples = NDArray[np.float32]

#: A sine at full scale has a smaller share of samples at the rail than a clipped one.
_RAIL: Final = 0.9999
_RAIL_SHARE: Final = 0.01
#: Below full scale, what stands out from the samples just below it is a flat top.
_FLAT_SHARE: Final = 0.005
_FLAT_RATIO: Final = 8
#: One and a half steps of 16-bit audio.
_NEAR: Final = 1.5 * 2**-15
_FLAT_RANGE: Final = 128 * 2**-15
_FLAT_HEIGHT: Final = 0.125


def clipped_share(channels: Samples, ends: tuple[int, int] | None = None) -> float:
    """Return the share of clipped samples of the channel with the most; 0.0 if there are few.

    Clipped samples are more than 1 % at full scale or beyond, or more than 0.5 % at flat tops of
    a lower level: the highest or lowest values, where 8 times as many samples are as at the
    next value. A sine or coarse quantization does not look like this.

    Args:
        channels: float32, shape (n_channels, n_frames), each channel contiguous in memory, as
            they were recorded: resampling and mixing make flat tops round.
        ends: Positions of the lowest and the highest sample of a single channel, if known.

    Examples:
        >>> import numpy as np
        >>> sine = np.sin(np.arange(16000, dtype=np.float32) / 7.3)
        >>> clipped_share(sine[None])
        0.0
        >>> round(clipped_share(0.4 * np.clip(1.2 * sine, -1, 1)[None]), 2)
        0.37
    """
    if ends is not None:
        return _clipped_share(channels[0], *ends)
    return max(_clipped_share(channel, channel.argmin(), channel.argmax()) for channel in channels)


def _clipped_share(channel: Samples, bottom: int, top: int) -> float:
    low, high, count = channel.item(bottom), channel.item(top), len(channel)
    if high >= _RAIL or low <= -_RAIL:
        share = float(np.count_nonzero(np.abs(channel) >= _RAIL)) / count
        if share > _RAIL_SHARE:
            return share
    if high - low < _FLAT_RANGE:
        return 0.0
    tops, bottoms, total = _flat_ends(channel, bottom, top)
    # The other end is a loud click in a quiet recording if the mean is close to this one.
    height, mean = _FLAT_HEIGHT * (high - low), total / count
    flat = (tops if high - mean >= height else 0) + (bottoms if mean - low >= height else 0)
    return flat / count if flat > _FLAT_SHARE * count else 0.0


def _flat_ends(channel: Samples, bottom: int, top: int) -> tuple[int, int, float]:
    """Count the samples at the highest and at the lowest value where they stand out, else 0.

    Args:
        channel: float32, shape (n_frames,).
        bottom: Position of the lowest sample.
        top: Position of the highest sample.

    Returns:
        Both counts, and the sum of the samples if one of them is not 0.
    """
    low, high = channel.item(bottom), channel.item(top)
    if kernel.native is not None and hasattr(kernel.native, "flat_ends"):
        ends: tuple[int, int, float] = kernel.native.flat_ends(
            channel, len(channel), low, high, _NEAR, _FLAT_RATIO
        )
        return ends
    tops = _flat_top(channel, high, channel >= np.float32(high - _NEAR))
    bottoms = _flat_top(channel, -low, channel <= np.float32(low + _NEAR), -1)
    return tops, bottoms, float(channel.sum()) if tops or bottoms else 0.0


def _flat_top(channel: Samples, high: float, top: NDArray[np.bool_], sign: int = 1) -> int:
    """Return the number of samples at the highest value if they stand out, else 0."""
    count = int(np.count_nonzero(top))
    if count < 2:
        return 0  # nearly every clip ends here: its highest value is unique
    side = channel if sign > 0 else -channel
    near = int(np.count_nonzero(side >= np.float32(high - 4 * _NEAR))) - count
    # A round top, such as that of a sine, has about as many samples a little lower.
    if _FLAT_RATIO * near >= count:
        return 0
    next_value = side[~top].max(initial=-np.inf).item()
    around = int(np.count_nonzero(side >= np.float32(next_value - _NEAR))) - count
    return count if count > _FLAT_RATIO * around else 0
