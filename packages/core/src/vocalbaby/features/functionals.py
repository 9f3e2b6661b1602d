"""Statistics over the frames of each clip.

Descriptors stand in rows, (k, n_frames), the frames of a clip side by side; ``reduceat``
sums each clip on its own, so its rounding depends on that clip only.
"""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Layout

__all__ = ["mean_std", "quantiles", "segment_max", "segment_sum", "slope"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

_NAN = np.float32(np.nan)


def segment_sum(values: Array, layout: Layout) -> Array:
    """Sum over each clip: (..., n_frames) -> (..., n_clips)."""
    total: Array = np.add.reduceat(values, layout.starts, axis=-1)
    return total


def segment_max(values: Array, layout: Layout) -> Array:
    """Maximum over each clip: (..., n_frames) -> (..., n_clips)."""
    largest: Array = np.maximum.reduceat(values, layout.starts, axis=-1)
    return largest


def mean_std(
    values: Array, layout: Layout, mask: Mask | None = None, *, fewest: int = 1
) -> tuple[Array, Array]:
    """Mean and population standard deviation over the chosen frames of each clip.

    Args:
        values: (k, n_frames); may be NaN where not chosen.
        layout: The clips.
        mask: Frames that count, (n_frames,) or (k, n_frames); all where omitted.
        fewest: A standard deviation needs this many frames.

    Returns:
        Two arrays (k, n_clips); NaN where too few frames count.
    """
    if mask is None:
        mask = np.ones(values.shape[-1], np.bool_)
    count = segment_sum(mask.astype(np.float32), layout)
    safe = np.maximum(count, 1)
    mean = segment_sum(np.where(mask, values, np.float32(0)), layout) / safe
    centred = np.where(mask, values - mean[:, layout.clip], np.float32(0))
    np.multiply(centred, centred, out=centred)
    std = np.sqrt(segment_sum(centred, layout) / safe)
    return np.where(count >= 1, mean, _NAN), np.where(count >= fewest, std, _NAN)


def slope(values: Array, layout: Layout, mask: Mask, fewest: int) -> Array:
    """Least-squares slope per frame over the chosen frames of each clip.

    Args:
        values: (n_frames,).
        layout: The clips.
        mask: Frames that count, (n_frames,).
        fewest: A slope needs this many frames, at least 2.

    Returns:
        (n_clips,); NaN where too few frames count.
    """
    place = layout.place.astype(np.float32)
    both = np.stack([place, values])
    mean, _ = mean_std(both, layout, mask)
    time, value = np.where(mask, both - mean[:, layout.clip], np.float32(0))
    count = segment_sum(mask.astype(np.float32), layout)
    spread: Array = np.where(count >= fewest, segment_sum(time * time, layout), _NAN)
    return segment_sum(time * value, layout) / spread


def quantiles(
    values: Array, layout: Layout, probabilities: tuple[float, ...], mask: Mask | None = None
) -> list[Array]:
    """Quantiles (linear between order statistics) over the chosen frames of each clip.

    Args:
        values: (n_frames,).
        layout: The clips.
        probabilities: Each within 0 to 1.
        mask: Frames that count, (n_frames,); all where omitted.

    Returns:
        One array (n_clips,) per probability; NaN where no frame counts.
    """
    index, inside = layout.table()
    chosen = inside if mask is None else inside & mask[index]
    ordered = np.sort(np.where(chosen, values[index], np.float32(np.inf)), axis=1)
    count = chosen.sum(axis=1)
    last = np.maximum(count - 1, 0)
    row = np.arange(len(count))
    result = []
    for p in probabilities:
        at = last * p
        low = at.astype(np.intp)
        a = np.where(count > 0, ordered[row, low], _NAN)
        b = np.where(count > 0, ordered[row, np.minimum(low + 1, last)], _NAN)
        result.append(a + (b - a) * (at - low).astype(np.float32))
    return result
