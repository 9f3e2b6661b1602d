import numpy as np

from vocalbaby.models.calibration import probabilities


def test_probabilities_are_the_softmax_of_scaled_margins() -> None:
    margins = np.array([[2.0, 0.0, -4.0], [900.0, 0.0, -900.0]], np.float32)
    found = probabilities(margins, 2.0, (0.0, 1.0, 0.0))
    weights = np.exp([1.0, 1.0, -2.0])
    np.testing.assert_allclose(found[0], weights / weights.sum())
    np.testing.assert_allclose(found[1], [1.0, 0.0, 0.0], atol=1e-100)
