"""Fitting the novelty model: center, scale and principal axes of the training data.

The score is the distance from the principal axes, over its root mean square in the training data.
The distance along the axes does not count: it is no larger for clips of other corpora that are
classified wrongly than for others (docs/decisions/0022-left-out-corpora.md).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import Calibration
from vocalbaby.models.novelty import Novelty, standardise

__all__ = ["NoveltyModel", "fit_novelty", "novelty_scores"]

#: Ratio of standard deviation to median absolute deviation of a normal distribution.
_MAD: Final = 1.4826

#: Lower limit of the variance that no axis explains.
_LEAST: Final = 1e-3

#: Variance of the axes, so large that the distance along them adds nothing to the score.
_WITHOUT_EFFECT: Final = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class NoveltyModel:
    """Parameters of the novelty score; see `vocalbaby.entity.bundle.Calibration`.

    Attributes:
        center: Medians of the columns, shape (n_columns,).
        scale: Robust standard deviations of the columns, shape (n_columns,).
        axes: Principal axes, shape (n_axes, n_columns).
        variances: Divisors of the squared distance along each axis and of that from all
            axes, shape (n_axes + 1,).
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]
    variances: NDArray[np.float64]

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as the fields of `vocalbaby.entity.bundle.Calibration`."""
        return {
            "novelty_center": tuple(self.center.tolist()),
            "novelty_scale": tuple(self.scale.tolist()),
            "novelty_components": tuple(tuple(axis) for axis in self.axes.tolist()),
            "novelty_variances": tuple(self.variances.tolist()),
        }


def fit_novelty(x: NDArray[np.float32], n_axes: int) -> NoveltyModel:
    """Fit the novelty model to training data.

    Args:
        x: Features, float32, shape (n_clips, n_columns). NaN is ignored for center and
            scale, and replaced by the center for the axes.
        n_axes: Number of principal axes to keep; at least one dimension is left for the rest.
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
    n_axes = min(n_axes, len(eigenvalues) - 1)
    axes = np.round(vectors.T[::-1][:n_axes], 6)
    rest = np.maximum((z**2).sum(axis=1) - ((z @ axes.T) ** 2).sum(axis=1), 0.0)
    # The score is a mean over axes and rest, of which only the rest counts.
    least = max(float(rest.mean()), _LEAST) / (n_axes + 1)
    return NoveltyModel(center, scale, axes, np.append(np.full(n_axes, _WITHOUT_EFFECT), least))


def novelty_scores(model: NoveltyModel, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute the novelty of clips, as the packaged model does.

    Args:
        model: The novelty model.
        x: Features, float32, shape (n_clips, n_columns).

    Returns:
        float64, shape (n_clips,).
    """
    plain: dict[str, Any] = {"temperature": 1.0, "bias": (), "abstain_below": 0.0}
    return Novelty(Calibration(**plain, **model.parameters(), novelty_threshold=1.0)).score(x)
