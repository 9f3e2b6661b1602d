"""Calibrated probabilities from a classifier's margins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["probabilities"]


def probabilities(
    margins: NDArray[np.float32], temperature: float, bias: Sequence[float]
) -> NDArray[np.float64]:
    """Compute calibrated probabilities, ``softmax(margins / temperature + bias)``.

    Temperature scaling is described in Guo et al., "On Calibration of Modern Neural
    Networks" (ICML 2017). A row's result does not depend, to the last bit, on other rows.

    Args:
        margins: float32, shape (n, n_classes).
        temperature: Positive scale.
        bias: One offset per class.

    Returns:
        float64, shape (n, n_classes); each row sums to 1.

    Examples:
        >>> import numpy as np
        >>> margins = np.array([[2.0, 0.0]], np.float32)
        >>> probabilities(margins, temperature=2.0, bias=(0.0, 1.0)).tolist()
        [[0.5, 0.5]]
    """
    scores = margins.astype(np.float64) / temperature + np.array(bias)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return result
