"""Fitting temperature and biases to margins: vector scaling with one slope."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.models import hierarchical
from vocalbaby.models.calibration import probabilities
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from scipy.optimize import minimize, minimize_scalar

__all__ = ["fit_scaling", "fit_temperature", "out_of_fold"]

_BIAS_LIMIT = 2.0
_TEMPERATURES = (0.05, 20.0)


def fit_scaling(
    margins: NDArray[np.float32] | NDArray[np.float64],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
) -> tuple[float, NDArray[np.float64]]:
    """Fit temperature and biases by weighted log loss (vector scaling with one slope).

    Guo et al. (2017), "On calibration of modern neural networks", section 4.2. Clips whose class
    the hard routing of a hierarchy excludes do not count: no temperature changes their loss.

    Args:
        margins: Margins of the booster, float32 or float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Clip weights, shape (n,).
        penalty: Weight of the squared biases.

    Returns:
        The temperature, and the biases, shape (n_classes,), summing to 0.
    """
    possible = margins[np.arange(len(truth)), truth] > hierarchical.OUTSIDE
    if possible.any():
        margins, truth, weights = margins[possible], truth[possible], weights[possible]
    n_classes = margins.shape[1]
    share = weights / weights.sum()
    target = np.eye(n_classes)[truth]
    plain = margins.astype(np.float64)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, bias = np.exp(parameters[0]), parameters[1:]
        scores = plain * slope + bias
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = (np.exp(logs) - target) * share[:, np.newaxis]
        value = -(share * logs[np.arange(len(truth)), truth]).sum()
        gradient = np.append((error * plain).sum() * slope, error.sum(axis=0))
        gradient[1:] += 2 * penalty * bias
        return float(value + penalty * (bias**2).sum()), gradient

    bounds = [tuple(np.log(_TEMPERATURES))] + [(-_BIAS_LIMIT, _BIAS_LIMIT)] * n_classes
    found = minimize(loss, np.zeros(n_classes + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(np.exp(-found.x[0])), found.x[1:] - found.x[1:].mean()


def fit_temperature(
    margins: NDArray[np.float32],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
) -> float:
    """Fit the temperature by weighted log loss to given biases.

    Args:
        margins: Margins of the booster, float32, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Clip weights, shape (n,).
        bias: Biases, shape (n_classes,).

    Examples:
        >>> import numpy as np
        >>> margins = np.array([[4, 0]] * 4, np.float32)  # right in three of four clips
        >>> temperature = fit_temperature(margins, np.array([0, 0, 0, 1]), np.ones(4), np.zeros(2))
        >>> probabilities(margins[:1], temperature, (0, 0)).round(3).tolist()
        [[0.75, 0.25]]
    """
    rows, share = np.arange(len(truth)), weights / weights.sum()

    def loss(log_temperature: float) -> float:
        found = probabilities(margins, float(np.exp(log_temperature)), bias.tolist())
        return float(-(share * np.log(np.maximum(found[rows, truth], 1e-300))).sum())

    bounds = tuple(np.log(_TEMPERATURES))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return float(np.exp(found.x))


def out_of_fold(
    margins: NDArray[np.float32],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
    children: NDArray[np.int64],
    folds: int,
) -> NDArray[np.float64]:
    """Compute the probabilities of each fold with the other folds' calibration.

    Args:
        margins: Margins of the booster, float32, shape (n, n_classes).
        truth: Class indices, shape (n,).
        weights: Clip weights, shape (n,).
        penalty: Weight of the squared biases.
        children: Number of the child of each clip, shape (n,); a child is in one fold only.
        folds: Number of folds, limited to the number of children.

    Returns:
        Probabilities, float64, shape (n, n_classes).
    """
    _, child = np.unique(children, return_inverse=True)
    fold = child % min(folds, int(child.max()) + 1)
    result = np.empty(margins.shape)
    for number in np.unique(fold):
        here = fold == number
        rest = ~here if not here.all() else here
        temperature, bias = fit_scaling(margins[rest], truth[rest], weights[rest], penalty)
        result[here] = probabilities(margins[here], temperature, bias.tolist())
    return result
