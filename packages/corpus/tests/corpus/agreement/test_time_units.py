"""Time units and seconds are counted as a plain loop over time counts them."""

from collections import Counter

import numpy as np
import pytest

from packages.corpus.tests.corpus.agreement.helpers_agreement import Rows, labels_of, random_rows
from vocalbaby.corpus.agreement.stretches import merge
from vocalbaby.corpus.agreement.time_units import ERRORS, error_seconds, unit_confusions
from vocalbaby.corpus.agreement.tracks import track_of

CLASSES = ("A", "B", "C")
#: Whole tenths, so that every step of 10 ms is within a region or outside.
REGIONS = [(1.0, 6.0), (7.5, 8.0), (12.3, 19.0)]


def shares(rows: Rows, time: float) -> dict[str, float]:
    """Equal shares of the classes at a time."""
    found = sorted(set(labels_of(rows, time))) or ["none"]
    return dict.fromkeys(found, 1 / len(found))


def slow_units(a: Rows, b: Rows, unit_s: float) -> np.ndarray:
    """Confusion of units, one unit after another."""
    names = [*CLASSES, "none"]
    found = np.zeros((4, 4))
    for i in range(round(25 / unit_s)):
        time = (i + 0.5) * unit_s
        if not any(start <= time < end for start, end in REGIONS):
            continue
        left, right = shares(a, time), shares(b, time)
        for name in set(left) & set(right):
            common = min(left[name], right[name])
            found[names.index(name), names.index(name)] += common
            left[name] -= common
            right[name] -= common
        rest = sum(left.values())
        for one, x in left.items():
            for two, y in right.items():
                if x > 0 and y > 0:
                    found[names.index(one), names.index(two)] += x * y / rest
    return found


def slow_seconds(a: Rows, b: Rows, collar: float) -> np.ndarray:
    """Seconds of errors, one hundredth after another."""
    edges = [t for start, end, _ in a if end > start for t in (start, end)]
    found = dict.fromkeys(ERRORS, 0.0)
    for i in range(2500):
        time = (i + 0.5) / 100
        inside = any(start <= time < end for start, end in REGIONS)
        if not inside or any(abs(time - edge) < collar / 2 for edge in edges):
            continue
        true, given = (Counter(labels_of(rows, time)) for rows in (a, b))
        n, m, correct = true.total(), given.total(), (true & given).total()
        found["missed"] += 0.01 * (n > 0 and m == 0)
        found["false"] += 0.01 * (m > 0 and n == 0)
        found["detected"] += 0.01 * (m > 0 and n > 0)
        found["true"] += 0.01 * (n > 0)
        found["confused"] += 0.01 * (min(n, m) - correct)
        found["missed_labels"] += 0.01 * max(n - m, 0)
        found["false_labels"] += 0.01 * max(m - n, 0)
        found["true_labels"] += 0.01 * n
    return np.array([found[name] for name in ERRORS])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("unit_s", [0.02, 0.1, 0.25])
def test_units_are_those_of_a_loop(seed: int, unit_s: float) -> None:
    a, b = random_rows(seed, CLASSES), random_rows(1000 + seed, CLASSES)
    cuts = np.array([1.0, 4.0, 10.0, 19.0])
    found = unit_confusions(
        track_of(a, CLASSES),
        track_of(b, CLASSES),
        within=merge(REGIONS),
        cell_cuts=cuts,
        unit_s=unit_s,
        n_classes=3,
    )
    assert found.sum(axis=0) == pytest.approx(slow_units(a, b, unit_s))
    # The cells before and after 10 s have the units whose centres are there.
    centres = (np.arange(round(25 / unit_s)) + 0.5) * unit_s
    inside = np.any([(centres >= x) & (centres < y) for x, y in REGIONS], axis=0)
    assert found[2].sum() == pytest.approx((inside & (centres > 10)).sum())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("collar", [0.0, 0.3])
def test_seconds_are_those_of_a_loop(seed: int, collar: float) -> None:
    a, b = random_rows(seed, CLASSES), random_rows(1000 + seed, CLASSES)
    found = error_seconds(
        track_of(a, CLASSES),
        track_of(b, CLASSES),
        within=merge(REGIONS),
        cell_cuts=np.array([0.0, 5.0, 25.0]),
        collar_s=collar,
        n_classes=3,
    )
    assert found.sum(axis=0) == pytest.approx(slow_seconds(a, b, collar), abs=1e-6)


def test_rows_and_columns_of_shared_units_are_the_shares_of_each_side() -> None:
    """With two labels against one, half the unit agrees and half is confused."""
    a = track_of([(0, 1, "A"), (0, 1, "B")], CLASSES)
    b = track_of([(0, 1, "A")], CLASSES)
    found = unit_confusions(
        a, b, within=merge([(0, 1)]), cell_cuts=np.array([0.0, 1.0]), unit_s=0.1, n_classes=3
    )[0]
    assert found[0, 0] == pytest.approx(5)
    assert found[1, 0] == pytest.approx(5)
    assert found.sum() == pytest.approx(10)


def test_a_boundary_at_the_centre_of_a_unit_is_before_it() -> None:
    """Also where the quotient is rounded up: 1.11 over 0.02 is more than 55.5 in floating point."""
    a = track_of([(1.07, 1.11, "A"), (1.11, 1.15, "B")], CLASSES)
    found = unit_confusions(
        a, a, within=merge([(1, 2)]), cell_cuts=np.array([1.0, 2.0]), unit_s=0.02, n_classes=3
    )[0]
    assert np.diag(found).tolist() == [2, 2, 0, 46]
