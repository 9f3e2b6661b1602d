"""Predictions for clips that the booster did not hear, to which the calibration is fitted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import labels
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.left_out import CorpusGroups, clips_of, without
from vocalbaby.components.novelty_fitting import fit_novelty, novelty_scores
from vocalbaby.components.trained_classifier import TrainedClassifier
from vocalbaby.exception import DataError
from vocalbaby.models import registry
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["HeldOutClips", "Retrain", "held_out_children", "left_out_corpora", "recorded"]

#: Trains another booster on a part of train and devel, whose name is for the progress.
Retrain: TypeAlias = Callable[[FeatureTable, FeatureTable, str], TrainedClassifier]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutClips:
    """Labelled clips and what a model that did not hear them gives for them.

    Attributes:
        meta: Columns of the feature table; ``corpus`` is the name of the group that was left
            out.
        truth: Class indices, shape (n,).
        margins: Margins of the booster, float32, shape (n, n_classes).
        novelty: Novelty for a model fitted without the clips, shape (n,).
        unheard: Whether the corpus of the clip was left out as a whole, shape (n,).
    """

    meta: pd.DataFrame
    truth: NDArray[np.int64]
    margins: NDArray[np.float32]
    novelty: NDArray[np.float64]
    unheard: NDArray[np.bool_]

    def where(self, mask: NDArray[np.bool_]) -> "HeldOutClips":
        """Select the clips for which ``mask``, shape (n,), is true."""
        return HeldOutClips(
            self.meta[mask].reset_index(drop=True),
            self.truth[mask],
            self.margins[mask],
            self.novelty[mask],
            self.unheard[mask],
        )


def recorded(table: FeatureTable, groups: CorpusGroups) -> FeatureTable:
    """Select the clips to which novelty is fitted.

    These are the clips of the corpora in ``groups``, or of all corpora if the table has none of
    them. Augmented copies are left out.
    """
    named = [corpus for corpora in groups.values() for corpus in corpora]
    real = table.where(table.meta.corpus.isin(named))
    return (real if len(real) else table).originals


def held_out_children(
    model: TrainedClassifier,
    train: FeatureTable,
    devel: FeatureTable,
    groups: CorpusGroups,
    axes: int,
) -> HeldOutClips:
    """Predict the labelled clips of devel.

    Args:
        model: Booster that was trained on train.
        train: The clips to which novelty is fitted; see `recorded`.
        devel: Clips of other children.
        groups: Corpora of recordings.
        axes: Number of principal axes of the novelty model.

    Raises:
        DataError: Devel has a class that the model does not have.
    """
    devel = devel.where(devel.meta.Answer != "")
    return HeldOutClips(
        meta=devel.meta,
        truth=labels(devel, model.classes),
        margins=registry.load(model.kind, model.parts).margins(devel.array),
        novelty=novelty_scores(fit_novelty(recorded(train, groups).array, axes), devel.array),
        unheard=np.zeros(len(devel), np.bool_),
    )


def left_out_corpora(
    model: TrainedClassifier,
    train: FeatureTable,
    devel: FeatureTable,
    groups: CorpusGroups,
    axes: int,
    retrain: Retrain,
) -> HeldOutClips:
    """Predict every group of corpora with a booster that was trained without it.

    The clips of devel that are in no group (those of synthetic corpora) are predicted by the
    model itself. Groups without clips are passed over, so that a training without a corpus can
    have the same settings.

    Args:
        model: Booster that was trained on train and devel.
        train: Clips with augmented copies.
        devel: Clips of other children.
        groups: The groups.
        axes: Number of principal axes of the novelty model.
        retrain: Trains the other boosters.

    Raises:
        DataError: The training without a group lacks a class.
    """
    rest = without([c for corpora in groups.values() for c in corpora], devel)
    parts = [held_out_children(model, train, rest, groups, axes)]
    for name, corpora in groups.items():
        clips = clips_of(corpora, (train, devel))
        if not len(clips):
            continue
        known = without(corpora, train), without(corpora, devel)
        if lacking := sorted(set(model.classes) - set(known[0].meta.Answer)):
            raise DataError(
                f"No other corpus than '{name}' has clips of {', '.join(lacking)}.",
                hint="Remove it from left_out_corpora in the section calibration.",
            )
        part = held_out_children(retrain(*known, name), known[0], clips, groups, axes)
        unheard = np.ones(len(part.truth), np.bool_)
        parts.append(replace(part, meta=_renamed(part.meta, name), unheard=unheard))
    return HeldOutClips(
        pd.concat([part.meta for part in parts], ignore_index=True),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.margins for part in parts]),
        np.concatenate([part.novelty for part in parts]),
        np.concatenate([part.unheard for part in parts]),
    )


def _renamed(meta: pd.DataFrame, name: str) -> pd.DataFrame:
    """Replace the corpora by the name of their group; children of different corpora stay apart."""
    child = meta.corpus + "/" + meta.child_ID if meta.corpus.nunique() > 1 else meta.child_ID
    return meta.assign(corpus=name, child_ID=child)
