"""What each clip counts: classes, children and corpora are very unequal."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["clip_weights"]


def clip_weights(
    meta: pd.DataFrame, *, classes: float = 1.0, children: float = 0.0, corpora: float = 0.0
) -> NDArray[np.float64]:
    """Weights that even out how often children, corpora and classes occur.

    Args:
        meta: Columns ``child_ID``, ``Answer`` and ``corpus``.
        classes: 0 weighs clips equally, 1 weighs classes equally.
        children: The same for the children of a class: one with many clips of a class
            does not decide what the class sounds like.
        corpora: The same for the corpora of a class.

    Returns:
        float64, shape (n_clips,), mean 1.
    """
    weights = pd.Series(1.0, index=meta.index)
    for power, keys in (
        (children, ["Answer", "child_ID"]),
        (corpora, ["Answer", "corpus"]),
        (classes, ["Answer"]),
    ):
        totals = weights.groupby([meta[key] for key in keys]).transform("sum")
        weights /= totals**power
    return np.asarray(weights / weights.mean(), np.float64)
