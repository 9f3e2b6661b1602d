import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from vocalbaby import inference
from vocalbaby.bundle.files import pack_bundle, read_bundle
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.clip import Clip, ClipWarning
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import BundleError
from vocalbaby.inference.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(toy_bundle: Path) -> Predictor:
    return inference.load(toy_bundle)


def test_known_sounds_get_their_class(predictor: Predictor, tones: list[Clip]) -> None:
    predictions = predictor.predict(tones)
    assert [p.name for p in predictions] == [clip.name for clip in tones]
    right = [p.label == p.name.split("_")[0] for p in predictions]
    assert sum(right) >= 0.9 * len(tones)
    for p in predictions:
        assert tuple(p.probabilities) == CLASSES
        assert sum(p.probabilities.values()) == pytest.approx(1)
        assert p.model_version == predictor.manifest.version
        assert p.duration_s == 0.5
        if p.label is not None:
            assert p.label == max(p.probabilities, key=p.probabilities.__getitem__)
            assert p.warnings == ()


def test_a_prediction_is_bit_identical_in_any_batch(
    predictor: Predictor, tones: list[Clip]
) -> None:
    whole = predictor.predict(tones)
    assert [predictor.predict([clip])[0] for clip in tones] == whole
    assert predictor.predict(tones[3:8]) == whole[3:8]
    assert predictor.predict([]) == []


def test_a_clip_unlike_the_training_data_gets_no_label(predictor: Predictor) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 8000).astype(np.float32)
    (prediction,) = predictor.predict([Clip(name="noise", samples=noise, duration_s=0.5)])
    assert prediction.label is None
    assert [w.code for w in prediction.warnings] == ["unlike_training"]


def test_a_clip_without_measurable_features_gets_no_label(
    predictor: Predictor, tones: list[Clip]
) -> None:
    x = predictor.extract(tones[:2])
    x[0, : x.shape[1] // 2 + 1] = np.nan
    x[1, : x.shape[1] // 2] = np.nan
    bare, enough = predictor.predict_from_features(tones[:2], x)
    assert bare.label is None
    assert [w.code for w in bare.warnings] == ["unlike_training"]
    assert "can be measured" in bare.warnings[0].message
    assert not any("can be measured" in w.message for w in enough.warnings)


def test_an_improbable_class_gets_no_label(toy_bundle: Path, tones: list[Clip]) -> None:
    bundle = read_bundle(toy_bundle)
    shy = replace(bundle, calibration=bundle.calibration.model_copy(update={"abstain_below": 1.0}))
    (prediction,) = Predictor(shy).predict(tones[:1])
    assert prediction.label is None
    assert [w.code for w in prediction.warnings] == ["not_confident"]


def test_warnings_of_the_decoder_are_kept_beside_the_label(
    predictor: Predictor, tones: list[Clip]
) -> None:
    quiet = ClipWarning("quiet", "The clip is quiet.")
    plain = predictor.predict(tones[:1])[0]
    (prediction,) = predictor.predict([replace(tones[0], warnings=(quiet,))])
    assert prediction == replace(plain, warnings=(quiet,))


def test_a_zip_predicts_like_the_folder(
    predictor: Predictor, toy_bundle: Path, tones: list[Clip], tmp_path: Path
) -> None:
    path = tmp_path / "toy.zip"
    path.write_bytes(pack_bundle(toy_bundle))
    assert inference.load(str(path)).predict(tones[:3]) == predictor.predict(tones[:3])


def test_a_model_may_use_several_feature_sets(
    bundle_of_two_sets: Path, tones: list[Clip], tmp_path: Path
) -> None:
    predictor = inference.load(bundle_of_two_sets)
    manifest = predictor.manifest
    assert [(r.name, len(r.columns)) for r in manifest.feature_sets] == [
        ("spectral_prosodic", 105),
        ("mfcc", 40),
    ]
    assert manifest.feature_set == "spectral_prosodic+mfcc"
    assert predictor.extract(tones[:2]).shape == (2, 145)
    right = [
        max(p.probabilities, key=p.probabilities.__getitem__) == p.name.split("_")[0]
        for p in predictor.predict(tones)
    ]
    assert sum(right) >= 0.9 * len(tones)
    path = tmp_path / "two.zip"
    path.write_bytes(pack_bundle(bundle_of_two_sets))
    assert inference.load(path).predict(tones[:3]) == predictor.predict(tones[:3])


def test_parts_that_do_not_fit_are_refused(toy_bundle: Path) -> None:
    bundle = read_bundle(toy_bundle)
    short = bundle.calibration.model_copy(update={"bias": (0.0,)})
    with pytest.raises(BundleError, match="calibration"):
        Predictor(replace(bundle, calibration=short))
    with pytest.raises(BundleError):
        inference.load("nowhere")


def test_label_sets_and_thresholds_of_a_bundle(toy_bundle: Path, tones: list[Clip]) -> None:
    bundle = read_bundle(toy_bundle)
    stored = bundle.calibration.model_dump_json()
    assert "conformal" not in stored  # a bundle from before has no such keys
    assert all(p.label_set is None for p in Predictor(bundle).predict(tones[:2]))
    limits = (0.5, 0.5, 1.0, 0.5, 0.5)
    calibration = Calibration.model_validate(
        json.loads(stored)
        | {
            "conformal": {"score": "lac", "coverage": 0.9, "quantiles": limits},
            "thresholds": [{"label": "Crying", "wanted": 0.99, "threshold": 1.0}],
        }
    )
    found = Predictor(replace(bundle, calibration=calibration)).predict(tones)
    for p in found:
        names = zip(CLASSES, p.probabilities.values(), limits, strict=True)
        assert p.label_set == tuple(name for name, each, limit in names if 1 - each <= limit)
    assert "below_threshold" in {w.code for p in found for w in p.warnings}
    assert {p.label for p in found} == {None, *CLASSES} - {"Crying"}


def test_isotonic_maps_and_a_matrix_give_logits_of_the_probabilities(
    toy_bundle: Path, tones: list[Clip]
) -> None:
    bundle = read_bundle(toy_bundle)
    flat = {"x": (0.0, 1.0), "y": (0.1, 0.6)}
    matrix = (0.5 * np.eye(5) + 0.1).tolist()
    for change in ({"isotonic": [flat] * 5}, {"matrix": matrix}):
        values = bundle.calibration.model_dump() | change
        calibration = Calibration.model_validate(values)
        predictor = Predictor(replace(bundle, calibration=calibration))
        logits = predictor.logits(predictor.extract(tones[:3])).astype(float)
        expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        alone = [predictor.predict([clip])[0] for clip in tones[:3]]
        assert alone == predictor.predict(tones[:3])
        np.testing.assert_allclose(
            [list(p.probabilities.values()) for p in alone], expected, atol=1e-6
        )
    with pytest.raises(ValidationError, match="matrix and bias differ in size"):
        Calibration.model_validate(bundle.calibration.model_dump() | {"matrix": ((1.0,),)})


def test_import_is_cheap() -> None:
    code = "import sys, vocalbaby.inference.predictor; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    heavy = {"pandas", "xgboost", "sklearn", "scipy", "pyarrow", "librosa", "matplotlib", "boto3"}
    assert heavy.isdisjoint(loaded)
    assert "numpy" in loaded
