"""What a trial is fitted to and evaluated on."""

import numpy as np
import pytest

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.exception import DataError
from vocalbaby.tuning.config import TuningConfig
from vocalbaby.tuning.evaluation import (
    Problem,
    child_folds,
    objective_value,
    report_split,
    splits,
)

NESTED = TuningConfig(evaluation="nested", folds=4)


@pytest.fixture
def problem(train: FeatureTable, devel: FeatureTable, training: TrainingConfig) -> Problem:
    return Problem(train, devel, "boosted_trees", training, NESTED)


def kids(table: FeatureTable) -> set[str]:
    return set(table.meta.child_ID)


def test_each_clip_of_train_is_evaluated_once_by_models_without_its_child(problem: Problem) -> None:
    parts = splits(problem)
    evaluated = [key for part in parts for key in part.score.meta.clip_ID]
    assert sorted(evaluated) == sorted(problem.train.originals.meta.clip_ID)
    for part in parts:
        assert not kids(part.fit) & kids(part.stop)
        assert not kids(part.fit) & kids(part.score)
        assert not kids(part.stop) & kids(part.score)
        assert kids(part.fit) | kids(part.stop) | kids(part.score) == kids(problem.train)


def test_copies_are_fitted_to_only(problem: Problem) -> None:
    for part in splits(problem):
        assert part.fit.meta.clip_ID.str.contains("#").any()
        assert not part.stop.meta.clip_ID.str.contains("#").any()
        assert not part.score.meta.clip_ID.str.contains("#").any()


def test_nested_has_devel_in_its_report_only(problem: Problem) -> None:
    assert not any(kids(part.score) & kids(problem.devel) for part in splits(problem))
    outer = report_split(problem)
    assert kids(outer.score) == kids(problem.devel)
    assert kids(outer.fit) | kids(outer.stop) == kids(problem.train)
    assert not kids(outer.fit) & kids(outer.stop)


def test_children_of_two_corpora_with_one_name_are_two(train: FeatureTable) -> None:
    meta = train.meta.assign(corpus=np.where(train.meta.child_ID < "train4", "a", "b"))
    meta["child_ID"] = [
        name[-1] if name < "train4" else str(int(name[-1]) - 4) for name in meta.child_ID
    ]
    table = FeatureTable("made", "1", meta, train.values)
    fold = child_folds(table, 8, seed=0)
    assert len({(f, c, k) for f, c, k in zip(fold, meta.corpus, meta.child_ID, strict=True)}) == 8


def test_fewer_children_than_folds_are_an_error(train: FeatureTable) -> None:
    with pytest.raises(DataError, match="8 children for 9 folds"):
        child_folds(train, 9, seed=0)


def test_unlabelled_clips_are_passed_over(problem: Problem, train: FeatureTable) -> None:
    meta = train.meta.assign(Answer=train.meta.Answer.where(train.meta.child_ID != "train0", ""))
    partly = Problem(
        FeatureTable("made", "1", meta, train.values),
        problem.devel,
        "boosted_trees",
        problem.training,
        NESTED,
    )
    assert all("train0" not in kids(part.fit) | kids(part.score) for part in splits(partly))
    with pytest.raises(DataError, match="devel has no labelled clip"):
        splits(
            Problem(
                train,
                FeatureTable("made", "1", meta, train.values).where(meta.Answer == ""),
                "mlp",
                problem.training,
                TuningConfig(),
            )
        )


def test_a_class_that_only_the_evaluated_children_have_counts_as_missed(problem: Problem) -> None:
    meta = problem.train.meta
    keep = (meta.Answer != "Laughing") | (meta.child_ID == "train0")
    rare = Problem(
        problem.train.where(keep), problem.devel, "boosted_trees", problem.training, NESTED
    )
    (part,) = (part for part in splits(rare) if "train0" in kids(part.score))
    assert "Laughing" not in set(part.fit.meta.Answer)
    assert rare.evaluate(part, {}) <= 0.8
    (stopped,) = (part for part in splits(rare) if "train0" in kids(part.stop))
    assert "Laughing" not in set(stopped.stop.meta.Answer)


def test_the_objectives_are_means_over_the_classes_that_occur() -> None:
    truth = np.array(["Crying", "Crying", "Junk", "Junk"], object)
    predicted = np.array(["Crying", "Laughing", "Junk", "Crying"], object)
    assert objective_value("uar", truth, predicted) == 0.5
    assert objective_value("macro_f1", truth, predicted) == pytest.approx((0.5 + 2 / 3) / 2)
