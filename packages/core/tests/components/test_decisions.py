"""Methods of calibration, thresholds for a precision, coverage and reliability."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from vocalbaby.components import calibration_maps
from vocalbaby.components.calibration_maps import Method, fit_map, held_out
from vocalbaby.components.coverage import measure_coverage
from vocalbaby.components.decision_fitting import precision_bound, precision_thresholds
from vocalbaby.components.held_out import HeldOutClips
from vocalbaby.components.metrics import calibration_error
from vocalbaby.components.reliability import reliability


def clips(n: int = 120) -> HeldOutClips:
    """Clips of 12 children with margins that are twice too large."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, n)
    margins = 2 * (rng.normal(0, 1, (n, 3)) + 1.5 * np.eye(3)[truth])
    numbers = [str(i % 12) for i in range(n)]
    meta = pd.DataFrame({"corpus": "A", "child_ID": numbers})
    rest = np.zeros(n), np.zeros(n, np.bool_)
    return HeldOutClips(meta, truth, margins.astype(np.float32), *rest)


@pytest.mark.parametrize("method", get_args(Method))
def test_each_method_improves_the_log_loss(method: Method) -> None:
    given = clips()
    rows = np.arange(len(given.truth)), given.truth
    found = fit_map(given, np.ones(len(given.truth)), 0.05, method)
    plain = np.exp(given.margins.astype(float))
    plain /= plain.sum(axis=1, keepdims=True)
    after = found.apply(given.margins)
    assert -np.log(after[rows]).mean() < -np.log(plain[rows]).mean()
    assert (found.isotonic != ()) == (method == "isotonic")
    assert found.bias.any() == (method != "temperature")
    np.testing.assert_allclose(after.sum(axis=1), 1)


def test_the_maps_of_a_fold_do_not_see_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    given = clips()
    seen: list[set[str]] = []

    def recorded(part: HeldOutClips, *rest: object) -> calibration_maps.ProbabilityMap:
        seen.append(set(part.meta.child_ID))
        return calibration_maps.ProbabilityMap(float(len(seen)), np.zeros(3))

    monkeypatch.setattr(calibration_maps, "fit_map", recorded)
    found = held_out(given, np.ones(len(given.truth)), 0.05, "isotonic", 4)
    assert len(seen) == 4
    for number, known in enumerate(seen, start=1):
        here = ~given.meta.child_ID.isin(known).to_numpy()
        assert here.sum() == 30
        expected = calibration_maps.ProbabilityMap(float(number), np.zeros(3))
        np.testing.assert_array_equal(found[here], expected.apply(given.margins[here]))


def test_the_threshold_is_the_smallest_with_the_precision() -> None:
    highest = np.array([0.95, 0.9, 0.9, 0.8, 0.7, 0.6])
    found = np.stack([highest, 1 - highest], axis=1)
    truth = np.array([0, 0, 1, 0, 0, 1])
    names, wanted = ("Crying", "Junk"), {"Crying": 0.75, "Junk": 0.5, "Laughing": 0.5}
    crying, junk = precision_thresholds(found, truth, names, wanted, "point")
    assert (crying.threshold, crying.precision, crying.clips) == (0.7, 0.8, 5)
    assert junk.threshold is None  # no label is Junk
    assert precision_thresholds(found, truth, names, {"Crying": 0.99}, "point")[0].threshold == 0.95
    assert precision_thresholds(found, truth, names, {"Crying": 0.99})[0].threshold is None


def test_the_lower_bound_is_that_of_wilson() -> None:
    z, n, right = 1.6448536269514722, 40, 37
    bound = precision_bound(np.array([right]), np.array([n]))[0]
    # The bound is where the observed share is z standard errors above it.
    assert (right / n - bound) / np.sqrt(bound * (1 - bound) / n) == pytest.approx(z)


def test_intervals_of_the_coverage_are_over_children() -> None:
    answers = pd.DataFrame(
        {
            "Answer": ["Crying"] * 40 + ["Junk"] * 10,
            "child_ID": [str(i // 20) for i in range(40)] + ["9"] * 10,
            "corpus": "A",
            "label_set": ["Crying"] * 20 + ["Junk;Crying"] * 10 + [""] * 10 + ["Junk"] * 10,
        }
    )
    found = measure_coverage(answers, ("Crying", "Junk", "Laughing"), resamples=300)
    assert list(found) == ["Crying", "Junk", "all"]
    crying = found["Crying"]
    assert (crying.coverage, crying.size, crying.low, crying.high) == (0.75, 1.0, 0.5, 1.0)
    assert measure_coverage(answers.drop(columns="label_set"), ("Crying",)) == {}


def test_reliability_agrees_with_the_calibration_error() -> None:
    rng = np.random.default_rng(1)
    confidence, right = rng.uniform(0.2, 1, 200), rng.uniform(size=200) < 0.7
    table = reliability(confidence, right, 10)
    gap = (table.n * (table.confidence - table.accuracy).abs()).sum() / table.n.sum()
    assert gap == pytest.approx(calibration_error(confidence, right, 10))
    assert table.n.sum() == 200
