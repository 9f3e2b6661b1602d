"""Effect sizes of columns, with and without values on either side, and their description."""

import numpy as np
import pytest

from vocalbaby.entity.features import Column
from vocalbaby.monitoring.drift.effect_sizes import EffectSizes, effect_sizes
from vocalbaby.monitoring.drift.summary import describe_groups
from vocalbaby.monitoring.drift_result import ColumnResult

COLUMNS = (Column("f0_q50", "semitones", "F0", "prosody"), Column("b", "1", "b", "g"))
NAN = np.nan


def sizes(reference: list[float], current: list[float]) -> tuple[float, float, float]:
    one, other = (np.array([side, side]).T for side in (reference, current))
    found = effect_sizes(one, other, COLUMNS)
    assert found.units == {"f0_q50": "semitones", "b": "1"}
    for values in (found.z, found.change, found.ratio):
        assert values["f0_q50"] == values["b"]
    return found.z["b"], found.change["b"], found.ratio["b"]


@pytest.mark.parametrize(
    ("reference", "current"),
    [([NAN, NAN], [1.0, 2.0]), ([1.0, 2.0], [NAN, NAN]), ([NAN, NAN], [NAN, NAN])],
    ids=["reference", "window", "both"],
)
def test_a_column_without_values_on_a_side_has_no_effect(
    reference: list[float], current: list[float]
) -> None:
    assert sizes(reference, current) == (0.0, 0.0, 1.0)


def test_effects_are_those_of_the_values_that_are_not_missing() -> None:
    # Means 2 and 4, standard deviation 1, medians 2 and 3.
    assert sizes([1.0, 3.0, NAN, NAN], [3.0, 3.0, 6.0, NAN]) == (2.0, 1.0, 2.0)


def test_effects_are_bounded_where_the_reference_does_not_vary() -> None:
    assert sizes([2.0, 2.0], [3.0, 3.0]) == (99.0, 1.0, 1.5)
    assert sizes([2.0, 2.0], [1.0, 1.0]) == (-99.0, -1.0, 0.5)
    assert sizes([-1.0, 1.0], [3.0, 3.0]) == (3.0, 3.0, 1.0)


def line(z: float, change: float, unit: str = "semitones") -> str:
    column = ColumnResult(
        name="f0_q50",
        group="prosody",
        method="wasserstein",
        distance=1.0,
        threshold=0.5,
        drifted=True,
        shift=z,
        missing_reference=0.0,
        missing_current=0.0,
        missing_drifted=False,
    )
    effects = EffectSizes({"f0_q50": z}, {"f0_q50": change}, {"f0_q50": 1.0}, {"f0_q50": unit})
    return describe_groups([column], effects, drifted=True)[-1]


def test_a_change_is_described_with_its_amount_and_direction() -> None:
    assert line(1.0, 2.5) == "Direction: F0 (median) 2.5 semitones higher."
    assert line(-1.0, -2.5) == "Direction: F0 (median) 2.5 semitones lower."
    assert line(1.0, 0.25, unit="1") == "Direction: F0 (median) 0.25 higher."


@pytest.mark.parametrize("change", [0.0, -2.5])
def test_an_amount_that_contradicts_the_direction_is_left_out(change: float) -> None:
    assert line(1.0, change) == "Direction: F0 (median) higher."
    assert line(-1.0, -change) == "Direction: F0 (median) lower."


def test_small_changes_are_not_described() -> None:
    assert line(0.25, 1.0).startswith("Direction")
    assert not line(0.24, 1.0).startswith("Direction")
