"""The analysis of a window as a whole."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift import analysis
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.estimated_uar import Estimate, estimate_uar
from vocalbaby.monitoring.drift.window import Window


def test_the_uar_is_estimated_for_the_prior_of_the_model(
    predictor: Predictor,
    window: Window,
    config: DriftConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def noted(probabilities: NDArray[np.float64], prior: tuple[float, ...]) -> Estimate:
        seen.append(prior)
        return estimate_uar(probabilities, prior)

    monkeypatch.setattr(analysis, "estimate_uar", noted)
    analysis.analyse(predictor, window, config)
    expected = predictor.bundle.calibration.class_prior
    assert len(set(expected)) > 1
    assert seen == [expected, expected]
