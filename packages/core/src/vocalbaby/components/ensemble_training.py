"""Training of an ensemble: models of one or more kinds on each feature set of a table."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.components.boosting import TrainedModel, TrainingConfig, labels, train_booster
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.logistic_training import train_logistic_regression
from vocalbaby.components.mlp_training import train_mlp
from vocalbaby.components.scaling import fit_scaling
from vocalbaby.components.svm_training import train_svm
from vocalbaby.components.trained_classifier import TrainedClassifier, TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.bundle import FeatureSetRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.models import ensemble, linear, mlp, registry, svm

__all__ = ["BoosterTrainer", "train_ensemble", "train_model"]

#: Signature of `.boosting.train_booster`.
BoosterTrainer = Callable[
    [FeatureTable, FeatureTable, TrainingConfig, ProgressCallback | None], TrainedModel
]

_Trainer: TypeAlias = Callable[
    [FeatureTable, FeatureTable, TrainingConfig, ProgressCallback | None], TrainedClassifier
]

#: What trains the kinds other than boosted trees and ensembles.
_TRAINERS: Final = {
    linear.KIND: train_logistic_regression,
    mlp.KIND: train_mlp,
    svm.KIND: train_svm,
}

#: Weight of the squared biases of a member. The ensemble is calibrated with settings later.
_BIAS_PENALTY: Final = 0.05


def train_model(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
    booster: BoosterTrainer = train_booster,
) -> TrainedClassifier:
    """Train a model of the kind that the settings name.

    Args:
        train: Clips to fit the model to.
        devel: Clips of other children.
        config: Settings of the training.
        progress: Called with (rounds done, maximum number of rounds) after every round.
        booster: Trains boosted trees, or takes them from a cache.

    Returns:
        The model.

    Raises:
        DataError: The tables cannot be trained on.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> train_model(table, table, TrainingConfig(kind="svm")).kind
        'svm'
    """
    if config.kind == ensemble.KIND:
        return train_ensemble(train, devel, config, progress, booster)
    trainer: _Trainer = _TRAINERS.get(config.kind, booster)
    return trainer(train, devel, config, progress)


def train_ensemble(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
    booster: BoosterTrainer = train_booster,
) -> TrainedParts:
    """Train one member of each kind per feature set, and fit its temperature and biases on devel.

    The setting ``combination`` says whether their logits or their probabilities are averaged.

    Args:
        train: Clips with the features of two sets or more, or of one for several kinds.
        devel: Clips of other children, with the same features.
        config: Settings of every member.
        progress: Called with (rounds done, maximum number of rounds), of all members
            together, after every round.
        booster: Trains boosted trees, or takes them from a cache.

    Returns:
        The ensemble.

    Raises:
        DataError: The ensemble has only one member, or the tables cannot be trained on.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> mfcc = features.get("mfcc")
        >>> noise = np.random.default_rng(1).normal(size=(6, len(mfcc.columns)))
        >>> values = pd.DataFrame(noise.astype(np.float32), columns=[c.name for c in mfcc.columns])
        >>> table = FeatureTable("mfcc", mfcc.version, meta, values)
        >>> settings = TrainingConfig(kind="ensemble", members=("svm", "logistic_regression"))
        >>> sorted(train_ensemble(table, table, settings).parts)
        ['ensemble.json', 'mfcc-logistic_regression.linear.json', 'mfcc-svm.svm.json']
    """
    sets = features.records(train.feature_set, train.feature_set_version, train.columns, train.file)
    kinds = config.members
    if len(sets) * len(kinds) < 2:
        raise DataError(
            f"An ensemble of {kinds[0]} needs several feature sets, and the table has only "
            f"{train.feature_set}.",
            hint="Join them with '+' in features.yaml, e.g. spectral_prosodic+embedding, or name "
            "several kinds as members in training.yaml.",
        )
    members: list[ensemble.Member] = []
    models: list[TrainedClassifier] = []
    start = 0
    for number, record in enumerate(sets):
        own_train, own_devel = (_part(table, record, start) for table in (train, devel))
        for place, kind in enumerate(kinds):
            counted = _counted(progress, number * len(kinds) + place, len(sets) * len(kinds))
            trainer: _Trainer = _TRAINERS.get(kind, booster)
            model = trainer(own_train, own_devel, config, counted)
            temperature, bias = _scaling(model, own_devel)
            members.append(
                ensemble.Member(
                    name=record.name if len(kinds) == 1 else f"{record.name}-{kind}",
                    kind=model.kind,
                    first_column=start,
                    n_columns=len(record.columns),
                    temperature=temperature,
                    bias=tuple(bias.tolist()),
                )
            )
            models.append(model)
        start += len(record.columns)
    names = [member.name for member in members]
    return TrainedParts(
        kind=ensemble.KIND,
        classes=models[0].classes,
        columns=train.columns,
        parts=ensemble.to_parts(members, [model.parts for model in models], config.combination),
        history=[
            {"member": name, **row}
            for name, model in zip(names, models, strict=True)
            for row in model.history
        ],
    )


def _part(table: FeatureTable, record: FeatureSetRecord, start: int) -> FeatureTable:
    """Select the columns of one feature set."""
    values = table.values.iloc[:, start : start + len(record.columns)]
    return FeatureTable(record.name, record.version, table.meta, values, record.file)


def _scaling(model: TrainedClassifier, devel: FeatureTable) -> tuple[float, NDArray[np.float64]]:
    labelled = devel.where(devel.meta.Answer != "")
    margins = registry.load(model.kind, model.parts).margins(labelled.array)
    truth = labels(labelled, model.classes)
    weights = clip_weights(labelled.meta, classes=1.0, children=0.5)
    return fit_scaling(margins, truth, weights, _BIAS_PENALTY)


def _counted(
    progress: ProgressCallback | None, number: int, members: int
) -> ProgressCallback | None:
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, members * total)
