"""The choice between a flat and a hierarchical model."""

from dataclasses import replace

import numpy as np
import pytest

from vocalbaby.components import mode_choice
from vocalbaby.components.boosting import TrainingConfig, labels, train_booster
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.classification import ClassificationConfig
from vocalbaby.components.feature_table import FeatureTable, children
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.hierarchy_training import train_hierarchy
from vocalbaby.components.mode_choice import choose, devel_uar
from vocalbaby.components.packaging import ModelConfig, figure_table
from vocalbaby.components.scaling import out_of_fold
from vocalbaby.components.trained_classifier import TrainedClassifier, TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.exception import ConfigError
from vocalbaby.models import registry

SETTINGS = TrainingSettings(
    TrainingConfig(rounds=4, max_depth=2, learning_rate=0.3),
    CalibrationConfig(folds=3, novelty_axes=4),
    ModelConfig(),
    ClassificationConfig(mode="both"),
)


@pytest.fixture(scope="module")
def flat(fitted: FeatureTable, devel: FeatureTable) -> TrainedClassifier:
    return train_booster(fitted, devel, SETTINGS.training)


@pytest.fixture(scope="module")
def hierarchy(fitted: FeatureTable, devel: FeatureTable) -> TrainedParts:
    return train_hierarchy(fitted, devel, SETTINGS.training, SETTINGS.classification)


def test_the_recall_is_that_of_labels_calibrated_out_of_fold(
    flat: TrainedClassifier, devel: FeatureTable
) -> None:
    truth = labels(devel, flat.classes)
    margins = registry.load(flat.kind, flat.parts).margins(devel.array)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5)
    found = out_of_fold(margins, truth, weights, 0.05, children(devel.meta), 3).argmax(axis=1)
    recalls = [(found[truth == number] == number).mean() for number in range(5)]
    assert devel_uar(flat, devel, SETTINGS.training, SETTINGS.calibration) == pytest.approx(
        float(np.mean(recalls))
    )


def test_the_nodes_are_calibrated_on_other_children(
    hierarchy: TrainedParts, devel: FeatureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[FeatureTable] = []

    def rescaled(model: TrainedParts, rest: FeatureTable, config: TrainingConfig) -> TrainedParts:
        seen.append(rest)
        return replace(model)

    monkeypatch.setattr(mode_choice, "rescaled", rescaled)
    devel_uar(hierarchy, devel, SETTINGS.training, SETTINGS.calibration)
    assert len(seen) == 3
    left_out = [set(devel.meta.child_ID) - set(rest.meta.child_ID) for rest in seen]
    assert [len(part) for part in left_out] == [5, 5, 5]
    assert len(set().union(*left_out)) == 15


def test_the_better_model_is_kept_and_the_flat_one_of_equals(
    flat: TrainedClassifier, hierarchy: TrainedParts, devel: FeatureTable
) -> None:
    given = devel, SETTINGS.training, SETTINGS.calibration
    choice = choose({"flat": flat, "hierarchical": hierarchy}, *given)
    figures = choice.devel_uar
    assert figures["flat"] != figures["hierarchical"]
    assert choice.mode == max(figures, key=lambda mode: figures[mode])
    swapped = choose({"flat": hierarchy, "hierarchical": flat}, *given)
    assert swapped.mode != choice.mode
    assert choose({"flat": hierarchy, "hierarchical": hierarchy}, *given).mode == "flat"


def test_fit_keeps_the_better_one_and_says_why(
    flat: TrainedClassifier,
    hierarchy: TrainedParts,
    fitted: FeatureTable,
    devel: FeatureTable,
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[str] = []
    with caplog.at_level("INFO"):
        found = fit(fitted, devel, SETTINGS, progress=lambda task, *_: seen.append(task))
    assert list(dict.fromkeys(seen)) == ["training", "training, hierarchical"]
    assert found.choice is not None
    assert found.mode == found.choice.mode
    kept = flat if found.mode == "flat" else hierarchy
    assert found.model.parts == kept.parts
    sentence = found.choice.sentence
    assert sentence in caplog.text
    for mode, uar in found.choice.devel_uar.items():
        assert f"{uar:.3f} ({mode})" in sentence
    assert found.choice.metrics() == {
        "mode": found.mode,
        "devel_uar": dict(found.choice.devel_uar),
        "choice": sentence,
    }
    table = figure_table("classification", found.choice)
    assert (table.note, len(table.rows)) == (sentence, 2)


def test_settings_name_one_mode(fitted: FeatureTable, devel: FeatureTable) -> None:
    found = fit(fitted, devel, SETTINGS.with_mode("hierarchical"))
    assert (found.mode, found.model.kind, found.choice) == ("hierarchical", "hierarchical", None)
    found = fit(fitted, devel, SETTINGS.with_mode("flat"))
    assert (found.mode, found.model.kind, found.choice) == ("flat", "boosted_trees", None)


def test_settings_of_the_training_are_replaced() -> None:
    changed = SETTINGS.with_training({"max_depth": 3, "mlp.hidden": 5})
    assert (changed.training.max_depth, changed.training.mlp.hidden) == (3, 5)
    assert changed.training.rounds == 4
    assert changed.classification == SETTINGS.classification
    with pytest.raises(ConfigError, match="training: 'depth'"):
        SETTINGS.with_training({"depth": 3})


@pytest.mark.parametrize("routing", ["soft", "hard"])
def test_left_out_corpora_are_predicted_by_hierarchies(
    routing: str, fitted: FeatureTable, devel: FeatureTable
) -> None:
    seen: list[str] = []
    settings = replace(
        SETTINGS,
        calibration=CalibrationConfig(left_out_corpora={"another": ("other",)}, novelty_axes=4),
        classification=ClassificationConfig.model_validate(
            {"mode": "hierarchical", "routing": routing}
        ),
    )
    found = fit(fitted, devel, settings, progress=lambda task, *_: seen.append(task))
    assert list(dict.fromkeys(seen)) == ["training", "training, without another"]
    # Routing errors, whose loss no temperature changes, do not flatten the probabilities.
    assert found.calibration.temperature < 2
    assert max(map(abs, found.calibration.bias)) < 2
