"""What an adaptation gains: metrics before and after, and their differences with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["METRICS", "Gain", "compare", "figures"]

#: Metrics, and whether a higher value is better.
METRICS: Final[Mapping[str, bool]] = {"uar": True, "log_loss": False, "ece": False}

_BINS: Final = 15


@dataclass(frozen=True, slots=True)
class Gain:
    """A metric before and after.

    Attributes:
        before: Value of the model.
        after: Value of the adapted model on clips that it was not adapted to.
        gain: Improvement: the difference for ``uar``, the reduction for ``log_loss`` and ``ece``.
        low: Lower end of the bootstrap interval of the gain over children.
        high: Upper end of it.

    Examples:
        >>> Gain(before=0.5, after=0.75, gain=0.25, low=0.125, high=0.375).is_sure
        True
    """

    before: float
    after: float
    gain: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval is above zero."""
        return self.low > 0.0


def figures(
    found: NDArray[np.float64], truth: NDArray[np.int64], times: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Compute UAR, log loss and calibration error of the clips, and of resamples of them.

    Args:
        found: Probabilities, float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        times: How often each resample has each clip, float64, shape (n_resamples, n); by default
            one resample with each clip once.

    Returns:
        Values by metric, float64, shape (n_resamples,). The UAR is that of the classes that occur.

    Examples:
        >>> found = np.array([[0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
        >>> values = figures(found, np.array([0, 1, 1]))
        >>> {name: round(float(value[0]), 3) for name, value in values.items()}
        {'uar': 0.75, 'log_loss': 0.646, 'ece': 0.433}
    """
    n = len(truth)
    times = np.ones((1, n)) if times is None else times
    right = found.argmax(axis=1) == truth
    members = np.eye(found.shape[1])[truth]
    support, hits = times @ members, times @ (members * right[:, np.newaxis])
    recalls = np.divide(hits, support, out=np.full(support.shape, np.nan), where=support > 0)
    losses = -np.log(np.maximum(found[np.arange(n), truth], 1e-15))
    confidence = found.max(axis=1)
    place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = times @ (np.eye(_BINS)[place] * (confidence - right)[:, np.newaxis])
    total = times.sum(axis=1)
    return {
        "uar": np.nanmean(recalls, axis=1),
        "log_loss": times @ losses / total,
        "ece": np.abs(gaps).sum(axis=1) / total,
    }


def compare(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    truth: NDArray[np.int64],
    children: NDArray[np.int64],
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Gain]:
    """Compare probabilities of the same clips.

    Args:
        before: Probabilities of the model, float64, shape (n, n_classes).
        after: Those of the adapted model.
        truth: Class indices, shape (n,).
        children: Number of the child of each clip, shape (n,).
        resamples: Number of bootstrap resamples of children.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.

    Returns:
        Gains by metric, in the order of `METRICS`.

    Examples:
        >>> before, after = np.array([[0.4, 0.6]] * 4), np.array([[0.9, 0.1]] * 4)
        >>> found = compare(before, after, np.zeros(4, int), np.arange(4))
        >>> found["uar"].gain, found["uar"].is_sure
        (1.0, True)
    """
    _, child = np.unique(children, return_inverse=True)
    n = int(child.max()) + 1
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n, np.full(n, 1 / n), resamples)[:, child].astype(np.float64)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    old, new = (figures(each, truth) for each in (before, after))
    drawn = [figures(each, truth, times) for each in (before, after)]
    result = {}
    for name, is_higher_better in METRICS.items():
        sign = 1.0 if is_higher_better else -1.0
        low, high = np.quantile(sign * (drawn[1][name] - drawn[0][name]), tails).tolist()
        first, second = float(old[name][0]), float(new[name][0])
        result[name] = Gain(first, second, sign * (second - first), low, high)
    return result
