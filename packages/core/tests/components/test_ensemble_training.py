"""Training of an ensemble: members, their columns and calibration, and the bundle."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vocalbaby import features
from vocalbaby.bundle.files import read_bundle, verify_bundle
from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.ensemble_training import train_ensemble, train_model
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.packaging import ModelConfig, package
from vocalbaby.components.scaling import fit_scaling
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.exception import DataError
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.models import registry
from vocalbaby.models.forest import Forest

CONFIG = TrainingConfig(kind="ensemble", rounds=12, max_depth=3, learning_rate=0.3)
SETTINGS = EmbeddingConfig(sha256="a" * 64, runtime="onnx", output="bands", dimensions=6)


def of_two_sets(table: FeatureTable, seed: int) -> FeatureTable:
    """Add an embedding of six dimensions that tells the class, with noise."""
    both = features.get("mfcc+embedding", SETTINGS)
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(9).normal(size=(5, 6))
    number = {name: i for i, name in enumerate(sorted(set(table.meta.Answer)))}
    rows = centers[[number[name] for name in table.meta.Answer]]
    values = table.values.copy()
    for i, column in enumerate(both.columns[40:]):
        values[column.name] = (rows[:, i] + rng.normal(size=len(rows))).astype(np.float32)
    return FeatureTable(both.name, both.version, table.meta, values, both.file)


@pytest.fixture(scope="module")
def tables(fitted: FeatureTable, devel: FeatureTable) -> tuple[FeatureTable, FeatureTable]:
    return of_two_sets(fitted, 1), of_two_sets(devel, 2)


@pytest.fixture(scope="module")
def trained(tables: tuple[FeatureTable, FeatureTable]) -> TrainedParts:
    return train_ensemble(*tables, CONFIG)


def test_each_member_is_trained_on_one_feature_set(
    trained: TrainedParts,
    tables: tuple[FeatureTable, FeatureTable],
    fitted: FeatureTable,
    devel: FeatureTable,
) -> None:
    assert set(trained.parts) == {
        "ensemble.json",
        "mfcc.booster.json",
        "embedding.booster.json",
    }
    alone = train_booster(fitted, devel, CONFIG)
    assert trained.parts["mfcc.booster.json"] == alone.booster
    assert Forest.from_json(trained.parts["embedding.booster.json"]).n_features == 6
    assert trained.columns == tables[0].columns
    assert [row["member"] for row in trained.history if row["round"] == 1] == ["mfcc", "embedding"]


def test_members_are_calibrated_on_devel(
    trained: TrainedParts, tables: tuple[FeatureTable, FeatureTable], devel: FeatureTable
) -> None:
    truth = labels(devel, trained.classes)
    weights = clip_weights(devel.meta, classes=1.0, children=0.5)
    expected = np.zeros((len(devel), len(trained.classes)))
    for name, columns in (("mfcc", slice(0, 40)), ("embedding", slice(40, 46))):
        x = np.ascontiguousarray(tables[1].array[:, columns])
        margins = Forest.from_json(trained.parts[f"{name}.booster.json"]).margins(x)
        temperature, bias = fit_scaling(margins, truth, weights, 0.05)
        expected += (margins / temperature + bias) / 2
    found = registry.load(trained.kind, trained.parts).margins(tables[1].array)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_bundle_says_which_file_it_needs(
    trained: TrainedParts, tables: tuple[FeatureTable, FeatureTable], tmp_path: Path
) -> None:
    settings = TrainingSettings(CONFIG, CalibrationConfig(), ModelConfig())
    fitted = fit(*tables, settings)
    assert fitted.model.parts == trained.parts
    manifest = package(
        tmp_path / "bundle", fitted.model, fitted.calibration, tables, settings.model, {}
    )
    assert verify_bundle(tmp_path / "bundle") == []
    assert manifest.kind == "ensemble"
    assert [record.file for record in manifest.feature_sets] == [None, tables[0].file]
    card = read_bundle(tmp_path / "bundle").card
    assert f"{'a' * 64}, with vocalbaby-core[onnx]" in card


def test_the_same_training_gives_the_same_bytes(
    trained: TrainedParts, tables: tuple[FeatureTable, FeatureTable]
) -> None:
    assert train_ensemble(*tables, CONFIG).parts == trained.parts


def test_progress_counts_the_rounds_of_all_members(
    tables: tuple[FeatureTable, FeatureTable],
) -> None:
    seen: list[tuple[int, int]] = []
    train_ensemble(*tables, CONFIG, lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {24}
    assert (1, 24) in seen
    assert (13, 24) in seen


def test_the_settings_choose_the_kind(
    tables: tuple[FeatureTable, FeatureTable], fitted: FeatureTable, devel: FeatureTable
) -> None:
    assert train_model(*tables, CONFIG).kind == "ensemble"
    trees = CONFIG.model_copy(update={"kind": "boosted_trees"})
    assert train_model(*tables, trees).kind == "boosted_trees"
    with pytest.raises(DataError, match="several feature sets, and the table has only mfcc"):
        train_model(fitted, devel, CONFIG)


def test_members_may_come_from_a_cache(
    trained: TrainedParts, tables: tuple[FeatureTable, FeatureTable]
) -> None:
    kept: dict[str, TrainedModel] = {}

    def booster(train: FeatureTable, *rest: Any) -> TrainedModel:
        return kept.setdefault(train.feature_set, train_booster(train, *rest))

    assert train_ensemble(*tables, CONFIG, booster=booster).parts == trained.parts
    assert set(kept) == {"mfcc", "embedding"}


def test_a_table_keeps_its_model_file(tables: tuple[FeatureTable, FeatureTable]) -> None:
    table = tables[0]
    assert table.where(table.meta.Answer == "Crying").file == table.file
    assert replace(table, file=None).file is None
