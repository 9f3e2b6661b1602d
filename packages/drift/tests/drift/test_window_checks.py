from dataclasses import replace

import numpy as np
import pytest

from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.config import WindowConfig
from vocalbaby.monitoring.drift.sample import Sample
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.drift.window_checks import WindowProblem, check_window


@pytest.fixture
def check(predictor: Predictor, reference: Sample):
    def check(window: Window) -> WindowProblem | None:
        return check_window(window, reference.values, predictor.manifest, WindowConfig())

    return check


def test_a_valid_window_passes_with_columns_in_any_order(check, window: Window) -> None:
    assert check(window) is None
    turned = replace(window, columns=window.columns[::-1], values=window.values[:, ::-1])
    assert check(turned) is None


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
            "The model does not have 1 of the columns: x",
        ),
        (lambda w: {"model_versions": ("other-1",)}, "wrong_model", "predictions of other-1, not"),
        (
            lambda w: {"feature_set": ("spectral_prosodic", "2")},
            "wrong_model",
            "feature set spectral_prosodic version 2, and the model vocalbaby-",
        ),
    ],
)
def test_windows_of_the_wrong_shape_or_model_are_refused(
    check, window: Window, change, outcome: str, words: str
) -> None:
    fault = check(replace(window, **change(window)))
    assert fault is not None
    assert fault.outcome == outcome
    assert words in fault.message


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_infinite_values_are_refused(check, window: Window, infinity: float) -> None:
    window.values[7, 3] = infinity
    assert check(window) == (
        "infinite_values",
        "There are infinite values, which no feature can have: cepstrum4_mean in 1 of 200 rows.",
        None,
    )


def test_a_column_with_mostly_missing_values_is_refused(check, window: Window) -> None:
    window.values[: len(window) // 2, 3] = np.nan
    fault = check(window)
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
def test_missing_groups_suggest_a_cause(
    check, window: Window, names: str, cause: str | None
) -> None:
    places = [i for i, name in enumerate(window.columns) if name.startswith(names)]
    window.values[:150, places] = np.nan
    assert check(window).cause == cause


def test_values_that_the_reference_misses_too_are_accepted(
    predictor: Predictor, window: Window, reference: Sample
) -> None:
    values = reference.values.copy()
    values[: len(values) // 3, 3] = np.nan
    window.values[: int(len(window) * 0.6), 3] = np.nan
    assert check_window(window, values, predictor.manifest, WindowConfig()) is None


@pytest.mark.parametrize("value", [0.0, 3.25])
def test_constant_columns_are_refused(check, window: Window, value: float) -> None:
    window.values[:, 5] = value
    message = "These columns have the same value in every row: cepstrum6_mean."
    assert check(window) == ("constant_columns", message, None)


def test_columns_that_are_constant_in_the_reference_too_are_accepted(
    predictor: Predictor, window: Window, reference: Sample
) -> None:
    values = reference.values.copy()
    values[:, 5] = window.values[:, 5] = 0.0
    assert check_window(window, values, predictor.manifest, WindowConfig()) is None


def test_a_column_with_one_value_and_gaps_is_refused(check, window: Window) -> None:
    window.values[:, 5] = 1.0
    window.values[:40, 5] = np.nan
    assert check(window).outcome == "constant_columns"
