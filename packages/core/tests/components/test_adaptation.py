"""Adaptation of a model's scores to a laboratory's clips."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.writing import build_bundle
from vocalbaby.components import adaptation_choice
from vocalbaby.components.adaptation import Adaptation, LabData, adapt
from vocalbaby.components.adaptation_bundle import adapted_card, adapted_content
from vocalbaby.components.adaptation_choice import LabScores, cross_validate
from vocalbaby.components.adaptation_data import LabClip
from vocalbaby.components.adaptation_methods import (
    METHODS,
    AdaptationMethod,
    estimate_priors,
    fit_adjustment,
    scores_of,
)
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.models.calibration import calibrated

EQUAL = np.full(5, 0.2)


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    return read_bundle(default_bundle_path())


def lab(n: int = 100, children: int = 10, shift: float = 2.5, seed: int = 0) -> LabData:
    """Clips on whose microphone Junk is too probable."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 5
    margins = rng.normal(0, 0.7, (n, 5)) + 2 * np.eye(5)[truth]
    margins[:, 4] += shift
    clips = [
        LabClip(Path("a.wav"), ("mine", str(i // 5 % children)), CLASSES[label])
        for i, label in enumerate(truth.tolist())
    ]
    return LabData(clips, margins.astype(np.float32), "1" * 64)


def test_a_shift_is_corrected_and_the_gain_is_sure(bundle: ModelBundle) -> None:
    found = adapt(bundle, lab())
    assert found.gains is not None
    assert found.is_gain
    assert found.method in {"calibration", "head"}
    assert found.gains["uar"].after > found.gains["uar"].before + 0.1
    assert found.verdict.startswith("Gain in UAR: 0.")


def test_no_gain_is_reported_if_there_is_nothing_to_correct(bundle: ModelBundle) -> None:
    margins = lab().margins
    margins[:, 4] -= 2.5
    found = adapt(bundle, replace(lab(), margins=margins * 1.5), method="calibration")
    assert not found.is_gain
    assert "the interval includes 0" in found.verdict
    nothing = adapt(
        bundle, replace(lab(), margins=20 * np.eye(5, dtype=np.float32)[np.arange(100) % 5])
    )
    assert (nothing.method, nothing.calibration) == ("none", bundle.calibration)


@pytest.mark.parametrize("method", METHODS)
def test_the_new_calibration_gives_the_probabilities_of_the_map(
    bundle: ModelBundle, method: AdaptationMethod
) -> None:
    data = lab()
    truth = np.arange(100) % 5
    calibration = bundle.calibration
    for _ in range(2):  # an adapted model can be adapted again
        scores = scores_of(data.margins, calibration)
        found = fit_adjustment(method, scores, truth, np.array([0.4, 0.3, 0.1, 0.1, 0.1]))
        calibration = found.fold_into(calibration)
        np.testing.assert_allclose(
            calibrated(data.margins, calibration), found.apply(scores), atol=1e-12
        )
    assert bool(calibration.matrix) == (method == "head")


def test_neither_fit_nor_choice_sees_the_children_that_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    children = np.arange(60) // 6
    scores = rng.normal(size=(60, 5))
    scores[:, 0] = children  # shows the child of a clip
    given = LabScores(scores, rng.integers(0, 5, 60), children, EQUAL)
    real = adaptation_choice.choose
    chosen_from: list[set[float]] = []

    def recorded(known: LabScores, *rest: object) -> AdaptationMethod:
        chosen_from.append(set(known.children.tolist()))
        return real(known, ("none", "calibration"), "uar")

    monkeypatch.setattr(adaptation_choice, "choose", recorded)
    found = cross_validate(given, METHODS, "uar")
    held_out = [set(range(10)) - each for each in chosen_from]
    assert sorted(child for each in held_out for child in each) == list(range(10))
    labels = given.truth.copy()
    labels[children == 3] = labels[children == 3][::-1]
    assert (labels != given.truth).any()
    other = cross_validate(replace(given, truth=labels), METHODS, "uar")
    fold = next(each for each in held_out if 3 in each)
    own = np.isin(children, list(fold))
    np.testing.assert_array_equal(found[own], other[own])  # its labels do not matter to itself


def test_priors_are_found_without_labels() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(5, 2000, p=[0.5, 0.2, 0.1, 0.1, 0.1])
    scores = rng.normal(0, 1, (2000, 5)) + 2 * np.eye(5)[truth]
    exact = np.exp(2 * scores)  # Bayes' rule with equal frequencies
    found = estimate_priors(exact / exact.sum(axis=1, keepdims=True), EQUAL)
    np.testing.assert_allclose(found, np.bincount(truth) / 2000, atol=0.03)


def test_without_labels_the_priors_are_adapted_and_the_gain_is_not_known(
    bundle: ModelBundle,
) -> None:
    found = adapt(bundle, None, lab())
    assert (found.method, found.gains, found.unlabelled) == ("prior", None, 100)
    assert found.calibration.class_prior != bundle.calibration.class_prior
    with pytest.raises(DataError, match="needs labelled clips"):
        adapt(bundle, None, lab(), method="head")


def few(data: LabData, rows: NDArray[np.bool_]) -> LabData:
    clips = [clip for clip, row in zip(data.clips, rows, strict=True) if row]
    return LabData(clips, data.margins[rows], "")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.arange(100) < 19, "There are 19 labelled clips that can be used; 20 are needed."),
        (np.arange(100) % 5 == 2, "All labelled clips are Crying."),
        (np.arange(100) % 5 != 3, "No labelled clip is Laughing."),
    ],
)
def test_unsuitable_clips_are_refused(
    bundle: ModelBundle, rows: NDArray[np.bool_], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        adapt(bundle, few(lab(), rows))


def test_clips_of_one_child_are_refused(bundle: ModelBundle) -> None:
    with pytest.raises(DataError, match="of one child"):
        adapt(bundle, lab(children=1))


def test_missing_classes_can_be_allowed(bundle: ModelBundle) -> None:
    rows = np.arange(100) % 5 > 1
    found = adapt(bundle, few(lab(), rows), allow_missing=True, method="calibration")
    assert found.clips["Canonical"] == 0
    assert found.calibration.bias[0] < bundle.calibration.bias[0]


def built(parent: ModelBundle, made: Adaptation) -> ModelBundle:
    content = adapted_content(parent, made)
    return build_bundle(content, card=lambda manifest: adapted_card(parent, made, manifest))


def test_the_bundle_and_its_card_say_what_it_comes_from(bundle: ModelBundle) -> None:
    found = adapt(bundle, lab(), method="head")
    again = bundle
    for _ in range(2):
        again = built(again, found)
    assert again.manifest.kind == bundle.manifest.kind
    assert again.manifest.metrics["adaptation"]["parent"] == bundle.manifest.version
    assert again.manifest.version != bundle.manifest.version
    assert again.card.count("## Adaptation") == 1
    assert f"# Model card: {again.manifest.version}" in again.card
    assert again.calibration.matrix
    assert b'"matrix"' not in bundle.calibration.model_dump_json().encode()
