"""Synthetic clips: their number, where they lie, whose they are, and what they never see."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vocalbaby.components import boosting, standardized_data
from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable, concat
from vocalbaby.components.fitting import TrainingSettings, fit
from vocalbaby.components.mlp_config import MlpConfig
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.components.resampling import resampled
from vocalbaby.exception import MissingExtraError

CONFIG = TrainingConfig(
    resampling="smote", rounds=3, max_depth=2, mlp=MlpConfig(networks=1, hidden=4, epochs=2)
)
KINDS = ("boosted_trees", "logistic_regression", "mlp", "svm")


@pytest.fixture(scope="module")
def train(fitted: FeatureTable) -> FeatureTable:
    return fitted.where(np.arange(len(fitted)) < 150)


def added(table: FeatureTable, **settings: Any) -> FeatureTable:
    found = resampled(table, CONFIG.model_copy(update=settings))
    return found.where(np.arange(len(found)) >= len(table))


def with_copies(table: FeatureTable) -> FeatureTable:
    """Add one augmented copy of each clip, far away."""
    meta = table.meta.assign(clip_ID=table.meta.clip_ID + "#1")
    return concat([table, replace(table, meta=meta, values=table.values + np.float32(99))])


def test_every_class_becomes_as_frequent_as_the_largest(train: FeatureTable) -> None:
    found = resampled(train, CONFIG)
    counts = found.meta.Answer.value_counts()
    assert set(counts) == {train.meta.Answer.value_counts().max()}
    before = found.where(np.arange(len(found)) < len(train))
    assert before.meta.equals(train.meta)
    assert before.values.equals(train.values)
    assert found.originals.meta.equals(train.meta)
    assert resampled(found.originals, CONFIG).values.equals(found.values)


def test_without_resampling_the_table_stays_as_it_is(train: FeatureTable) -> None:
    assert resampled(train, TrainingConfig()) is train


def test_synthetic_clips_lie_between_clips_of_their_class(train: FeatureTable) -> None:
    for label in ("Laughing", "Crying"):
        own = train.where(train.meta.Answer == label)
        new = added(train)
        new = new.where(new.meta.Answer == label)
        assert (np.nanmin(own.array, axis=0) - 1e-4 <= np.nanmin(new.array, axis=0)).all()
        assert (np.nanmax(own.array, axis=0) + 1e-4 >= np.nanmax(new.array, axis=0)).all()
        distances = np.nanmean((new.array[:, None] - own.array[None]) ** 2, axis=2)
        nearest = own.meta.child_ID.to_numpy()[distances.argmin(axis=1)]
        assert (nearest == new.meta.child_ID).mean() > 0.8  # on the scale of the columns


def test_synthetic_clips_have_a_child_and_a_corpus_and_miss_values(train: FeatureTable) -> None:
    new = added(train)
    known = set(zip(train.meta.child_ID, train.meta.corpus, train.meta.Answer, strict=True))
    assert set(zip(new.meta.child_ID, new.meta.corpus, new.meta.Answer, strict=True)) <= known
    share = np.isnan(new.array).mean()
    assert 0.25 < share / np.isnan(train.array).mean() < 2
    values = train.values.copy()
    values.iloc[:, 3] = np.float32(np.nan)
    assert np.isnan(added(replace(train, values=values)).array[:, 3]).all()


def test_copies_are_counted_but_are_no_neighbours(train: FeatureTable) -> None:
    table = with_copies(train)
    found = resampled(table, CONFIG)
    assert set(found.meta.Answer.value_counts()) == {table.meta.Answer.value_counts().max()}
    assert np.nanmax(added(table).array) < 50


def test_small_classes_have_fewer_neighbours_or_stay_as_they_are(train: FeatureTable) -> None:
    laughing = np.flatnonzero(train.meta.Answer == "Laughing")
    for size, expected in ((0, 0), (1, 1), (2, None)):
        rows = np.ones(len(train), bool)
        rows[laughing[size:]] = False
        table = train.where(rows)
        counts = resampled(table, CONFIG).meta.Answer.value_counts()
        largest = table.meta.Answer.value_counts().max()
        assert counts.get("Laughing", 0) == (largest if expected is None else expected)


def test_the_seed_and_the_neighbours_matter(train: FeatureTable) -> None:
    first = added(train)
    assert not added(train, seed=1).values.equals(first.values)
    assert not added(train, smote_neighbours=1).values.equals(first.values)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_fitted_to_the_synthetic_clips_too(
    kind: str, train: FeatureTable, devel: FeatureTable
) -> None:
    config = CONFIG.model_copy(update={"kind": kind})
    plain = config.model_copy(update={"resampling": "none"})
    model = train_model(train, devel, config)
    assert model.parts != train_model(train, devel, plain).parts
    assert train_model(train, devel, config).parts == model.parts
    assert train_model(resampled(train, config), devel, plain).parts == model.parts


@pytest.mark.parametrize("kind", ["boosted_trees", "ensemble"])
def test_devel_is_never_resampled(
    kind: str, train: FeatureTable, devel: FeatureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[FeatureTable] = []

    def watched(table: FeatureTable, config: TrainingConfig) -> FeatureTable:
        seen.append(table)
        return resampled(table, config)

    for module in (boosting, standardized_data):
        monkeypatch.setattr(module, "resampled", watched)
    planted = replace(devel, values=devel.values + np.float32(1e6))
    config = CONFIG.model_copy(update={"kind": kind, "members": KINDS})
    left_out = CalibrationConfig(left_out_corpora={"another": ("other",)}, novelty_axes=4)
    found = fit(train, planted, TrainingSettings(config, left_out, ModelConfig()))
    assert len(seen) == 2 * (len(KINDS) if kind == "ensemble" else 1)  # with and without a corpus
    for table in seen:
        assert set(table.meta.split) == {"train"}
        assert np.nanmax(table.array) < 1e3
    assert set(seen[-1].meta.corpus) == {"made"}
    assert found.tables == (train, planted)  # the model card counts clips


def test_the_extra_is_named_where_it_is_missing(
    train: FeatureTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.setitem(sys.modules, "imblearn.over_sampling", None)
    with pytest.raises(MissingExtraError, match="imbalanced-learn") as caught:
        resampled(train, CONFIG)
    assert "vocalbaby-core[tune]" in str(caught.value.hint)
