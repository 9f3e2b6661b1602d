"""Training of a hierarchy: what each node is fitted to, and how it is calibrated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.classification import ClassificationConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.hierarchy_training import rescaled, train_hierarchy
from vocalbaby.components.scaling import fit_scaling
from vocalbaby.components.trained_classifier import TrainedClassifier, TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.models import hierarchical, registry

CONFIG = TrainingConfig(rounds=6, max_depth=2, learning_rate=0.3)
TREE: dict[str, Any] = {
    "infant": {"emotional": ["Crying", "Laughing"], "speech": ["Canonical", "Non-canonical"]},
    "other": "Junk",
}
SETTINGS = ClassificationConfig(
    mode="hierarchical",
    tree=TREE,
    nodes={"emotional": {"kind": "mlp", "mlp.hidden": 4, "mlp": {"epochs": 2}}},
)


def of_classes(table: FeatureTable, *names: str) -> FeatureTable:
    return table.where(table.meta.Answer.isin(names))


@pytest.fixture(scope="module")
def trained(fitted: FeatureTable, devel: FeatureTable) -> TrainedParts:
    return train_hierarchy(fitted, devel, CONFIG, SETTINGS)


def hierarchy(model: TrainedParts) -> hierarchical.Hierarchy:
    return hierarchical.Hierarchy.model_validate_json(model.parts[hierarchical.PART])


def test_every_node_has_a_model_of_its_own_kind(trained: TrainedParts) -> None:
    assert trained.kind == "hierarchical"
    assert trained.classes == CLASSES
    assert [(n.name, n.kind, n.branches) for n in hierarchy(trained).nodes] == [
        ("root", "boosted_trees", ("infant", 4)),
        ("infant", "boosted_trees", ("emotional", "speech")),
        ("emotional", "mlp", (2, 3)),
        ("speech", "boosted_trees", (0, 1)),
    ]
    assert len(trained.parts) == 5
    assert {row["node"] for row in trained.history} == {"root", "infant", "emotional", "speech"}
    assert len({tuple(row) for row in trained.history}) == 1


def test_the_hierarchy_predicts_the_classes(
    trained: TrainedParts, test_table: FeatureTable
) -> None:
    margins = registry.load(trained.kind, trained.parts).margins(test_table.array)
    found = np.array(trained.classes)[margins.argmax(axis=1)]
    assert (found == test_table.meta.Answer).mean() > 0.8


def test_a_node_is_trained_on_the_clips_beneath_it(
    fitted: FeatureTable, devel: FeatureTable, trained: TrainedParts
) -> None:
    seen: list[tuple[FeatureTable, FeatureTable, TrainingConfig]] = []

    def trainer(
        train: FeatureTable, held: FeatureTable, config: TrainingConfig, progress: Any
    ) -> TrainedClassifier:
        seen.append((train, held, config))
        return train_model(train, held, config, progress)

    again = train_hierarchy(fitted, devel, CONFIG, SETTINGS, trainer=trainer)
    assert again.parts == trained.parts
    root, infant, emotional, speech = seen
    assert len(root[0]) == len(fitted)
    emotions = of_classes(fitted, "Crying", "Laughing")
    assert list(emotional[0].meta.clip_ID) == list(emotions.meta.clip_ID)
    # The classes that stand for the branches have the order of the branches.
    assert list(emotional[0].meta.Answer == CLASSES[0]) == list(emotions.meta.Answer == "Crying")
    assert set(infant[1].meta.clip_ID) == set(devel.meta.clip_ID[devel.meta.Answer != "Junk"])
    assert (emotional[2].kind, emotional[2].mlp.hidden, speech[2].kind) == (
        "mlp",
        4,
        "boosted_trees",
    )


def test_a_branch_weighs_as_much_as_its_classes(fitted: FeatureTable, devel: FeatureTable) -> None:
    priors: list[Mapping[Any, float]] = []

    def trainer(
        train: FeatureTable, held: FeatureTable, config: TrainingConfig, progress: Any
    ) -> TrainedClassifier:
        priors.append(config.class_prior)
        return train_model(train, held, config, progress)

    train_hierarchy(fitted, devel, CONFIG, SETTINGS, trainer=trainer)
    assert priors[0] == {"Canonical": 1.0, "Non-canonical": 0.25}
    assert priors[1] == {"Canonical": 1.0, "Non-canonical": 1.0}
    priors.clear()
    config = CONFIG.model_copy(update={"class_prior": {"Junk": 4.0}, "class_balance": 0.0})
    train_hierarchy(fitted, devel, config, SETTINGS, trainer=trainer)
    assert priors[0] == {"Canonical": 0.25, "Non-canonical": 1.0}


def test_each_node_is_calibrated_on_its_clips_of_devel(
    trained: TrainedParts, devel: FeatureTable
) -> None:
    emotional = hierarchy(trained).nodes[2]
    own = of_classes(devel, "Crying", "Laughing")
    margins = registry.load("mlp", {"mlp.json": trained.parts["emotional.mlp.json"]}).margins(
        own.array
    )
    weights = clip_weights(own.meta, classes=1.0, children=0.5)
    temperature, bias = fit_scaling(margins, labels(own, ("Crying", "Laughing")), weights, 0.05)
    assert emotional.temperature == pytest.approx(temperature)
    assert emotional.bias == pytest.approx(bias.tolist())
    root = hierarchy(trained).nodes[0]
    assert root.temperature != 1.0


def test_a_node_without_clips_keeps_its_calibration(
    trained: TrainedParts, devel: FeatureTable
) -> None:
    before = hierarchy(trained).nodes
    after = hierarchy(rescaled(trained, of_classes(devel, "Crying", "Junk"), CONFIG)).nodes
    assert after[0] != before[0]
    assert after[1:] == before[1:]


def test_absent_classes_are_left_out(fitted: FeatureTable, devel: FeatureTable) -> None:
    kept = ("Canonical", "Non-canonical", "Laughing")
    model = train_hierarchy(of_classes(fitted, *kept), of_classes(devel, *kept), CONFIG, SETTINGS)
    assert model.classes == kept
    assert [(n.name, n.branches) for n in hierarchy(model).nodes] == [
        ("root", (2, "speech")),
        ("speech", (0, 1)),
    ]


@pytest.mark.parametrize(
    ("train_classes", "devel_classes", "message"),
    [
        (CLASSES, ("Crying", *CLASSES[:2], "Junk"), "branch Laughing of the node 'emotional'"),
        (CLASSES, ("Crying", "Laughing", "Junk"), "branch speech of the node 'infant' has no clip"),
        (("Crying", "Junk"), CLASSES, "the model does not have"),
        (("Crying",), ("Crying",), "only the classes"),
        ((), CLASSES, "the model does not have"),
    ],
)
def test_tables_without_a_branch_are_refused(
    train_classes: tuple[str, ...],
    devel_classes: tuple[str, ...],
    message: str,
    fitted: FeatureTable,
    devel: FeatureTable,
) -> None:
    tables = of_classes(fitted, *train_classes), of_classes(devel, *devel_classes)
    with pytest.raises(DataError, match=message):
        train_hierarchy(*tables, CONFIG, SETTINGS)


def test_rows_without_a_label_are_ignored(
    trained: TrainedParts, fitted: FeatureTable, devel: FeatureTable
) -> None:
    unlabelled = fitted.meta.Answer.where(fitted.meta.index % 7 != 0, "")
    train = replace(fitted, meta=fitted.meta.assign(Answer=unlabelled))
    labelled = train.where(train.meta.Answer != "")
    parts = [train_hierarchy(t, devel, CONFIG, SETTINGS).parts for t in (train, labelled)]
    assert parts[0] == parts[1]
    assert parts[0] != trained.parts


def test_progress_counts_every_node_alike(fitted: FeatureTable, devel: FeatureTable) -> None:
    seen: list[tuple[int, int]] = []
    train_hierarchy(fitted, devel, CONFIG, SETTINGS, lambda *step: seen.append(step))
    assert {total for _, total in seen} == {24}
    done = [number for number, _ in seen]
    assert done == sorted(done)
    assert done[-1] == 24
