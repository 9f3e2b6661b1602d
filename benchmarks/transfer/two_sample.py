"""How well a classifier tells synthetic cries from real ones."""

import numpy as np
import pandas as pd

from benchmarks.synthetic.run import realism
from vocalbaby.components.feature_table import FeatureTable, children

__all__ = ["two_sample_auc"]

#: Clips per child or recording, so that a few do not decide the result.
_PER_GROUP = 25


def two_sample_auc(synthetic: FeatureTable, real: FeatureTable) -> dict[str, float]:
    """Compute the AUC of cross-validation whose folds share no child or recording.

    Args:
        synthetic: Synthetic clips.
        real: Real clips of the same class.

    Returns:
        The numbers of clips, and the AUC: 0.5 if the two cannot be distinguished.
    """
    synthetic, real = _limited(synthetic), _limited(real)
    groups = np.asarray(pd.factorize(children(synthetic.meta))[0], np.int64)
    auc = realism(synthetic.array, real.array, groups, pd.Series(children(real.meta)))
    return {"synthetic": len(synthetic), "real": len(real), "auc": auc}


def _limited(table: FeatureTable) -> FeatureTable:
    return table.where(table.meta.groupby(["corpus", "child_ID"]).cumcount() < _PER_GROUP)
