"""Statistics over the frames of each clip.

Descriptors stand in rows, (n_descriptors, n_frames), frames of a clip side by side;
``reduceat`` sums each clip on its own, so its rounding depends on that clip only.
"""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Layout

__all__ = ["mean_std", "quantiles", "segment_max", "segment_sum"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]


def segment_sum(values: Array, layout: Layout) -> Array:
    """Sum over each clip: (k, n_frames) -> (k, n_clips)."""
    return np.add.reduceat(values, layout.starts, axis=-1)


def segment_max(values: Array, layout: Layout) -> Array:
    """Maximum over each clip: (k, n_frames) -> (k, n_clips)."""
    return np.maximum.reduceat(values, layout.starts, axis=-1)


def mean_std(values: Array, layout: Layout, mask: Mask | None = None) -> tuple[Array, Array]:
    """Mean and population standard deviation over the chosen frames of each clip.

    Args:
        values: (k, n_frames).
        layout: The clips.
        mask: Frames that count, (n_frames,) or (k, n_frames); all where omitted.

    Returns:
        Two arrays (k, n_clips); NaN where no frame counts.
    """
    if mask is None:
        mask = np.ones(values.shape[-1], np.bool_)
    weights = mask.astype(np.float32)
    count = segment_sum(weights, layout)
    count = np.where(count > 0, count, np.float32(np.nan))
    mean = segment_sum(np.where(mask, values, np.float32(0)), layout) / count
    centred = np.where(mask, values - np.nan_to_num(mean)[:, layout.clip], np.float32(0))
    np.multiply(centred, centred, out=centred)
    return mean, np.sqrt(segment_sum(centred, layout) / count)


def quantiles(
    values: Array, layout: Layout, probabilities: tuple[float, ...], mask: Mask | None = None
) -> list[Array]:
    """Quantiles (linear between order statistics) over the chosen frames of each clip.

    Returns:
        One array (k, n_clips) per probability; NaN where no frame counts.
    """
    if mask is not None:
        values = np.where(mask, values, np.float32(np.inf))
        count = segment_sum(np.broadcast_to(mask, values.shape).astype(np.float32), layout)
    else:
        count = np.broadcast_to(layout.counts.astype(np.float32), (len(values), len(layout.counts)))
    longest = int(layout.counts.max())
    place = np.arange(longest)
    inside = place < layout.counts[:, None]
    table = values[:, np.where(inside, layout.starts[:, None] + place, 0)]
    table[:, ~inside] = np.inf
    table.sort(axis=-1)
    result = []
    for p in probabilities:
        at = np.maximum(count - 1, 0) * np.float32(p)
        low = at.astype(np.intp)
        high = np.minimum(low + 1, np.maximum(count - 1, 0).astype(np.intp))
        a = np.take_along_axis(table, low[..., None], -1)[..., 0]
        b = np.take_along_axis(table, high[..., None], -1)[..., 0]
        a, b = (np.where(count > 0, v, np.float32(np.nan)) for v in (a, b))
        result.append(a + (b - a) * (at - low.astype(np.float32)))
    return result
