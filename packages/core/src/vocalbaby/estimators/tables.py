"""The feature tables of train and devel, from the arrays of scikit-learn."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["split_tables"]


def split_tables(
    feature_set: str,
    values: pd.DataFrame,
    labels: NDArray[np.str_],
    children: NDArray[np.str_],
    held_out: NDArray[np.bool_],
) -> tuple[FeatureTable, FeatureTable]:
    """Build the tables that a model is trained on.

    Clips are numbered: paths and names of files are not in a bundle that is written later.

    Args:
        feature_set: Name of the feature set.
        values: Features, float32, one row per clip.
        labels: Classes of VocalBaby, shape (n_clips,).
        children: Children, shape (n_clips,).
        held_out: Whether a clip is of devel, shape (n_clips,); with none, devel is train.

    Examples:
        >>> values = pd.DataFrame({"f0_mean": np.float32([20, 30, 24])})
        >>> labels, children = np.array(["Crying", "Junk", "Junk"]), np.array(["a", "b", "c"])
        >>> held_out = np.array([False, False, True])
        >>> train, devel = split_tables("mfcc", values, labels, children, held_out)
        >>> len(train), devel.meta.child_ID.tolist()
        (2, ['c'])
    """
    meta = pd.DataFrame(
        {
            "clip_ID": [f"clip_{i}" for i in range(len(values))],
            "child_ID": children,
            "Answer": labels,
            "corpus": "estimator",
            "split": np.where(held_out, "devel", "train"),
        }
    )
    table = FeatureTable(
        feature_set,
        features.get(feature_set).version,
        meta[list(META_COLUMNS)].astype(object),
        values.reset_index(drop=True),
        features.get(feature_set).file,
    )
    train = table.where(~held_out)
    return train, table.where(held_out) if held_out.any() else train
