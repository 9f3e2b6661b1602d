import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from vocalbaby import audio, inference
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.estimators import FeatureExtractor, InputError, VocalizationClassifier
from vocalbaby.exception import ConfigError

FAST = {"rounds": 4, "max_depth": 2}


@pytest.fixture(scope="module")
def features() -> tuple[Any, Any, Any]:
    """Features of three classes, and children with six clips each."""
    rng = np.random.default_rng(0)
    y = np.resize(["Canonical", "Crying", "Junk"], 90)
    x = rng.normal(size=(90, 4)) + 3 * (y == "Crying")[:, None] + 6 * (y == "Junk")[:, None]
    return x, y, np.arange(90) // 6


@pytest.fixture(scope="module")
def fitted(tones: list[Clip]) -> VocalizationClassifier:
    """A classifier that was fitted to samples."""
    x = [clip.samples for clip in tones]
    y = [clip.name.partition("_")[0] for clip in tones]
    children = [clip.name.partition("_")[2] for clip in tones]
    return VocalizationClassifier("mfcc", settings=FAST, devel_share=0.4).fit(x, y, children)


def test_probabilities_have_the_order_of_the_classes_and_sum_to_1(
    fitted: VocalizationClassifier, tones: list[Clip]
) -> None:
    x = np.stack([clip.samples for clip in tones])
    found = fitted.predict_proba(x)
    assert fitted.classes_.tolist() == sorted(CLASSES)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert (fitted.predict(x) == fitted.classes_[found.argmax(axis=1)]).all()


def test_a_served_bundle_predicts_as_the_classifier_to_the_last_bit(
    fitted: VocalizationClassifier, tones: list[Clip], tmp_path: Path
) -> None:
    manifest = fitted.save(tmp_path / "bundle", name="mine")
    assert manifest.name == "mine"
    served = inference.load(tmp_path / "bundle").predict(tones)
    found = fitted.predict_proba([clip.samples for clip in tones])
    rows = [[each.probabilities[name] for name in fitted.classes_] for each in served]
    assert found.tolist() == rows


@pytest.mark.parametrize("family", ["svm", "logistic_regression"])
@pytest.mark.parametrize("mode", ["flat", "hierarchical"])
def test_other_families_are_served_to_the_last_bit(
    tones: list[Clip], tmp_path: Path, family: str, mode: str
) -> None:
    x = (
        FeatureExtractor("mfcc")
        .set_output(transform="pandas")
        .transform([c.samples for c in tones])
    )
    y = [clip.name.partition("_")[0] for clip in tones]
    children = [clip.name.partition("_")[2] for clip in tones]
    classifier = VocalizationClassifier("mfcc", family, mode).fit(x, y, children)
    classifier.save(tmp_path / "bundle")
    served = inference.load(tmp_path / "bundle").predict(tones[:5])
    rows = [[each.probabilities[name] for name in classifier.classes_] for each in served]
    assert classifier.predict_proba(x[:5]).tolist() == rows


def test_paths_tables_and_samples_are_the_same_clips(
    fitted: VocalizationClassifier, tones: list[Clip], tmp_path: Path
) -> None:
    paths = []
    for clip in tones[:3]:
        paths.append(tmp_path / clip.name)
        audio.write_wav(paths[-1], clip.samples, 16_000, encoding="float32")
    of_samples = fitted.predict_proba([clip.samples for clip in tones[:3]]).tolist()
    for x in (paths, [str(path) for path in paths], pd.DataFrame({"path": paths})):
        assert fitted.predict_proba(x).tolist() == of_samples
    of_features = FeatureExtractor("mfcc").transform(paths)
    assert (
        fitted.predict_proba(pd.DataFrame(of_features, columns=fitted.feature_names_in_)).tolist()
        == of_samples
    )


def test_no_child_is_in_both_parts_of_the_training(features: tuple[Any, Any, Any]) -> None:
    x, y, groups = features
    classifier = VocalizationClassifier(settings=FAST).fit(x, y, groups=groups)
    train, devel = classifier._tables
    assert not set(train.meta.child_ID) & set(devel.meta.child_ID)
    assert set(devel.meta.Answer) == set(y)
    assert 0.2 <= len(devel) / len(y) < 0.35


def test_cross_validation_by_child(features: tuple[Any, Any, Any]) -> None:
    x, y, groups = features
    with config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = VocalizationClassifier(settings=FAST).set_fit_request(groups=True)
        scores = cross_val_score(
            classifier, x, y, params={"groups": groups}, cv=GroupKFold(3), error_score="raise"
        )
    assert scores.min() > 0.8
    columns = [f"x{i}" for i in range(4)]
    table = pd.DataFrame(x, columns=columns).assign(child_ID=groups, corpus="lab")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the children of a table need no routing
        of_table = cross_val_score(
            VocalizationClassifier(settings=FAST),
            table,
            y,
            groups=groups,
            cv=GroupKFold(3),
            error_score="raise",
        )
    assert of_table.min() > 0.8


def test_grid_search_and_pipeline(tones: list[Clip], features: tuple[Any, Any, Any]) -> None:
    x, y, groups = features
    grid = {"settings": [{"rounds": 2}, {"rounds": 3}]}
    search = GridSearchCV(VocalizationClassifier(), grid, cv=GroupKFold(2))
    with pytest.warns(UserWarning, match="Without groups"):
        search.fit(x, y, groups=groups)
    assert search.best_params_ in [{"settings": each} for each in grid["settings"]]
    model = make_pipeline(
        FeatureExtractor("mfcc"), VocalizationClassifier("mfcc", settings={"rounds": 2})
    )
    clips = np.stack([clip.samples for clip in tones[:16]])
    with pytest.warns(UserWarning, match="Without groups"):
        model.fit(clips, ["Junk"] * 8 + ["Crying"] * 8)
    assert model.predict(clips).shape == (16,)


def test_the_same_seed_gives_the_same_model(features: tuple[Any, Any, Any]) -> None:
    x, y, groups = features
    first, again, other = (
        VocalizationClassifier(settings=FAST, seed=seed).fit(x, y, groups=groups)
        for seed in (1, 1, 2)
    )
    assert first.model_.parts == again.model_.parts
    assert first.calibration_ == again.calibration_
    assert first.model_.parts != other.model_.parts


def test_the_score_is_the_unweighted_average_recall(features: tuple[Any, Any, Any]) -> None:
    x, y, groups = features
    classifier = VocalizationClassifier(settings=FAST).fit(x, y, groups=groups)
    predicted = classifier.predict(x)
    recall = [(predicted[y == name] == name).mean() for name in classifier.classes_]
    assert classifier.score(x, y) == pytest.approx(np.mean(recall))
    assert classifier.score(x[y == "Junk"], y[y == "Junk"]) == pytest.approx(recall[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": [1] * 89}, "There are 89 groups for 90 clips"),
        ({"groups": [None, *range(89)]}, "The group of clip 0 is missing"),
        ({"groups": [*range(89), np.nan]}, "The group of clip 89 is missing"),
        ({"y": ["Junk"] * 89}, "There are 89 labels for 90 clips"),
        ({"y": ["Junk"] * 90}, "The labels have one class only, 'Junk'"),
        ({"y": ["Junk"] * 88 + [None, ""]}, "Clip 88 has no label; 2 have none"),
        ({"y": np.resize(list("abcdef"), 90)}, "The labels have 6 classes"),
        ({"X": "a.wav"}, "X is one path, not a list"),
        ({"X": pd.DataFrame({"file": ["a.wav"] * 90})}, "no column 'path', and 'file' is not num"),
        ({"X": pd.DataFrame({"path": [None] * 90})}, "None is not a path"),
    ],
)
def test_errors_say_what_is_wrong(
    features: tuple[Any, Any, Any], change: dict[str, Any], message: str
) -> None:
    x, y, groups = features
    with pytest.raises(InputError, match=message) as caught:
        VocalizationClassifier(settings=FAST).fit(**{"X": x, "y": y, "groups": groups} | change)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"family": "forest"}, "There is no family 'forest'"),
        ({"mode": "deep"}, "There is no mode 'deep'"),
        ({"settings": {"depth": 3}}, "'depth'"),
        ({"settings": {"mlp.epochs": 0}}, r"'mlp\.epochs'"),
    ],
)
def test_wrong_parameters_are_refused_at_fit(
    features: tuple[Any, Any, Any], parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        VocalizationClassifier(**parameters).fit(*features)


def test_only_models_of_known_classes_and_features_are_saved(
    features: tuple[Any, Any, Any], tmp_path: Path
) -> None:
    x, y, groups = features
    classifier = VocalizationClassifier("mfcc", settings=FAST).fit(x, y, groups)
    with pytest.raises(InputError, match="4 columns that are not those of the feature set mfcc"):
        classifier.save(tmp_path / "bundle")
    lower = VocalizationClassifier(settings=FAST).fit(x, np.char.lower(y), groups)
    assert set(lower.predict(x)) <= {"canonical", "crying", "junk"}
    with pytest.raises(InputError, match="cannot have the class 'canonical'"):
        lower.save(tmp_path / "bundle")


def test_the_clips_of_one_child_cannot_be_held_out(features: tuple[Any, Any, Any]) -> None:
    x, y, _ = features
    with pytest.warns(UserWarning, match="No child can be held out"):
        VocalizationClassifier(settings=FAST).fit(x, y, groups=["only"] * 90)
