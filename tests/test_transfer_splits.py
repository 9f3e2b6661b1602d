"""Splits of benchmarks/transfer: no group is both in a training and in its evaluation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.transfer import recipe as recipes
from benchmarks.transfer.cache import cached_table, table_key
from benchmarks.transfer.splits import HALVES, fold_of, half_of
from vocalbaby.components.boosting import TrainedModel, TrainingConfig
from vocalbaby.components.calibration_fitting import CalibrationConfig
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.components.packaging import ModelConfig
from vocalbaby.entity.manifest import ClipRecord

#: Recorded when the halves were fixed: a change would mix what chooses with what reports.
LYON = {"BEL": "choosing", "CAA": "choosing", "CAE": "reporting", "CHE": "reporting"}


def test_every_group_is_in_one_half_that_does_not_change() -> None:
    groups = [("ESC10", f"esc_{number}") for number in range(1000)]
    halves = [half_of(*group) for group in groups]
    assert halves == [half_of(*group) for group in groups]
    assert set(halves) == set(HALVES)
    assert 450 < halves.count("reporting") < 550
    assert {baby: half_of("LyonCry", f"lyon_{baby}") for baby in LYON} == LYON


def test_the_corpus_is_part_of_a_group() -> None:
    children = [f"child_{number}" for number in range(100)]
    assert [half_of("a", child) for child in children] != [
        half_of("b", child) for child in children
    ]


def test_added_groups_are_split_independently_of_their_half() -> None:
    groups = [("DonateACry", f"dac_{number}") for number in range(2000)]
    for half in HALVES:
        folds = [fold_of(*group) for group in groups if half_of(*group) == half]
        assert folds.count("devel") / len(folds) == pytest.approx(0.25, abs=0.05)


def clip(corpus: str, child: str, number: int = 0) -> ClipRecord:
    name = f"{corpus}_{child}_{number}.wav"
    return ClipRecord(name, child, "Crying", corpus, None, "", name, "", 0.5, name)


def table_of(records: list[ClipRecord]) -> FeatureTable:
    meta = [tuple(getattr(record, column) for column in META_COLUMNS) for record in records]
    values = pd.DataFrame({"x": np.arange(len(records), dtype=np.float32)})
    return FeatureTable("set", "1", pd.DataFrame(meta, columns=list(META_COLUMNS)), values)


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> recipes.Recipe:
    """A recipe of two corpora, whose features need no audio."""
    monkeypatch.setattr(recipes, "_extract", lambda records, *rest: table_of(records))
    train = [clip(corpus, child) for corpus in ("A", "B") for child in ("1", "2")]
    devel = [clip(corpus, "3") for corpus in ("A", "B")]
    settings = TrainingSettings(
        TrainingConfig(),
        CalibrationConfig(),
        ModelConfig.model_validate({"name": "test", "description": "A test."}),
    )
    return recipes.Recipe(
        (*train, *devel), FeaturesConfig(), settings, table_of(train), table_of(devel), tmp_path
    )


def groups(table: FeatureTable) -> set[tuple[str, str]]:
    return set(zip(table.meta.corpus, table.meta.child_ID, strict=True))


def test_a_corpus_that_is_left_out_is_in_neither_table(recipe: recipes.Recipe) -> None:
    train, devel = recipe.without_corpora({"A"})
    assert groups(train) == {("B", "1"), ("B", "2")}
    assert groups(devel) == {("B", "3")}


def test_held_out_groups_are_in_neither_table(recipe: recipes.Recipe) -> None:
    held_out = {("A", "1"), ("B", "3")}
    train, devel = recipe.with_groups_held_out(held_out, [])
    assert groups(train) == {("A", "2"), ("B", "1"), ("B", "2")}
    assert groups(devel) == {("A", "3")}


def test_groups_are_added_from_corpora_that_the_recipe_does_not_have(
    recipe: recipes.Recipe,
) -> None:
    new = [clip("C", str(number)) for number in range(20)]
    added = [*new, clip("A", "4")]
    train, devel = recipe.with_groups_held_out(set(), added)
    in_train, in_devel = ({g for g in groups(t) if g[0] == "C"} for t in (train, devel))
    assert in_train | in_devel == {("C", str(number)) for number in range(20)}
    assert in_train
    assert in_devel
    assert not in_train & in_devel
    assert ("A", "4") not in groups(train) | groups(devel)


def test_a_table_is_computed_once(tmp_path: Path) -> None:
    calls = []

    def compute() -> FeatureTable:
        calls.append(1)
        return table_of([clip("A", "1"), clip("A", "2")])

    first, second = (cached_table(tmp_path / "features.parquet", compute) for _ in range(2))
    assert len(calls) == 1
    assert table_key(first) == table_key(second) == table_key(compute())


def test_a_booster_is_trained_once_and_comes_back_from_the_cache(
    recipe: recipes.Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    made = TrainedModel(b'{"trees": []}', ("Crying", "Junk"), ("x",), 3, [{"round": 1.0}])

    def train(train: FeatureTable, *_: object) -> TrainedModel:
        calls.append(len(train))
        return made

    monkeypatch.setattr(recipes, "train_booster", train)
    without_b = recipe.without_corpora({"B"})
    for tables in ((recipe.train, recipe.devel), without_b, without_b):
        assert recipe._train(*tables, recipe.settings.training) == made
    assert calls == [4, 2]
    recipe._train(*without_b, TrainingConfig(rounds=7))
    assert calls == [4, 2, 2]
