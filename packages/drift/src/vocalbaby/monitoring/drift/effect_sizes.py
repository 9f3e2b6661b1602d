"""Effect sizes: the direction and the size of the change of each feature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import Column

__all__ = ["EffectSizes", "effect_sizes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EffectSizes:
    """Effect sizes by column.

    Attributes:
        z: Mean of the window minus mean of the reference, in standard deviations of the
            reference.
        change: Median of the window minus median of the reference, in the unit of the column.
        ratio: Mean of the window divided by mean of the reference; 1 if the latter is 0.
        units: Unit of each column.
    """

    z: dict[str, float]
    change: dict[str, float]
    ratio: dict[str, float]
    units: dict[str, str]


def effect_sizes(reference: Floats, current: Floats, columns: tuple[Column, ...]) -> EffectSizes:
    """Compute the effect sizes of every column; 0 where one side has no values.

    Args:
        reference: Shape (n, n_columns); NaN is left out.
        current: Shape (m, n_columns); NaN is left out.
        columns: Columns of the feature set.
    """
    z, change, ratio = {}, {}, {}
    for index, column in enumerate(columns):
        one, other = (side[:, index][~np.isnan(side[:, index])] for side in (reference, current))
        known = bool(len(one) and len(other))
        spread = max(float(one.std()), 1e-9) if known else 1.0
        moved = float(other.mean() - one.mean()) if known else 0.0
        z[column.name] = float(np.clip(moved / spread, -99.0, 99.0))
        change[column.name] = float(np.median(other) - np.median(one)) if known else 0.0
        base = float(one.mean()) if known else 0.0
        ratio[column.name] = 1.0 + moved / base if base else 1.0
    return EffectSizes(z, change, ratio, {column.name: column.unit for column in columns})
