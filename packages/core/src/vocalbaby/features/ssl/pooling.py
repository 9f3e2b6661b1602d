"""From the frames of a clip to one row."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["POOLED", "pool"]

Array = NDArray[np.float32]

#: Statistics of each kind of pooling, with what they are called.
POOLED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "mean": (("mean", "Mean"),),
    "mean_std": (("mean", "Mean"), ("std", "Standard deviation")),
    "max": (("max", "Maximum"),),
}


def pool(frames: Array, pooling: str) -> Array:
    """Compute the statistics of a clip's frames.

    Args:
        frames: float32, shape (n_frames, n_values).
        pooling: A name of `POOLED`.

    Returns:
        float32, shape (n_values,) or, for ``mean_std``, (2 * n_values,). NaN for the standard
        deviation of one frame.

    Examples:
        >>> frames = np.array([[1, 2], [3, 2]], np.float32)
        >>> pool(frames, "mean_std").tolist()
        [2.0, 2.0, 1.0, 0.0]
    """
    if pooling == "max":
        maxima: Array = frames.max(axis=0)
        return maxima
    wide = frames.astype(np.float64)
    parts = [wide.mean(axis=0)]
    if pooling == "mean_std":
        parts.append(wide.std(axis=0) if len(wide) > 1 else np.full(wide.shape[1], np.nan))
    result: Array = np.concatenate(parts).astype(np.float32)
    return result
