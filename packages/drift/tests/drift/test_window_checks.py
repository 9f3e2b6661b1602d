from dataclasses import replace

import numpy as np
import pytest

from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.config import WindowConfig
from vocalbaby.monitoring.drift.sample import Sample
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift.window_checks import WindowFault, check_window


@pytest.fixture
def look(predictor: Predictor, reference: Sample):
    def look(window: Window) -> WindowFault | None:
        return check_window(window, reference.values, predictor.manifest, WindowConfig())

    return look


def test_a_good_window_in_any_order_of_columns(look, window: Window) -> None:
    assert look(window) is None
    turned = replace(window, columns=window.columns[::-1], values=window.values[:, ::-1])
    assert look(turned) is None


@pytest.mark.parametrize(
    ("change", "outcome", "words"),
    [
        (lambda w: {"values": w.values[:99], "groups": w.groups[:99]}, "too_few_rows", "99 rows"),
        (
            lambda w: {"columns": w.columns[2:], "values": w.values[:, 2:]},
            "missing_columns",
            "2 of the model's 105 columns are missing: cepstrum1_mean, cepstrum2_mean",
        ),
        (
            lambda w: {"columns": (*w.columns, "x"), "values": np.c_[w.values, w.values[:, 0]]},
            "extra_columns",
            "1 columns are none of the model's: x",
        ),
        (lambda w: {"model_versions": ("other-1",)}, "wrong_model", "answered by other-1, not"),
        (
            lambda w: {"feature_set": ("spectral_prosodic", "2")},
            "wrong_model",
            "features spectral_prosodic version 2; the model vocalbaby-",
        ),
    ],
)
def test_faults_of_shape(look, window: Window, change, outcome: str, words: str) -> None:
    fault = look(replace(window, **change(window)))
    assert fault is not None
    assert fault.outcome == outcome
    assert words in fault.message


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinite_values(look, window: Window, infinity: float) -> None:
    window.values[7, 3] = infinity
    assert look(window) == (
        "infinite_values",
        "Infinite values, which no feature has: cepstrum4_mean in 1 of 200 rows.",
        None,
    )


def test_missing_values(look, window: Window) -> None:
    window.values[: len(window) // 2, 3] = np.nan
    fault = look(window)
    assert fault.outcome == "missing_values"
    assert "1 of 105 columns" in fault.message
    assert "cepstrum4_mean is missing in 50% of the rows" in fault.message


@pytest.mark.parametrize(
    ("names", "cause"),
    [
        ("", "silence"),
        ("f0_", "decoder"),
        ("modulation_2hz", "short_clips"),
        ("energy_", None),
    ],
)
def test_what_is_missing_hints_at_the_cause(
    look, window: Window, names: str, cause: str | None
) -> None:
    places = [i for i, name in enumerate(window.columns) if name.startswith(names)]
    window.values[:150, places] = np.nan
    assert look(window).cause == cause


def test_what_the_reference_lacks_too_is_no_fault(
    predictor: Predictor, window: Window, reference: Sample
) -> None:
    values = reference.values.copy()
    values[: len(values) // 3, 3] = np.nan
    window.values[: int(len(window) * 0.6), 3] = np.nan
    assert check_window(window, values, predictor.manifest, WindowConfig()) is None


@pytest.mark.parametrize("value", [0.0, 3.25])
def test_constant_columns(look, window: Window, value: float) -> None:
    window.values[:, 5] = value
    message = "The same value in every row: cepstrum6_mean."
    assert look(window) == ("constant_columns", message, None)


def test_what_is_constant_in_the_reference_too_is_no_fault(
    predictor: Predictor, window: Window, reference: Sample
) -> None:
    values = reference.values.copy()
    values[:, 5] = window.values[:, 5] = 0.0
    assert check_window(window, values, predictor.manifest, WindowConfig()) is None


def test_constant_but_for_gaps(look, window: Window) -> None:
    window.values[:, 5] = 1.0
    window.values[:40, 5] = np.nan
    assert look(window).outcome == "constant_columns"
