"""Fitting the novelty model: center, scale and principal axes of the training data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.models.novelty import standardise

__all__ = ["NoveltyModel", "fit_novelty"]

#: Ratio of standard deviation to median absolute deviation of a normal distribution.
_MAD = 1.4826

#: Lower limit of the variance along an axis.
_LEAST = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class NoveltyModel:
    """Parameters of the novelty score; see :class:`vocalbaby.entity.bundle.Calibration`.

    Attributes:
        center: Medians of the columns, shape (n_columns,).
        scale: Robust standard deviations of the columns, shape (n_columns,).
        axes: Principal axes, shape (n_axes, n_columns).
        variances: Variance along each axis, and the sum of those along all other axes,
            shape (n_axes + 1,).
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]
    variances: NDArray[np.float64]


def fit_novelty(x: NDArray[np.float32], n_axes: int) -> NoveltyModel:
    """Fit the novelty model to training data.

    Args:
        x: Features, float32, shape (n_clips, n_columns). NaN is ignored for center and
            scale, and replaced by the center for the axes.
        n_axes: Number of principal axes to keep.
    """
    measured = np.where(np.isnan(x).all(axis=0), np.float32(0.0), x).astype(np.float64)
    center = np.nanmedian(measured, axis=0)
    scale = _MAD * np.nanmedian(np.abs(measured - center), axis=0)
    # The MAD of a column that is constant in most clips is 0. A column that is constant
    # in all clips gets a tiny scale, so that any other value is novel.
    spread = np.nanstd(measured, axis=0)
    scale = np.where(scale > 0.1 * spread, scale, spread)
    scale = np.where(scale > 0, scale, np.maximum(1e-3 * np.abs(center), 1e-6))
    z = standardise(x, center, scale)
    eigenvalues, vectors = np.linalg.eigh(z.T @ z / len(z))
    n_axes = min(n_axes, len(eigenvalues))
    axes = np.round(vectors.T[::-1][:n_axes], 6)
    along = z @ axes.T
    rest = np.maximum((z**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
    variances = np.append((along**2).mean(axis=0), rest.mean())
    return NoveltyModel(center, scale, axes, np.maximum(variances, _LEAST))
