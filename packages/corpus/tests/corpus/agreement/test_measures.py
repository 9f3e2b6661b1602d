"""Measures are those of scikit-learn and of published worked examples."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from vocalbaby.corpus.agreement import measures
from vocalbaby.corpus.agreement.paired_figures import bland_altman, icc_2_1, pearson


def confusion(a: list[str], b: list[str]) -> NDArray[np.float64]:
    names = sorted({*a, *b})
    return np.asarray(metrics.confusion_matrix(a, b, labels=names), float)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_uar_and_classes_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, 300, p=[0.4, 0.3, 0.2, 0.1, 0.0])
    given = np.where(rng.random(300) < 0.7, truth, rng.choice(5, 300))  # class 4 on one side only
    counts = np.asarray(metrics.confusion_matrix(truth, given, labels=range(5)), float)
    assert measures.kappa(counts) == pytest.approx(metrics.cohen_kappa_score(truth, given))
    assert measures.agreement(counts) == pytest.approx(metrics.accuracy_score(truth, given))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # y_pred contains classes not in y_true
        balanced = metrics.balanced_accuracy_score(truth, given)
    assert measures.uar(counts) == pytest.approx(balanced)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, given, labels=range(4), zero_division=np.nan
    )
    found = measures.class_measures(counts)
    assert found["precision"][:4] == pytest.approx(precision)
    assert found["recall"][:4] == pytest.approx(recall)
    assert found["f1"][:4] == pytest.approx(f1)
    assert np.isnan(found["recall"][4])
    one = metrics.cohen_kappa_score(truth == 2, given == 2)
    assert found["kappa"][2] == pytest.approx(one)


def test_many_matrices_have_the_measures_of_each() -> None:
    rng = np.random.default_rng(0)
    many = rng.integers(0, 50, (7, 4, 4)).astype(float)
    for measure in (measures.agreement, measures.kappa, measures.alpha, measures.uar):
        assert measure(many) == pytest.approx([float(measure(each)) for each in many])


def test_alpha_is_that_of_krippendorffs_worked_examples() -> None:
    """Krippendorff (2011), parts A and B: 0.095 and 0.692."""
    meg, owen = list("0100000010"), list("1110010000")
    assert measures.alpha(confusion(meg, owen)) == pytest.approx(0.095, abs=5e-4)
    ben, gerry = list("aabbdcccedda"), list("babbbccceddd")
    assert measures.alpha(confusion(ben, gerry)) == pytest.approx(0.692, abs=5e-4)


def test_measures_that_are_not_defined_are_nan() -> None:
    one = np.array([[10.0, 0.0], [0.0, 0.0]])
    assert measures.agreement(one) == 1.0
    assert np.isnan(measures.kappa(one))
    assert np.isnan(measures.kappa(np.zeros((2, 2))))
    assert all(np.isnan(rate) for rate in measures.error_rates(np.zeros(8)).values())


#: Six targets and four coders of Shrout and Fleiss (1979), table 2.
RATED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    """ICC(2,1) is 0.29, and its interval of 95 % is from 0.02 to 0.76."""
    found = icc_2_1(np.array(RATED, float))
    assert [round(value, 2) for value in found] == [0.29, 0.02, 0.76]


def test_a_constant_shift_lowers_icc_and_not_the_correlation() -> None:
    a = np.array([1.0, 2, 3, 4, 5, 6])
    assert pearson(a, a + 2).value == pytest.approx(1)
    assert icc_2_1(np.stack([a, a + 2], axis=1)).value == pytest.approx(0.636, abs=5e-4)


def test_limits_of_agreement_are_two_deviations_around_the_bias() -> None:
    a, b = np.array([10.0, 12, 14, 9]), np.array([11.0, 12, 16, 8])
    found = bland_altman(a, b)
    sd = np.std([1, 0, 2, -1], ddof=1)
    assert found["bias"].value == pytest.approx(0.5)
    assert found["limit_low"].value == pytest.approx(0.5 - 1.96 * sd)
    assert found["limit_high"].value == pytest.approx(0.5 + 1.96 * sd)
    assert found["bias"].low < 0.5 < found["bias"].high


def test_too_few_figures_have_no_correlation() -> None:
    two = np.array([1.0, 2.0])
    assert np.isnan(pearson(two, two).value)
    assert np.isnan(icc_2_1(np.stack([two, two], axis=1)).value)
    assert np.isnan(bland_altman(two, two)["bias"].value)
