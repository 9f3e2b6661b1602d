"""Drifts that were planted are found and named; benchmarks/drift/run.py has the full table."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.drift.planted import FAULTS, Clips, PlantedFault, synthetic_clips
from benchmarks.drift.run import extract, sample_of, says_drift, window_of, with_reference
from vocalbaby import inference
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.analysis import analyse
from vocalbaby.monitoring.drift.causes import CAUSES
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.null_distribution import limits
from vocalbaby.monitoring.drift.sample import reference_sample
from vocalbaby.monitoring.drift.window_checks import check_window

CONFIG = DriftConfig.model_validate({"score": {"resamples": 30}, "report": {"columns": 1}})
#: One fault of each kind; benchmarks/drift/run.py plants all of them.
CHOSEN = (
    "noise, 5 to 15 dB SNR",
    "microphone, low-pass at 1.5 kHz",
    "older children",
    "more crying",
    "decoder: an octave too low",
    "decoder: bytes swapped",
    "decoder: zeros",
)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """The default model with a synthetic reference, as the windows are."""
    return with_reference(inference.load(), synthetic_clips(1, 30, 10))


@pytest.fixture(scope="module")
def window() -> Clips:
    """A window with other children than the reference."""
    return synthetic_clips(2, 30, 6)


@pytest.fixture(scope="module")
def analyse_clips(predictor: Predictor) -> Callable[[Clips], dict[str, Any]]:
    def analyse_clips(clips: Clips) -> dict[str, Any]:
        found = window_of(extract(clips, predictor), clips.children, predictor)
        reference = reference_sample(predictor)[0].values
        fault = check_window(found, reference, predictor.manifest, CONFIG.window)
        if fault is not None:
            return {"outcome": fault.outcome, "causes": [fault.cause]}
        fields = analyse(predictor, found, CONFIG).fields
        return fields | {"causes": [cause.code for cause in fields["causes"]]}

    return analyse_clips


def test_a_window_of_other_children_is_not_drift(
    analyse_clips: Callable[..., Any], window: Clips
) -> None:
    assert analyse_clips(window)["outcome"] == "no_drift"


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name in CHOSEN], ids=lambda f: f.name)
def test_planted_drift_is_found_and_its_cause_is_named(
    analyse_clips: Callable[..., Any], window: Clips, fault: PlantedFault
) -> None:
    same_clips = fault.shares is None and fault.name != "older children"
    found = analyse_clips(window.changed(fault.change, 3) if same_clips else fault.clips(2, 30, 6))
    assert found["outcome"] in {"drift", "missing_values"}
    assert found["causes"][0] == fault.cause
    if found["outcome"] == "drift":
        assert CAUSES[fault.cause].message in found["summary"][1]
        assert found["summary"][1].startswith("Possible cause: ")


def test_every_cause_is_planted_once() -> None:
    assert {f.cause for f in FAULTS} == set(CAUSES) - {"younger_children"}
    assert {f.name for f in FAULTS} >= set(CHOSEN)


def test_at_most_one_of_twenty_windows_without_drift_is_called_drift(predictor: Predictor) -> None:
    """Each window has 60 clips of 20 other children."""
    clips = synthetic_clips(4, 60, 5)
    everyone = sample_of(extract(clips, predictor), clips.children, predictor)
    reference = reference_sample(predictor)[0]
    allowed = limits(reference, 60, CONFIG.score.model_copy(update={"resamples": 100}))
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(20):
        children = rng.choice(60, 20, replace=False)
        places = np.flatnonzero(np.isin(everyone.groups, children))
        alarms += says_drift(reference, everyone.rows(rng.permutation(places)[:60]), allowed)
    assert alarms <= 1
