"""Training of multilayer perceptrons: what they learn, one network, and the history."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.ensemble_training import train_ensemble, train_model
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.components.mlp_training import train_mlp
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.exception import DataError
from vocalbaby.models import registry
from vocalbaby.models.calibration import probabilities

CONFIG = TrainingConfig(kind="mlp", rounds=12, mlp=MlpConfig(networks=3, hidden=8, epochs=6))


@pytest.fixture(scope="module")
def trained(fitted: FeatureTable, devel: FeatureTable) -> TrainedParts:
    return train_mlp(fitted, devel, CONFIG)


def recall(model: TrainedParts, table: FeatureTable, name: str) -> float:
    margins = registry.load(model.kind, model.parts).margins(table.array)
    rows = labels(table, model.classes) == model.classes.index(name)
    return float((margins.argmax(axis=1) == model.classes.index(name))[rows].mean())


def test_the_history_is_that_of_the_averaged_networks(
    trained: TrainedParts, devel: FeatureTable
) -> None:
    assert [row["round"] for row in trained.history] == [1, 2, 3, 4, 5, 6]
    loss = [float(str(row["train_mlogloss"])) for row in trained.history]
    assert loss[-1] < loss[0]
    uar = np.mean([recall(trained, devel, name) for name in trained.classes])
    # The history averages probabilities, the model outputs.
    assert trained.history[-1]["devel_uar"] == pytest.approx(uar, abs=0.05)
    assert uar > 0.4


def test_the_mean_of_the_networks_is_one_network(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    alone = CONFIG.mlp.model_copy(update={"networks": 1})
    members = [
        train_mlp(fitted, devel, CONFIG.model_copy(update={"mlp": alone, "seed": 20191 + i}))
        for i in range(3)
    ]
    found = [registry.load(m.kind, m.parts).margins(devel.array) for m in (trained, *members)]
    np.testing.assert_allclose(found[0], np.mean(found[1:], axis=0), atol=1e-4)


def test_the_same_training_gives_the_same_bytes(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    assert train_mlp(fitted, devel, CONFIG).parts == trained.parts
    other = CONFIG.model_copy(update={"seed": 1})
    assert train_mlp(fitted, devel, other).parts != trained.parts


def test_a_more_frequent_class_is_recalled_more_often(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    frequent = CONFIG.model_copy(update={"class_prior": {"Laughing": 50.0}})
    model = train_mlp(fitted, devel, frequent)
    assert recall(model, devel, "Laughing") > recall(trained, devel, "Laughing")


def test_unlabelled_clips_and_unmeasured_columns_are_ignored(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    meta = fitted.meta.copy()
    meta.loc[len(meta)] = ["more", "child", "", "corpus", "train"]
    values = fitted.values.copy()
    values.loc[len(values)] = np.float32(7)
    longer = replace(fitted, meta=meta, values=values.astype(np.float32))
    assert train_mlp(longer, devel, CONFIG).parts == trained.parts
    values = fitted.values.copy()
    values.iloc[:, 3] = np.float32(np.nan)
    model = train_mlp(replace(fitted, values=values), devel, CONFIG)
    margins = registry.load(model.kind, model.parts).margins(devel.array)
    assert np.isfinite(margins).all()


def test_one_class_is_not_enough(fitted: FeatureTable, devel: FeatureTable) -> None:
    junk = fitted.where(fitted.meta.Answer == "Junk")
    with pytest.raises(DataError, match="has only the classes"):
        train_mlp(junk, devel, CONFIG)


def test_progress_counts_epochs_as_rounds(fitted: FeatureTable, devel: FeatureTable) -> None:
    seen: list[tuple[int, int]] = []
    train_mlp(fitted, devel, CONFIG, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 12), (4, 12), (6, 12), (8, 12), (10, 12), (12, 12)]


def test_trees_and_perceptrons_on_the_same_columns_form_an_ensemble(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    both = CONFIG.model_copy(update={"kind": "ensemble", "members": ("boosted_trees", "mlp")})
    seen: list[int] = []
    ensemble = train_ensemble(fitted, devel, both, lambda done, total: seen.append(done))
    name = fitted.feature_set
    assert set(ensemble.parts) == {
        "ensemble.json",
        f"{name}-boosted_trees.booster.json",
        f"{name}-mlp.mlp.json",
    }
    assert ensemble.parts[f"{name}-mlp.mlp.json"] == trained.parts["mlp.json"]
    assert seen == sorted(seen)
    assert seen[-1] == 24
    assert len({frozenset(row) for row in ensemble.history}) == 1
    model = registry.load(ensemble.kind, ensemble.parts)
    assert model.n_features == len(fitted.columns)
    assert model.margins(devel.array).shape == (len(devel), 5)
    assert train_model(fitted, devel, CONFIG).parts == trained.parts


@pytest.mark.parametrize("members", [(), ("mlp", "mlp"), ("oracle",)])
def test_members_are_different_known_kinds(members: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        TrainingConfig.model_validate({"kind": "ensemble", "members": members})


def test_two_classes_have_an_output_each(fitted: FeatureTable, devel: FeatureTable) -> None:
    train, held = (t.where(t.meta.Answer.isin(["Canonical", "Junk"])) for t in (fitted, devel))
    model = train_mlp(train, held, CONFIG)
    margins = registry.load(model.kind, model.parts).margins(held.array)
    assert margins.shape == (len(held), 2)
    uar = np.mean([recall(model, held, name) for name in model.classes])
    assert model.history[-1]["devel_uar"] == pytest.approx(uar, abs=0.05)
    assert uar > 0.7
    # Their softmax is that of the networks, as the history has it.
    found = probabilities(margins, 1.0, (0.0, 0.0))
    loss = -np.log(found[np.arange(len(found)), labels(held, model.classes)])
    expected = float(str(model.history[-1]["devel_mlogloss"]))
    weights = clip_weights(held.meta, children=CONFIG.child_balance)
    assert np.average(loss, weights=weights) == pytest.approx(expected, rel=0.15)
