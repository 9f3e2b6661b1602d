"""Leakage that is planted in a split or a fold is found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from packages.core.tests.comparison.conftest import SPLITS, make_table
from vocalbaby.comparison.findings import class_corpora, perfect_features, shared_sounds
from vocalbaby.components.feature_table import FeatureTable, concat, write_feature_table
from vocalbaby.components.split_leaks import require_distinct_sounds
from vocalbaby.exception import SplitLeakError
from vocalbaby.pipeline.comparison import run_comparison
from vocalbaby.pipeline.training import run_training
from vocalbaby.pipeline.tuning import run_tuning
from vocalbaby.pipeline.workspace import Workspace


@pytest.fixture
def tables() -> tuple[FeatureTable, ...]:
    return tuple(make_table(split, 1) for split in SPLITS)


def planted(target: FeatureTable, source: FeatureTable, child: str, split: str) -> FeatureTable:
    """Add the first clip of `source` to `target`, as a clip of a child."""
    clip = source.where(np.arange(len(source)) == 0)
    meta = clip.meta.assign(clip_ID="planted", child_ID=child, split=split)
    return concat([target, replace(clip, meta=meta)])


def test_a_clip_of_a_test_child_in_train_is_an_error(
    workspace: Workspace, tables: tuple[FeatureTable, ...]
) -> None:
    train, _, test = tables
    leaking = planted(train, test, test.meta.child_ID[0], "train")
    write_feature_table(workspace.feature_table("mfcc", "train"), leaking)
    with pytest.raises(SplitLeakError, match="1 child in common"):
        run_comparison(workspace)


def test_the_same_clip_under_another_childs_name_is_an_error(
    workspace: Workspace, tables: tuple[FeatureTable, ...]
) -> None:
    train, _, test = tables
    leaking = planted(train, test, "train-0", "train")
    write_feature_table(workspace.feature_table("mfcc", "train"), leaking)
    with pytest.raises(SplitLeakError, match=r"1 sound .* planted of train-0 in train and test0"):
        run_comparison(workspace)
    require_distinct_sounds(tables)


@pytest.mark.parametrize("stage", [run_tuning, run_training])
@pytest.mark.parametrize(
    ("child", "message"), [("train-0", "1 sound .* devel0"), ("devel-0", "1 child in common")]
)
def test_tuning_and_training_refuse_a_clip_of_devel_in_train(
    workspace: Workspace,
    tables: tuple[FeatureTable, ...],
    stage: Callable[[Workspace], object],
    child: str,
    message: str,
) -> None:
    train, devel, _ = tables
    leaking = planted(train, devel, child, "train")
    write_feature_table(workspace.feature_table("mfcc", "train"), leaking)
    with pytest.raises(SplitLeakError, match=message):
        stage(workspace)


def test_a_clip_of_two_children_of_one_split_is_a_finding(
    tables: tuple[FeatureTable, ...],
) -> None:
    train, devel, test = tables
    assert not shared_sounds(tables)
    (found,) = shared_sounds((train, planted(devel, devel, "devel-2", "devel"), test))
    assert found.finding == "copies_in_split"
    assert "devel0 of devel-0" in found.detail
    assert not shared_sounds((planted(train, train, "train-0", "train"), devel, test))


def test_a_feature_that_equals_the_label_is_a_finding(tables: tuple[FeatureTable, ...]) -> None:
    train, devel, _ = tables
    assert not perfect_features(train, devel)
    codes = {"Canonical": 3.0, "Non-canonical": 1.0, "Crying": 4.0, "Laughing": 0.0, "Junk": 2.0}
    leaking = []
    for table in (train, devel):
        values = table.values.copy()
        values.iloc[:, 7] = table.meta.Answer.map(codes).astype(np.float32)
        leaking.append(replace(table, values=values))
    (found,) = perfect_features(*leaking)
    assert train.columns[7] in found.detail


def test_a_class_of_one_corpus_is_a_finding() -> None:
    labels = pd.Series(["Crying"] * 20 + ["Junk"] * 20)
    corpora = pd.Series(["Cries"] * 20 + ["Homes"] * 20)
    assert [f.finding for f in class_corpora(list(labels), list(corpora))] == [
        "class_of_one_corpus"
    ] * 2
    mixed = pd.Series(["Cries", "Homes"] * 20)
    assert not class_corpora(list(labels), list(mixed))
