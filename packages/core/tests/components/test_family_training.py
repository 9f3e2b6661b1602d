"""Logistic regression, support vector machines and soft votes: as in scikit-learn, and served."""

import doctest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from vocalbaby.bundle.files import read_bundle, verify_bundle
from vocalbaby.components import (
    ensemble_training,
    family_configs,
    logistic_training,
    mlp_training,
    resampling,
    standardizing,
    svm_training,
    training_config,
)
from vocalbaby.components import standardized_data as standardized_data_module
from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.logistic_training import train_logistic_regression
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.components.packaging import ModelConfig, package
from vocalbaby.components.standardized_data import standardized_data
from vocalbaby.components.svm_training import train_svm
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.exception import DataError
from vocalbaby.models import linear, registry, svm
from vocalbaby.models.calibration import probabilities

TRAINERS = {linear.KIND: train_logistic_regression, svm.KIND: train_svm}
CONFIG = TrainingConfig(rounds=3, max_depth=2, mlp=MlpConfig(networks=1, hidden=4, epochs=2))
SOFT_VOTE = {
    "kind": "ensemble",
    "combination": "probabilities",
    "members": ("boosted_trees", "svm", "logistic_regression"),
}


def few(table: FeatureTable, *classes: str) -> FeatureTable:
    """The first 150 clips, or those of some classes."""
    if classes:
        table = table.where(table.meta.Answer.isin(classes))
    return table.where(np.arange(len(table)) < 150)


@pytest.fixture(scope="module")
def train(fitted: FeatureTable) -> FeatureTable:
    return few(fitted)


@pytest.fixture(scope="module", params=TRAINERS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def trained(kind: str, train: FeatureTable, devel: FeatureTable) -> TrainedParts:
    return TRAINERS[kind](train, devel, CONFIG)


def weights(table: FeatureTable) -> NDArray[np.float64]:
    return clip_weights(table.meta, classes=1.0, children=0.5)


@pytest.mark.parametrize("classes", [(), ("Junk", "Non-canonical", "Crying"), ("Junk", "Crying")])
def test_outputs_of_the_regression_are_those_of_scikit_learn(
    train: FeatureTable, devel: FeatureTable, classes: tuple[str, ...]
) -> None:
    train, devel = few(train, *classes), few(devel, *classes)
    trained = train_logistic_regression(train, devel, CONFIG)
    model = linear.LogisticRegression.from_parts(trained.parts)
    rows, held_out = standardized_data(train, devel, CONFIG).inputs
    truth = labels(train, trained.classes)
    reference = LogisticRegression(max_iter=1000)
    reference.fit(rows.astype(np.float64), truth, weights(train))
    decision = reference.decision_function(held_out.astype(np.float64))
    found = model.decision_function(devel.array)
    if len(trained.classes) == 2:
        found = found[:, 1] - found[:, 0]
    np.testing.assert_allclose(found, decision, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        probabilities(model.margins(devel.array), 1.0, [0.0] * len(trained.classes)),
        reference.predict_proba(held_out.astype(np.float64)),
        atol=1e-6,
    )


@pytest.mark.parametrize("gamma", ["scale", 0.05])
@pytest.mark.parametrize("classes", [(), ("Junk", "Non-canonical", "Crying"), ("Junk", "Crying")])
def test_decision_values_of_the_machine_are_those_of_scikit_learn(
    train: FeatureTable, devel: FeatureTable, classes: tuple[str, ...], gamma: Any
) -> None:
    train, devel = few(train, *classes), few(devel, *classes)
    settings = {"svm": CONFIG.svm.model_copy(update={"C": 5.0, "gamma": gamma})}
    trained = train_svm(train, devel, CONFIG.model_copy(update=settings))
    model = svm.SupportVectorMachine.from_parts(trained.parts)
    rows, held_out = standardized_data(train, devel, CONFIG).inputs
    reference = SVC(C=5.0, gamma=gamma, decision_function_shape="ovo")
    reference.fit(rows.astype(np.float64), labels(train, trained.classes), weights(train))
    decision = reference.decision_function(held_out.astype(np.float64))
    found = model.decision_function(devel.array)
    if len(trained.classes) == 2:
        found = -found[:, 0]
        assert (model.margins(devel.array).argmax(axis=1) == (decision > 0)).all()
    np.testing.assert_allclose(found, decision, rtol=0, atol=1e-6)
    agreed = model.margins(devel.array).argmax(axis=1) == reference.predict(held_out)
    assert agreed.mean() > 0.9  # scikit-learn counts votes


def test_a_model_learns_and_has_one_row_of_history(
    trained: TrainedParts, kind: str, devel: FeatureTable
) -> None:
    (row,) = trained.history
    assert set(row) == {"round", "train_mlogloss", "devel_mlogloss", "devel_uar"}
    margins = registry.load(kind, trained.parts).margins(devel.array)
    hit = margins.argmax(axis=1) == labels(devel, trained.classes)
    uar = np.mean([hit[devel.meta.Answer == name].mean() for name in trained.classes])
    assert row["devel_uar"] == pytest.approx(uar)
    assert uar > 0.5


def test_the_same_training_gives_the_same_bytes_in_threads_too(
    trained: TrainedParts, kind: str, train: FeatureTable, devel: FeatureTable
) -> None:
    with ThreadPoolExecutor(2) as pool:
        again = list(pool.map(lambda _: TRAINERS[kind](train, devel, CONFIG).parts, range(2)))
    assert again == [trained.parts] * 2


def test_devel_affects_only_the_history(
    trained: TrainedParts, kind: str, train: FeatureTable, devel: FeatureTable
) -> None:
    other = devel.where(np.arange(len(devel)) % 2 == 0)
    model = TRAINERS[kind](train, replace(other, values=other.values * 9), CONFIG)
    assert model.parts == trained.parts
    assert model.history != trained.history


def test_weights_and_the_penalty_matter(
    trained: TrainedParts, kind: str, train: FeatureTable, devel: FeatureTable
) -> None:
    section = "svm" if kind == svm.KIND else kind
    weak = getattr(CONFIG, section).model_copy(update={"C": 1e-3})
    for change in ({"class_balance": 0.0}, {"class_prior": {"Laughing": 50.0}}, {section: weak}):
        model = TRAINERS[kind](train, devel, CONFIG.model_copy(update=change))
        assert model.parts != trained.parts


def test_progress_and_one_class(kind: str, train: FeatureTable, devel: FeatureTable) -> None:
    seen: list[tuple[int, int]] = []
    TRAINERS[kind](train, devel, CONFIG, lambda *step: seen.append(step))
    assert seen == [(3, 3)]
    with pytest.raises(DataError, match="has only the classes"):
        TRAINERS[kind](few(train, "Junk"), devel, CONFIG)


@pytest.mark.parametrize(
    "change", [*({"kind": k} for k in (linear.KIND, "svm", "mlp", "boosted_trees")), SOFT_VOTE]
)
def test_a_bundle_of_each_kind_predicts_as_the_trained_model(
    change: dict[str, Any], train: FeatureTable, devel: FeatureTable, tmp_path: Path
) -> None:
    config = TrainingConfig.model_validate(CONFIG.model_dump() | change)
    settings = TrainingSettings(config, CalibrationConfig(novelty_axes=4), ModelConfig())
    fitted = fit(train, devel, settings)
    folder = tmp_path / "bundle"
    package(folder, fitted.model, fitted.calibration, fitted.tables, settings.model, {})
    assert verify_bundle(folder) == []
    bundle = read_bundle(folder)
    assert bundle.manifest.kind == config.kind
    margins = registry.load(config.kind, bundle.parts).margins(devel.array)
    alone = train_model(train, devel, config)
    expected = registry.load(config.kind, alone.parts).margins(devel.array)
    assert margins.tobytes() == expected.tobytes()
    calibration = bundle.calibration
    found = probabilities(margins, calibration.temperature, calibration.bias)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_a_soft_vote_has_members_of_several_kinds_on_the_same_columns(
    train: FeatureTable, devel: FeatureTable
) -> None:
    config = TrainingConfig.model_validate(CONFIG.model_dump() | SOFT_VOTE)
    seen: list[tuple[int, int]] = []
    model = train_model(train, devel, config, lambda *step: seen.append(step))
    assert {name.split(".", 1)[0] for name in model.parts} == {
        "ensemble",
        *(f"mfcc-{kind}" for kind in config.members),
    }
    alone = train_svm(train, devel, config)
    assert model.parts["mfcc-svm.svm.json"] == alone.parts[svm.PART]
    assert seen[-1] == (9, 9)
    logits = train_model(train, devel, config.model_copy(update={"combination": "logits"}))
    found = [registry.load(m.kind, m.parts).margins(devel.array) for m in (model, logits)]
    assert np.abs(found[0] - found[1]).max() > 1e-3


@pytest.mark.parametrize(
    "settings",
    [
        {"svm": {"C": 0}},
        {"svm": {"gamma": "auto"}},
        {"svm": {"kernel": "linear"}},
        {"logistic_regression": {"C": -1}},
        {"logistic_regression": {"max_iter": 0}},
        {"combination": "votes"},
        {"resampling": "adasyn"},
        {"members": ["ensemble", "svm"]},
    ],
)
def test_settings_that_are_not_valid_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrainingConfig.model_validate(settings)


EXAMPLES = (
    ensemble_training,
    family_configs,
    logistic_training,
    mlp_training,
    resampling,
    standardized_data_module,
    standardizing,
    svm_training,
    training_config,
)


@pytest.mark.parametrize("module", EXAMPLES, ids=lambda module: module.__name__)
def test_examples_give_the_results_that_they_show(module: ModuleType) -> None:
    done = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert done.attempted
    assert not done.failed
