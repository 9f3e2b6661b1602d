"""Clip weights that balance classes, children and corpora."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import Label
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["clip_weights", "group_weights"]


def clip_weights(
    meta: pd.DataFrame,
    *,
    classes: float = 1.0,
    children: float = 0.0,
    corpora: float = 0.0,
    prior: Mapping[Label, float] | None = None,
) -> NDArray[np.float64]:
    """Compute weights that balance classes, and children and corpora within a class.

    Args:
        meta: Columns ``child_ID``, ``Answer`` and ``corpus``.
        classes: 0 gives equal weight to clips, 1 to classes.
        children: Within a class, 0 gives equal weight to clips, 1 to children. A child is
            one of its corpus.
        corpora: Within a class, 0 gives equal weight to clips, 1 to corpora.
        prior: Factors on the weights of classes after balancing; 1 for a class without one.

    Returns:
        float64, shape (n_clips,), mean 1.
    """
    weights = pd.Series(1.0, index=meta.index)
    for power, keys in (
        (children, ["Answer", "corpus", "child_ID"]),
        (corpora, ["Answer", "corpus"]),
        (classes, ["Answer"]),
    ):
        totals = weights.groupby([meta[key] for key in keys]).transform("sum")
        weights /= totals**power
    weights *= meta.Answer.map(dict(prior or {})).astype(float).fillna(1.0)
    return np.asarray(weights / weights.mean(), np.float64)


def group_weights(meta: pd.DataFrame) -> NDArray[np.float64]:
    """Compute weights that are equal for corpora, and within a corpus for its classes.

    Args:
        meta: Columns ``child_ID``, ``Answer`` and ``corpus``. Within a class of a corpus, the
            weight of a child is between that of its clips and that of one child.

    Returns:
        float64, shape (n_clips,), mean 1.
    """
    weights = pd.Series(1.0, index=meta.index)
    for power, keys in (
        (0.5, ["corpus", "Answer", "child_ID"]),
        (1.0, ["corpus", "Answer"]),
        (1.0, ["corpus"]),
    ):
        weights /= weights.groupby([meta[key] for key in keys]).transform("sum") ** power
    return np.asarray(weights / weights.mean(), np.float64)
