"""Novelty: how far a clip's features are from the training data.

The score of a clip does not depend, to the last bit, on the other clips of its batch.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.entity.bundle import Calibration

__all__ = ["Novelty", "standardise"]

#: Features are limited to this many robust standard deviations from the center.
_FARTHEST: Final = 12.0

# With z in steps of 2**-16 below 2**4 and axes in steps of 2**-20 below 1, a sum of up
# to 2**12 products is exact in float64: no order of summation can change it.
_STEP_Z: Final = 2.0**-16
_STEP_AXIS: Final = 2.0**-20


class Novelty:
    """Distance of features from the training data.

    The definition is in `vocalbaby.entity.bundle.Calibration`.

    Args:
        calibration: Center, scale and principal axes of the training data.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> calibration = read_bundle(default_bundle_path()).calibration
        >>> center = np.array([calibration.novelty_center], np.float32)
        >>> novelty = Novelty(calibration).score(np.concatenate([center, center + 1000]))
        >>> (novelty > calibration.novelty_threshold).tolist()
        [False, True]
    """

    def __init__(self, calibration: Calibration) -> None:
        self._center = np.array(calibration.novelty_center)
        self._scale = np.array(calibration.novelty_scale)
        axes = np.array(calibration.novelty_components).reshape(-1, len(self._center))
        self._axes = np.ascontiguousarray(np.rint(axes.T / _STEP_AXIS) * _STEP_AXIS)
        self._variances = np.array(calibration.novelty_variances)

    def score(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the novelty of each row.

        Args:
            x: float32, shape (n, n_columns); NaN counts as the center of its column.

        Returns:
            float64, shape (n,); about 1 for typical training data.
        """
        if kernel.native is not None:
            scores = np.empty(len(x))
            kernel.native.novelty(
                np.ascontiguousarray(x, np.float32),
                *(len(x), self._center, self._scale, self._axes, self._variances, scores),
            )
            return scores
        z = standardise(x, self._center, self._scale)
        z = np.rint(z / _STEP_Z) * _STEP_Z
        along = z @ self._axes
        terms = np.empty((len(z), len(self._variances)))
        squares = np.multiply(along, along, out=terms[:, :-1])
        terms[:, -1] = np.maximum((z * z).sum(axis=1) - squares.sum(axis=1), 0.0)
        terms /= self._variances
        result: NDArray[np.float64] = np.sqrt(terms.mean(axis=1))
        return result


def standardise(
    x: NDArray[np.float32], center: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return robust z-scores, limited to [-12, 12], with NaN replaced by 0.

    Args:
        x: float32, shape (n, n_columns).
        center: float64, shape (n_columns,).
        scale: Positive float64, shape (n_columns,).

    Returns:
        float64, shape (n, n_columns).

    Examples:
        >>> x = np.array([[5.0, np.nan, 1e9]], np.float32)
        >>> standardise(x, np.array([1.0, 0.0, 0.0]), np.array([2.0, 1.0, 1.0])).tolist()
        [[2.0, 0.0, 12.0]]
    """
    z = (x.astype(np.float64) - center) / scale
    z[np.isnan(z)] = 0.0
    limited: NDArray[np.float64] = np.minimum(np.maximum(z, -_FARTHEST), _FARTHEST)
    return limited
