import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon

from vocalbaby.monitoring.drift import evidently_adapter
from vocalbaby.monitoring.drift.config import ColumnConfig
from vocalbaby.monitoring.drift.distances import class_distance, wasserstein_distances
from vocalbaby.monitoring.drift.sample import Sample


def test_distances_of_the_null_distribution_equal_those_of_evidently(reference: Sample) -> None:
    """The limits are comparable with the distances in the report."""
    one, other = reference.rows(np.arange(300)), reference.rows(np.arange(300, 500))
    frame, other_frame = (
        pd.DataFrame(side.values).rename(columns=str).assign(prediction=side.predictions.labels)
        for side in (one, other)
    )
    theirs = evidently_adapter.distances(frame, other_frame, ColumnConfig())
    classes = theirs.pop(evidently_adapter.PREDICTION)
    ours = wasserstein_distances(one.values, other.values)
    # Ours are means over 400 quantiles, which miss a part of long tails.
    assert ours == pytest.approx(np.array(list(theirs.values())), abs=0.015, rel=0.05)
    assert class_distance(one.predictions.labels, other.predictions.labels) == pytest.approx(
        classes
    )


def test_jensen_shannon() -> None:
    one, other = np.array(["a"] * 6 + ["b"] * 4), np.array(["b"] * 5 + ["c"] * 5)
    expected = jensenshannon([0.6, 0.4, 0.0], [0.0, 0.5, 0.5])
    assert class_distance(one, other) == pytest.approx(expected)
    assert class_distance(one, one) == 0.0


def test_a_column_without_values_has_distance_zero() -> None:
    empty = np.full((50, 1), np.nan)
    assert wasserstein_distances(np.ones((50, 1)), empty).tolist() == [0.0]
    assert wasserstein_distances(empty, np.ones((50, 1))).tolist() == [0.0]
