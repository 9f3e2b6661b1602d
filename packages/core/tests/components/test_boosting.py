import dataclasses

import numpy as np
import pytest
import xgboost as xgb

from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception import DataError
from vocalbaby.models.forest import Forest

CONFIG = TrainingConfig(rounds=60, early_stopping_rounds=8, max_depth=3, learning_rate=0.3)


@pytest.fixture(scope="module")
def model(fitted: FeatureTable, devel: FeatureTable) -> TrainedModel:
    return train_booster(fitted, devel, CONFIG)


def uar(model: TrainedModel, table: FeatureTable) -> float:
    truth = labels(table, model.classes)
    found = Forest.from_json(model.booster).margins(table.array).argmax(axis=1)
    return float(np.mean([(found == truth)[truth == c].mean() for c in np.unique(truth)]))


def test_learns_separable_classes(model: TrainedModel, test_table: FeatureTable) -> None:
    assert model.classes == CLASSES
    assert model.columns == test_table.columns
    assert uar(model, test_table) > 0.8


def test_stops_early_and_keeps_the_best_round(model: TrainedModel) -> None:
    losses = [row["devel_mlogloss"] for row in model.history]
    assert model.rounds == int(np.argmin(losses)) + 1
    assert len(losses) == min(model.rounds + CONFIG.early_stopping_rounds, CONFIG.rounds)
    assert Forest.from_json(model.booster).n_trees == 5 * model.rounds
    assert [row["round"] for row in model.history] == list(range(1, len(losses) + 1))


def test_early_stopping_can_use_uar(fitted: FeatureTable, devel: FeatureTable) -> None:
    model = train_booster(fitted, devel, CONFIG.model_copy(update={"early_stopping_metric": "uar"}))
    scores = [row["devel_uar"] for row in model.history]
    assert model.rounds == int(np.argmax(scores)) + 1
    assert uar(model, devel) == pytest.approx(max(scores))


def test_the_same_inputs_give_the_same_bytes(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    assert train_booster(fitted, devel, CONFIG) == model
    other = train_booster(fitted, devel, CONFIG.model_copy(update={"seed": 1}))
    assert other.booster != model.booster


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("learning_rate", 0.2),
        ("max_depth", 2),
        ("min_child_weight", 20.0),
        ("subsample", 0.5),
        ("colsample_bytree", 0.2),
        ("colsample_bynode", 0.2),
        ("reg_lambda", 9.0),
        ("reg_alpha", 1.0),
        ("gamma", 2.0),
        ("max_bin", 8),
        ("class_balance", 0.0),
        ("child_balance", 0.0),
        ("corpus_balance", 1.0),
    ],
)
def test_every_setting_changes_the_trees(
    fitted: FeatureTable, devel: FeatureTable, key: str, value: float
) -> None:
    few = CONFIG.model_copy(update={"rounds": 3})
    changed = train_booster(fitted, devel, few.model_copy(update={key: value}))
    assert changed.booster != train_booster(fitted, devel, few).booster


def test_class_balancing_raises_the_recall_of_a_rare_class(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    config = CONFIG.model_copy(update={"rounds": 5})
    rare = devel.meta.Answer.to_numpy() == "Laughing"
    shares = []
    for balance in (0.0, 1.0):
        model = train_booster(fitted, devel, config.model_copy(update={"class_balance": balance}))
        found = Forest.from_json(model.booster).margins(devel.array[rare]).argmax(axis=1)
        shares.append((found == CLASSES.index("Laughing")).mean())
    assert shares[1] > shares[0]


def test_reports_progress_after_every_round(fitted: FeatureTable, devel: FeatureTable) -> None:
    seen: list[tuple[int, int]] = []
    config = CONFIG.model_copy(update={"rounds": 4})
    train_booster(fitted, devel, config, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_unlabelled_clips_are_left_out(fitted: FeatureTable, devel: FeatureTable) -> None:
    config = CONFIG.model_copy(update={"rounds": 2})
    some = np.arange(len(fitted)) % 4 == 0
    blanked = dataclasses.replace(
        fitted, meta=fitted.meta.assign(Answer=fitted.meta.Answer.mask(some, ""))
    )
    assert train_booster(blanked, devel, config) == train_booster(
        fitted.where(~some), devel, config
    )


def test_fewer_classes_keep_their_order(fitted: FeatureTable, devel: FeatureTable) -> None:
    def two(table: FeatureTable) -> FeatureTable:
        return table.where(table.meta.Answer.isin(["Junk", "Crying"]))

    model = train_booster(two(fitted), two(devel), CONFIG.model_copy(update={"rounds": 3}))
    assert model.classes == ("Crying", "Junk")
    with pytest.raises(DataError, match="Canonical"):
        train_booster(two(fitted), devel, CONFIG)


def test_rejects_tables_that_cannot_be_trained_on(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    with pytest.raises(DataError, match="classes"):
        train_booster(fitted.where(fitted.meta.Answer == "Junk"), devel, CONFIG)
    with pytest.raises(DataError, match="no labelled clip"):
        train_booster(fitted, devel.where(devel.meta.Answer == "none"), CONFIG)
    narrow = dataclasses.replace(devel, values=devel.values.iloc[:, :-1])
    with pytest.raises(DataError, match="different features"):
        train_booster(fitted, narrow, CONFIG)


def test_passes_the_settings_to_xgboost(fitted: FeatureTable, devel: FeatureTable) -> None:
    model = train_booster(fitted, devel, CONFIG.model_copy(update={"rounds": 2, "max_depth": 1}))
    booster = xgb.Booster(model_file=bytearray(model.booster))
    assert max(dump.count("leaf=") for dump in booster.get_dump()) == 2


def test_a_class_with_a_higher_prior_becomes_more_probable(
    fitted: FeatureTable, devel: FeatureTable
) -> None:
    few = CONFIG.model_copy(update={"rounds": 3})
    plain, frequent = (
        train_booster(fitted, devel, few.model_copy(update={"class_prior": prior}))
        for prior in ({}, {"Junk": 20.0})
    )
    junk = plain.classes.index("Junk")
    leads = []
    for found in (plain, frequent):
        margins = Forest.from_json(found.booster).margins(devel.array)
        leads.append(float((margins[:, junk] - margins.mean(axis=1)).mean()))
    assert leads[1] > leads[0] + 0.1
