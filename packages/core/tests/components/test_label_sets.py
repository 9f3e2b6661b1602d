"""Label sets, compared with MAPIE, and isotonic maps, compared with scikit-learn."""

from typing import Literal

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from numpy.typing import NDArray
from pydantic import ValidationError
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.isotonic import IsotonicRegression

from vocalbaby.components.calibration_maps import fit_isotonic
from vocalbaby.components.decision_fitting import conformal_sets
from vocalbaby.entity.calibration_parts import ConformalSets, IsotonicMap
from vocalbaby.models.calibration import apply_isotonic
from vocalbaby.models.conformal import label_sets

Probabilities = NDArray[np.float64]


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier whose input has the probabilities."""

    def __init__(self) -> None:
        self.classes_ = np.arange(3)
        self.is_fitted_ = True

    def fit(self, x: Probabilities, y: NDArray[np.int64]) -> "Given":
        assert len(x) == len(y)
        return self

    def predict_proba(self, x: Probabilities) -> Probabilities:
        return x

    def predict(self, x: Probabilities) -> NDArray[np.intp]:
        result: NDArray[np.intp] = x.argmax(axis=1)
        return result


def drawn(n: int, seed: int) -> tuple[Probabilities, NDArray[np.int64]]:
    """Probabilities that are too sure, and labels."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    scores = rng.normal(0, 1.5, (n, 3)) + 2 * np.eye(3)[truth]
    weights = np.exp(1.5 * scores)
    return weights / weights.sum(axis=1, keepdims=True), truth


@pytest.mark.filterwarnings("ignore:WARNING. your conformalization dataset has less labels")
def test_sets_equal_those_of_mapie_for_each_class() -> None:
    known, truth = drawn(150, 0)
    new, _ = drawn(60, 1)
    found = label_sets(new, conformal_sets(known, truth, 0.85))
    for label in range(3):  # MAPIE on the clips of a class alone has the limit of this class
        own = truth == label
        reference = SplitConformalClassifier(
            Given(), confidence_level=0.85, conformity_score="lac", prefit=True
        )
        reference.conformalize(known[own], truth[own])
        _, sets = reference.predict_set(new)
        np.testing.assert_array_equal(found[:, label], sets[:, label, 0])
    assert 0.1 < found.mean() < 0.9


def test_adaptive_sets_equal_those_of_mapie() -> None:
    known, truth = drawn(150, 0)
    new, _ = drawn(60, 1)
    reference = SplitConformalClassifier(
        Given(), confidence_level=0.85, conformity_score="aps", prefit=True, random_state=0
    )
    reference.conformalize(known, truth)
    options = {"include_last_label": False}
    _, sets = reference.predict_set(new, conformity_score_params=options)
    # MAPIE has one limit for all classes, subtracts noise when it fits it, and always includes the
    # most probable label.
    [limit] = reference._mapie_classifier.conformity_score_function_.quantiles_
    common = ConformalSets(score="aps", coverage=0.85, quantiles=(float(limit),) * 3)
    most_probable = np.eye(3, dtype=bool)[new.argmax(axis=1)]
    np.testing.assert_array_equal(label_sets(new, common) | most_probable, sets[:, :, 0])
    assert (label_sets(new, common).sum(axis=1) > 1).any()


def test_each_class_is_covered() -> None:
    known, truth = drawn(3000, 2)
    new, labels = drawn(3000, 3)
    scores: tuple[Literal["lac", "aps"], ...] = ("lac", "aps")
    for score in scores:
        found = label_sets(new, conformal_sets(known, truth, 0.9, score))
        hits = found[np.arange(len(labels)), labels]
        for label in range(3):
            assert 0.87 < hits[labels == label].mean() < 0.93


def test_a_class_with_few_clips_is_in_every_set() -> None:
    known, truth = drawn(60, 4)
    truth[truth == 2] = 1
    sets = conformal_sets(known, truth, 0.9)
    assert sets.quantiles[2] == 1.0
    assert label_sets(np.array([[1.0, 0.0, 0.0]]), sets)[0, 2]


def test_isotonic_maps_equal_scikit_learn_and_rows_sum_to_one() -> None:
    known, truth = drawn(200, 5)
    new, _ = drawn(100, 6)
    weights = np.random.default_rng(0).uniform(0.5, 2, 200)
    maps = fit_isotonic(known, truth, weights)
    expected = np.empty_like(new)
    for label in range(3):
        model = IsotonicRegression(y_min=1 / 202, y_max=1 - 1 / 202, out_of_bounds="clip")
        model.fit(known[:, label], (truth == label).astype(float), sample_weight=weights)
        expected[:, label] = model.predict(new[:, label])
    found = apply_isotonic(
        new, [IsotonicMap.model_validate_json(m.model_dump_json()) for m in maps]
    )
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6, rtol=0)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    for row in range(5):  # a clip does not depend on the others
        np.testing.assert_array_equal(apply_isotonic(new[row : row + 1], maps)[0], found[row])


def test_isotonic_maps_never_divide_by_zero() -> None:
    known, truth = drawn(50, 7)
    maps = fit_isotonic(known, np.where(truth == 2, 0, truth), np.ones(50))
    assert np.isfinite(apply_isotonic(np.zeros((1, 3)), maps)).all()
    for y in ((0.0, 1.0), (0.9, 0.1)):
        with pytest.raises(ValidationError):
            IsotonicMap(x=(0.1, 0.2), y=y)
    with pytest.raises(ValidationError, match="ascend"):
        IsotonicMap(x=(0.2, 0.2), y=(0.1, 0.2))
    with pytest.raises(ValidationError):
        IsotonicMap(x=tuple(np.linspace(0, 1, 10_001)), y=tuple(np.linspace(0.1, 1, 10_001)))
    with pytest.raises(ValidationError):
        ConformalSets(score="lac", coverage=1.0, quantiles=(0.5,))
