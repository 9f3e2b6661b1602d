"""Choice of the method of an adaptation by cross-validation over children."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.adaptation_figures import METRICS, figures
from vocalbaby.components.adaptation_methods import AdaptationMethod, Adjustment, fit_adjustment
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.model_selection import StratifiedGroupKFold

__all__ = ["LabScores", "Objective", "choose", "cross_validate"]

Objective = Literal["uar", "log_loss"]

_FOLDS: Final = 5
#: A method must improve the objective by more than this over a simpler one.
_MARGIN: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LabScores:
    """Scores of a laboratory's labelled clips.

    Attributes:
        scores: float64, shape (n, n_classes).
        truth: Class indices, shape (n,).
        children: Number of the child of each clip, shape (n,).
        before: Frequencies that the model assumes, shape (n_classes,).
        prior: Frequencies that were estimated without labels, or None.

    Examples:
        >>> lab = LabScores(np.eye(2), np.arange(2), np.arange(2), np.full(2, 0.5))
        >>> lab.where(np.array([True, False])).truth.tolist()
        [0]
    """

    scores: NDArray[np.float64]
    truth: NDArray[np.int64]
    children: NDArray[np.int64]
    before: NDArray[np.float64]
    prior: NDArray[np.float64] | None = None

    def where(self, mask: NDArray[np.bool_]) -> "LabScores":
        """Select the clips for which ``mask``, shape (n,), is true.

        Args:
            mask: bool, shape (n,).
        """
        rows = self.scores[mask], self.truth[mask], self.children[mask]
        return LabScores(*rows, self.before, self.prior)

    def fit(self, method: AdaptationMethod) -> Adjustment:
        """Fit a method to the clips.

        Args:
            method: The method.
        """
        return fit_adjustment(method, self.scores, self.truth, self.before, self.prior)


def choose(
    lab: LabScores, methods: Sequence[AdaptationMethod], objective: Objective, seed: int = 0
) -> AdaptationMethod:
    """Return the method with the best cross-validated objective; of equal ones, the first.

    Args:
        lab: The clips.
        methods: The methods, the simplest first.
        objective: What is compared.
        seed: Seed of the folds.

    Examples:
        >>> scores = np.tile([[0.0, 1.0], [0.0, 2.0]], (10, 1))
        >>> lab = LabScores(scores, np.arange(20) % 2, np.arange(20) // 2, np.full(2, 0.5))
        >>> choose(lab, ("none", "calibration"), "uar")
        'calibration'
    """
    if len(methods) == 1:
        return methods[0]
    sign = 1.0 if METRICS[objective] else -1.0
    found = np.empty((len(methods), *lab.scores.shape))
    for rest, here in _folds(lab, seed):
        for index, method in enumerate(methods):
            found[index, here] = lab.where(rest).fit(method).apply(lab.scores[here])
    values = [sign * float(figures(each, lab.truth)[objective][0]) for each in found]
    best = 0
    for index, value in enumerate(values):
        best = index if value > values[best] + _MARGIN else best
    return methods[best]


def cross_validate(
    lab: LabScores, methods: Sequence[AdaptationMethod], objective: Objective, seed: int = 0
) -> NDArray[np.float64]:
    """Compute the probabilities of each fold's children after adaptation to the others.

    The method is chosen anew for each fold, by `choose` among its other children (nested
    cross-validation), so the choice does not see the clips that are reported.

    Args:
        lab: The clips.
        methods: The methods.
        objective: What decides.
        seed: Seed of the folds.

    Returns:
        float64, shape (n, n_classes).

    Examples:
        >>> scores = np.tile([[0.0, 1.0], [0.0, 2.0]], (10, 1))
        >>> lab = LabScores(scores, np.arange(20) % 2, np.arange(20) // 2, np.full(2, 0.5))
        >>> found = cross_validate(lab, ("none", "calibration"), "uar")
        >>> found.argmax(axis=1)[:4].tolist()
        [0, 1, 0, 1]
    """
    result = np.empty(lab.scores.shape)
    for rest, here in _folds(lab, seed):
        known = lab.where(rest)
        method = choose(known, methods, objective, seed)
        result[here] = known.fit(method).apply(lab.scores[here])
    return result


def _folds(lab: LabScores, seed: int) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Split by child into folds with similar classes; with one child, the clips themselves."""
    n = len(np.unique(lab.children))
    if n < 2:
        everything = np.ones(len(lab.truth), np.bool_)
        return [(everything, everything)]
    splitter = StratifiedGroupKFold(min(_FOLDS, n), shuffle=True, random_state=seed)
    fold = np.empty(len(lab.truth), np.int64)
    # Folds need not have clips of every class: scikit-learn would warn of rare ones.
    strata = np.where(np.bincount(lab.truth)[lab.truth] < min(_FOLDS, n), -1, lab.truth)
    if (strata == -1).sum() < min(_FOLDS, n):
        strata = np.where(strata == -1, np.bincount(lab.truth).argmax(), strata)
    for number, (_, here) in enumerate(splitter.split(lab.scores, strata, lab.children)):
        fold[here] = number
    return [(fold != number, fold == number) for number in range(fold.max() + 1)]
