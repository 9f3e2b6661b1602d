"""Fitting of the standardization of a model's columns."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.models.standardization import Standardization

__all__ = ["fit_standardization"]

#: Shares of the clips beyond the range of a column.
_RANGE = (0.005, 0.995)


def fit_standardization(x: NDArray[np.float32]) -> Standardization:
    """Find the range of each column, and the mean and the standard deviation within it.

    Args:
        x: float32, shape (n, n_columns); NaN means "missing".

    Returns:
        The standardization; a column without a value becomes 0.

    Examples:
        >>> found = fit_standardization(np.array([[1.0, np.nan], [3.0, np.nan]], np.float32))
        >>> found.apply(np.array([[2.0, 7.0], [np.nan, np.nan]], np.float32)).tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """
    measured = ~np.isnan(x).all(axis=0)
    values = np.where(measured, x, np.float32(0))
    low, high = np.nanquantile(values, _RANGE, axis=0).astype(np.float32)
    limited = np.clip(values, low, high)
    center, scale = np.nanmean(limited, axis=0), np.nanstd(limited, axis=0)
    return Standardization(low, high, center, np.where(scale > 0, scale, np.float32(1)))
