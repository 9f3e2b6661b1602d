"""Synthetic clips of the rarer classes (SMOTE) among those that a model is fitted to."""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.feature_table import FeatureTable, concat
from vocalbaby.components.standardizing import fit_standardization
from vocalbaby.components.training_config import TrainingConfig
from vocalbaby.entity.labels import CLASSES
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd
    from sklearn.neighbors import NearestNeighbors

__all__ = ["resampled"]


def resampled(train: FeatureTable, config: TrainingConfig) -> FeatureTable:
    """Add synthetic clips until every class has as many as the most frequent one.

    A synthetic clip lies between a clip and one of its nearest neighbours of the same class
    (Chawla et al., 2002, "SMOTE: synthetic minority over-sampling technique"). Neighbours are
    found among standardized features, with the median of a column in place of a missing value. A
    synthetic clip takes the child, the corpus and the missing values of the nearest clip of its
    class, so that the weights by child and by corpus remain meaningful, and that "not measurable"
    remains as frequent as it was.

    Augmented copies are kept and counted, but no neighbours are searched among them, because the
    nearest neighbours of a clip would be its own copies. A class with too few clips for the number
    of neighbours gets fewer, and one with a single clip is left as it is.

    Args:
        train: Labelled clips that a model is fitted to, and no others.
        config: Settings of the training: ``resampling``, ``smote_neighbours`` and ``seed``.

    Returns:
        The rows of ``train``, followed by the synthetic clips, whose ``clip_ID`` have the form of
        augmented copies; or ``train`` itself if the settings ask for no resampling.

    Raises:
        MissingExtraError: The extra ``tune`` is not installed.

    Examples:
        >>> rows = {"corpus": "made", "split": "train", "Answer": ["Junk"] * 4 + ["Crying"] * 2}
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys | rows)[["clip_ID", "child_ID", "Answer", "corpus", "split"]]
        >>> values = pd.DataFrame({"pitch": np.arange(6, dtype=np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> found = resampled(table, TrainingConfig(resampling="smote"))
        >>> found.meta.Answer.value_counts().to_dict()
        {'Junk': 4, 'Crying': 4}
        >>> bool(found.values.pitch[6:].between(4, 5).all())
        True
    """
    if config.resampling == "none":
        return train
    train = train.where(train.meta.Answer != "")
    clips, counts = train.originals, Counter(train.meta.Answer)
    scaling = fit_standardization(train.array)
    points = scaling.apply(_imputed(train, clips))
    added = [train]
    for number, label in enumerate(CLASSES):
        own = np.flatnonzero(clips.meta.Answer == label)
        wanted = max(counts.values(), default=0) - counts[label]
        neighbours = min(config.smote_neighbours, len(own) - 1)
        if wanted < 1 or neighbours < 1:
            continue
        synthetic = _smote(points[own], wanted, neighbours, config.seed + number)
        nearest = NearestNeighbors(n_neighbors=1).fit(points[own]).kneighbors(synthetic)[1][:, 0]
        values = synthetic * scaling.scale + scaling.center
        values[np.isnan(clips.array[own[nearest]])] = np.nan
        meta = clips.meta.iloc[own[nearest]].reset_index(drop=True)
        first = sum(map(len, added))  # more than the number of copies of any clip
        meta["clip_ID"] = [f"{key}#{first + i}" for i, key in enumerate(meta.clip_ID)]
        frame = pd.DataFrame(values.astype(np.float32), columns=train.values.columns)
        added.append(replace(train, meta=meta, values=frame))
    return concat(added)


def _imputed(train: FeatureTable, clips: FeatureTable) -> NDArray[np.float32]:
    """Values of the clips, where the medians of the columns replace missing values."""
    measured = ~np.isnan(train.array).all(axis=0)
    medians = np.nanmedian(np.where(measured, train.array, np.float32(0)), axis=0)
    return np.where(np.isnan(clips.array), medians, clips.array).astype(np.float32)


def _smote(
    points: NDArray[np.float32], wanted: int, neighbours: int, seed: int
) -> NDArray[np.float32]:
    with needs_extra("tune"):
        from imblearn.over_sampling import SMOTE  # noqa: PLC0415 - only with this setting

    # SMOTE requires a second class, which is to be as large as the first one becomes.
    size = len(points) + wanted
    rows = np.concatenate([points, np.zeros((size, points.shape[1]), np.float32)])
    labels = np.repeat([0, 1], [len(points), size])
    smote = SMOTE(sampling_strategy={0: size}, k_neighbors=neighbours, random_state=seed)
    found: NDArray[np.float32] = smote.fit_resample(rows, labels)[0][len(rows) :]
    return found
