"""Clip weights that balance classes, children and corpora."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["clip_weights"]


def clip_weights(
    meta: pd.DataFrame, *, classes: float = 1.0, children: float = 0.0, corpora: float = 0.0
) -> NDArray[np.float64]:
    """Compute weights that balance classes, and children and corpora within a class.

    Args:
        meta: Columns ``child_ID``, ``Answer`` and ``corpus``.
        classes: 0 gives equal weight to clips, 1 to classes.
        children: Within a class, 0 gives equal weight to clips, 1 to children.
        corpora: Within a class, 0 gives equal weight to clips, 1 to corpora.

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
