"""Statistics over the frames of each clip.

Descriptors are the rows of an array (k, n_frames), in which the frames of a clip are side by
side. ``reduceat`` sums each clip on its own, so its rounding depends on that clip only.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Layout, scratch

__all__ = ["Masked", "mean_std", "mean_std_of", "quantiles", "segment_max", "segment_sum", "slope"]

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
#: Descriptors (k, n_frames) and the frames that count, (n_frames,) or (k, n_frames).
Masked = tuple[Array, Mask]

_NAN = np.float32(np.nan)
_ONE = np.float32(1)
_INFINITY = np.float32(np.inf)


def segment_sum(values: Array, layout: Layout) -> Array:
    """Return the sum over each clip: (..., n_frames) -> (..., n_clips)."""
    total: Array = np.add.reduceat(values, layout.starts, axis=-1)
    return total


def segment_max(values: Array, layout: Layout) -> Array:
    """Return the maximum over each clip: (..., n_frames) -> (..., n_clips)."""
    largest: Array = np.maximum.reduceat(values, layout.starts, axis=-1)
    return largest


def mean_std(
    values: Array, layout: Layout, mask: Mask | None = None, *, fewest: int = 1
) -> tuple[Array, Array]:
    """Return the mean and population standard deviation over the chosen frames of each clip.

    Args:
        values: (k, n_frames), finite.
        layout: The clips.
        mask: Frames that count, (n_frames,) or (k, n_frames); all where omitted.
        fewest: Least number of frames for a standard deviation.

    Returns:
        Two arrays (k, n_clips); NaN where too few frames count.
    """
    if mask is None:
        mask = np.ones(values.shape[-1], np.bool_)
    # Times 0 or 1: np.where and copies with a mask take several times as long.
    chosen = mask.astype(np.float32)
    count = segment_sum(chosen, layout)
    safe: Array = np.maximum(count, _ONE)
    heard = scratch("heard", (len(values), values.shape[1]), np.float32)
    np.multiply(values, chosen, out=heard)
    mean = segment_sum(heard, layout) / safe
    np.subtract(values, layout.spread(mean), out=heard)
    np.multiply(heard, heard, out=heard)
    np.multiply(heard, chosen, out=heard)
    std = np.sqrt(segment_sum(heard, layout) / safe)
    return np.where(count >= 1, mean, _NAN), np.where(count >= fewest, std, _NAN)


def mean_std_of(
    groups: Sequence[Masked], layout: Layout, *, fewest: int
) -> list[tuple[Array, Array]]:
    """Compute `mean_std` of many groups of descriptors in one call.

    Args:
        groups: Descriptors with the frames that count.
        layout: The clips.
        fewest: Least number of frames for a standard deviation.

    Returns:
        Mean and standard deviation of each group, (k, n_clips).
    """
    shape = sum(len(group) for group, _ in groups), len(layout.place)
    values = scratch("groups", shape, np.float32)
    masks = np.empty(values.shape, np.bool_)
    parts = []
    end = 0
    for group, mask in groups:
        parts.append(slice(end, end + len(group)))
        values[parts[-1]], masks[parts[-1]] = group, mask
        end += len(group)
    mean, std = mean_std(values, layout, masks, fewest=fewest)
    return [(mean[part], std[part]) for part in parts]


def slope(values: Array, layout: Layout, mask: Mask, fewest: int) -> Array:
    """Return the least-squares slope per frame over the chosen frames of each clip.

    Args:
        values: (n_frames,).
        layout: The clips.
        mask: Frames that count, (n_frames,).
        fewest: Least number of frames for a slope, at least 2.

    Returns:
        (n_clips,); NaN where too few frames count.
    """
    chosen = mask.astype(np.float32)
    count = segment_sum(chosen, layout)
    both = np.empty((2, len(values)), np.float32)
    both[0] = layout.place
    both[1] = values
    both *= chosen
    safe: Array = np.maximum(count, _ONE)
    mean = segment_sum(both, layout) / safe
    both -= layout.spread(mean)
    both *= chosen
    spread, common = segment_sum(both[0] * both, layout)
    result: Array = common / np.where(count >= fewest, spread, _NAN)
    return result


def quantiles(
    values: Array, layout: Layout, probabilities: tuple[float, ...], mask: Mask | None = None
) -> Array:
    """Return quantiles (linear between order statistics) over the chosen frames of each clip.

    Args:
        values: (n_frames,) or (k, n_frames).
        layout: The clips.
        probabilities: Each within 0 to 1.
        mask: Frames that count, of the shape of `values`; all where omitted.

    Returns:
        (len(probabilities), n_clips) or (len(probabilities), k, n_clips); NaN where no
        frame counts.
    """
    index, inside = layout.table
    chosen = inside if mask is None else inside & mask[..., index]
    ordered = np.where(chosen, values[..., index], _INFINITY)
    ordered.sort(axis=-1)
    count = np.add.reduce(chosen, axis=-1, dtype=np.intp)
    last = np.maximum(count - 1, 0)
    first = np.arange(0, ordered.size, ordered.shape[-1]).reshape(ordered.shape[:-1])
    at = np.multiply.outer(np.array(probabilities), last)
    low = at.astype(np.intp)
    a = ordered.take(first + low)
    b = ordered.take(first + np.minimum(low + 1, last))
    # Where no frame counts, all values are infinite.
    rise = np.where(count > 0, b, _NAN) - a
    result: Array = a + rise * (at - low).astype(np.float32)
    return result
