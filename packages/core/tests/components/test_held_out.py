"""Predictions for clips that the booster did not hear."""

import dataclasses

import numpy as np
import pytest

from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.feature_table import FeatureTable, children
from vocalbaby.components.held_out import held_out_children, left_out_corpora, recorded
from vocalbaby.components.left_out import clips_of, without
from vocalbaby.components.novelty_fitting import fit_novelty, novelty_scores
from vocalbaby.exception import DataError
from vocalbaby.models.forest import Forest

TRAINING = TrainingConfig(rounds=3, max_depth=2)
GROUPS: dict[str, tuple[str, ...]] = {"another": ("other",), "absent": ("nowhere",)}


@pytest.fixture(scope="module")
def model(fitted: FeatureTable, devel: FeatureTable) -> TrainedModel:
    return train_booster(fitted, devel, TRAINING)


def test_a_group_is_predicted_by_a_booster_and_a_novelty_model_without_it(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    tasks = []

    def retrain(train: FeatureTable, devel: FeatureTable, group: str) -> TrainedModel:
        tasks.append(group)
        assert {*train.meta.corpus, *devel.meta.corpus} == {"made"}
        return train_booster(train, devel, TRAINING)

    found = left_out_corpora(model, fitted, devel, GROUPS, 4, retrain)
    assert tasks == ["another"]
    known = without(["other"], fitted), without(["other"], devel)
    clips = clips_of(["other"], (fitted, devel))
    left_out = found.where(found.unheard)
    assert list(left_out.meta.clip_ID) == list(clips.meta.clip_ID)
    assert set(left_out.meta.corpus) == {"another"}
    np.testing.assert_array_equal(left_out.truth, labels(clips, model.classes))
    forest = Forest.from_json(train_booster(*known, TRAINING).booster)
    np.testing.assert_array_equal(left_out.margins, forest.margins(clips.array))
    novelty = novelty_scores(fit_novelty(known[0].array, 4), clips.array)
    np.testing.assert_array_equal(left_out.novelty, novelty)
    rest = found.where(~found.unheard)
    assert list(rest.meta.clip_ID) == list(known[1].meta.clip_ID)
    np.testing.assert_array_equal(
        rest.margins, Forest.from_json(model.booster).margins(known[1].array)
    )


def test_children_of_two_corpora_of_a_group_stay_apart(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    def divided(table: FeatureTable) -> FeatureTable:
        """Make two corpora of one, with clips of the same children."""
        odd = (np.arange(len(table)) % 2 == 1) & (table.meta.corpus == "other")
        return dataclasses.replace(
            table, meta=table.meta.assign(corpus=table.meta.corpus.mask(odd, "third"))
        )

    tables = divided(fitted), divided(devel)
    groups: dict[str, tuple[str, ...]] = {"another": ("other", "third")}
    found = left_out_corpora(model, *tables, groups, 4, lambda *_: model)
    before = clips_of(groups["another"], tables).meta
    after = found.where(found.unheard).meta
    assert set(after.corpus) == {"another"}
    assert len(set(children(after))) == len(set(children(before))) == 2 * before.child_ID.nunique()


def test_novelty_is_fitted_to_the_originals_of_recorded_corpora(fitted: FeatureTable) -> None:
    meta = fitted.meta.assign(clip_ID=fitted.meta.clip_ID + "#1")
    copies = dataclasses.replace(fitted, meta=meta)
    assert set(recorded(fitted, GROUPS).meta.corpus) == {"other"}
    assert len(recorded(copies, GROUPS)) == 0
    assert len(recorded(fitted, {})) == len(fitted)
    assert len(recorded(fitted, {"absent": ("nowhere",)})) == len(fitted)


def test_clips_without_a_label_are_ignored(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    answers = devel.meta.Answer.where(np.arange(len(devel)) % 2 == 0, "")
    partly = dataclasses.replace(devel, meta=devel.meta.assign(Answer=answers))
    found = held_out_children(model, fitted, partly, {}, 4)
    assert list(found.meta.clip_ID) == list(devel.meta.clip_ID[::2])


def test_rejects_leaving_out_the_only_corpus_with_a_class(
    model: TrainedModel, fitted: FeatureTable, devel: FeatureTable
) -> None:
    only = fitted.where((fitted.meta.Answer != "Crying") | (fitted.meta.corpus == "other"))

    def retrain(*_: object) -> TrainedModel:
        raise AssertionError

    with pytest.raises(DataError, match="No other corpus than 'another' has clips of Crying"):
        left_out_corpora(model, only, devel, GROUPS, 4, retrain)
