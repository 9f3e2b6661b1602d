"""Methods that adapt the scores of a model to a laboratory's clips: affine maps of the scores."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.scaling import fit_scaling
from vocalbaby.entity.bundle import Calibration
from vocalbaby.models.calibration import mixed, probabilities
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from scipy.optimize import minimize

__all__ = [
    "METHODS",
    "AdaptationMethod",
    "Adjustment",
    "estimate_priors",
    "fit_adjustment",
    "scores_of",
]

AdaptationMethod = Literal["none", "calibration", "prior", "head"]
#: All methods, the simplest first.
METHODS: Final[tuple[AdaptationMethod, ...]] = ("none", "calibration", "prior", "head")

#: Weight of the squared biases, as in the calibration of a new model.
_BIAS_PENALTY: Final = 0.05
#: Weight of the squared difference between the head and the identity.
_HEAD_PENALTY: Final = 0.02
#: Clips of each class that are added when frequencies are counted (Laplace).
_PSEUDOCOUNT: Final = 1.0
_ITERATIONS: Final = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Adjustment:
    """An affine map of the scores: ``matrix @ scores + bias``.

    Attributes:
        matrix: float64, shape (n_classes, n_classes).
        bias: float64, shape (n_classes,).
        prior: Frequencies of the classes for which the probabilities hold; empty if equal.

    Examples:
        >>> same = Adjustment(np.eye(2), np.array([1.0, 0.0]))
        >>> same.apply(np.array([[0.0, 1.0]])).tolist()
        [[0.5, 0.5]]
    """

    matrix: NDArray[np.float64]
    bias: NDArray[np.float64]
    prior: tuple[float, ...] = ()

    def apply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities, float64, shape (n, n_classes).

        Args:
            scores: float64, shape (n, n_classes).
        """
        return probabilities(scores @ self.matrix.T, 1.0, self.bias.tolist())

    def fold_into(self, calibration: Calibration) -> Calibration:
        """Return a calibration that does both.

        Isotonic maps, thresholds and label sets are left out: they were fitted to other
        probabilities.

        Args:
            calibration: The calibration whose scores the map was fitted to.
        """
        scale = float(self.matrix[0, 0])
        is_scale = scale > 0 and np.array_equal(self.matrix, scale * np.eye(len(self.bias)))
        before = np.array(calibration.matrix) if calibration.matrix else np.eye(len(self.bias))
        changes = {
            "temperature": calibration.temperature / (scale if is_scale else 1.0),
            "bias": tuple((self.matrix @ np.array(calibration.bias) + self.bias).tolist()),
            "matrix": calibration.matrix
            if is_scale
            else tuple(tuple(row) for row in (self.matrix @ before).tolist()),
            "class_prior": self.prior,
            "isotonic": (),
            "thresholds": (),
            "conformal": None,
        }
        return Calibration.model_validate(calibration.model_dump() | changes)


def scores_of(margins: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float64]:
    """Compute the scores whose softmax is the calibrated probability, before isotonic maps.

    Args:
        margins: float32, shape (n, n_classes).
        calibration: The calibration.

    Returns:
        float64, shape (n, n_classes).

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> calibration = read_bundle(default_bundle_path()).calibration
        >>> np.allclose(scores_of(np.zeros((1, 5), np.float32), calibration), calibration.bias)
        True
    """
    scaled = mixed(margins, calibration.matrix).astype(np.float64) / calibration.temperature
    result: NDArray[np.float64] = scaled + np.array(calibration.bias)
    return result


def fit_adjustment(
    method: AdaptationMethod,
    scores: NDArray[np.float64],
    truth: NDArray[np.int64],
    before: NDArray[np.float64],
    prior: NDArray[np.float64] | None = None,
) -> Adjustment:
    """Fit a method to labelled clips.

    ``calibration`` fits a temperature and biases, ``head`` a multinomial logistic regression of the
    scores that is drawn towards the identity; in both, classes have equal weights. ``prior``
    changes the frequencies of the classes that the model assumes.

    Args:
        method: The method.
        scores: Scores of the clips, float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        before: Frequencies that the model assumes, float64, shape (n_classes,), summing to 1.
        prior: Frequencies for ``prior``; counted in ``truth`` if None.

    Returns:
        The map; it changes nothing with ``none``, or if the clips are of one class only.

    Examples:
        >>> scores = np.array([[1.0, 0.0]] * 8)
        >>> truth = np.array([0] * 7 + [1])
        >>> found = fit_adjustment("prior", scores, truth, np.array([0.5, 0.5]))
        >>> found.bias.round(3).tolist(), found.prior
        ([0.47, -0.916], (0.8, 0.2))
    """
    n_classes = scores.shape[1]
    identity = np.eye(n_classes)
    if method == "prior":
        if prior is None:
            shares = np.bincount(truth, minlength=n_classes) + _PSEUDOCOUNT
            prior = shares / shares.sum()
        return Adjustment(identity, np.log(prior / before), tuple(prior.tolist()))
    counts = np.bincount(truth, minlength=n_classes)
    assumed = () if np.allclose(before, 1 / n_classes) else tuple(before.tolist())
    if method == "none" or (counts > 0).sum() < 2:
        return Adjustment(identity, np.zeros(n_classes), assumed)
    weights: NDArray[np.float64] = 1.0 / counts[truth]
    if method == "calibration":
        temperature, bias = fit_scaling(scores, truth, weights, _BIAS_PENALTY)
        return Adjustment(identity / temperature, bias)
    return _head(scores, truth, weights / weights.sum())


def _head(
    scores: NDArray[np.float64], truth: NDArray[np.int64], share: NDArray[np.float64]
) -> Adjustment:
    n_classes = scores.shape[1]
    start = np.append(np.eye(n_classes).ravel(), np.zeros(n_classes))
    target = np.eye(n_classes)[truth]

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        matrix = parameters[:-n_classes].reshape(n_classes, n_classes)
        z = scores @ matrix.T + parameters[-n_classes:]
        z -= z.max(axis=1, keepdims=True)
        logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        error = (np.exp(logs) - target) * share[:, np.newaxis]
        gradient = np.append((error.T @ scores).ravel(), error.sum(axis=0))
        drift = parameters - start
        value = -(share * logs[np.arange(len(truth)), truth]).sum()
        value += _HEAD_PENALTY * (drift**2).sum()
        return float(value), gradient + 2 * _HEAD_PENALTY * drift

    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Adjustment(found[:-n_classes].reshape(n_classes, n_classes), found[-n_classes:])


def estimate_priors(found: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate the frequencies of the classes among clips without labels.

    Saerens, Latinne and Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities" (Neural Computation, 2002): expectation maximization.

    Args:
        found: Probabilities of the clips, float64, shape (n, n_classes).
        before: Frequencies for which they hold, float64, shape (n_classes,), summing to 1.

    Returns:
        Positive frequencies that sum to 1, float64, shape (n_classes,).

    Examples:
        >>> certain = np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]])
        >>> estimate_priors(certain, np.array([0.5, 0.5])).round(3).tolist()
        [0.75, 0.25]
    """
    prior = before
    for _ in range(_ITERATIONS):
        weighted = found * (prior / before)
        new = np.maximum((weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0), 1e-4)
        new /= new.sum()
        change = np.abs(new - prior).max()
        prior = new
        if change < 1e-7:
            break
    return prior
