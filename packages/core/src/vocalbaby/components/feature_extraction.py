"""Feature extraction: decode clips, augment them, and compute their feature table."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby import features
from vocalbaby.audio import load
from vocalbaby.audio.acoustics import RecordingConfig, augment
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.features import FeatureSet
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError, DataError
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["AugmentationConfig", "FeaturesConfig", "extract_features"]

Samples = NDArray[np.float32]

#: Windows per copy of a long clip at most, so that no recording outweighs many others.
_MAX_WINDOWS: Final = 6


class AugmentationConfig(StrictModel):
    """Settings of data augmentation: copies of clips under other recording conditions.

    Attributes:
        copies: Number of copies of each clip of train; 0 for none.
        seed: Seed of the random generator; a copy depends on the seed and the ``clip_ID``.
        rate_change: Maximum relative change of speed.
        junk_rate_change: The same for clips of Junk. They may change more than an infant's
            voice may, as what is not an infant stays so at another speed.
        junk_reversal: Share of the copies of Junk that are played backwards.
        crop: Maximum share of a clip that is cut off.
        window_s: Copies of clips that are longer than the upper end are windows of these
            lengths in seconds, and there are proportionally more of them; null to copy whole
            clips.
        recording: Distribution of simulated rooms, noise and recorders.
    """

    copies: int = Field(default=1, ge=0, le=20)
    seed: int = Field(default=0, ge=0)
    rate_change: float = Field(default=0.06, ge=0.0, le=0.5)
    junk_rate_change: float = Field(default=0.06, ge=0.0, le=0.6)
    junk_reversal: float = Field(default=0.0, ge=0.0, le=1.0)
    crop: float = Field(default=0.15, ge=0.0, le=0.5)
    window_s: tuple[float, float] | None = None
    recording: RecordingConfig = RecordingConfig()


class FeaturesConfig(StrictModel):
    """Settings of feature extraction.

    Attributes:
        feature_set: Name of a registered feature set, or several joined with ``+``.
        embedding: The pretrained model of the feature set ``embedding``.
        batch_size: Number of clips per call of the feature set. It affects only the speed.
        augmentation: Augmentation of the training clips.
    """

    feature_set: str = features.DEFAULT
    embedding: EmbeddingConfig = EmbeddingConfig()
    batch_size: int = Field(default=16, ge=1, le=1024)
    augmentation: AugmentationConfig = AugmentationConfig()

    def chosen(self) -> FeatureSet:
        """Return the feature set.

        Raises:
            FeatureSetError: There is no such feature set.
        """
        return features.get(self.feature_set, self.embedding)


def extract_features(
    records: Sequence[ClipRecord],
    config: FeaturesConfig,
    *,
    copies: int = 0,
    progress: ProgressCallback | None = None,
) -> FeatureTable:
    """Compute the features of clips and of augmented copies of them.

    Args:
        records: Clips whose paths can be opened.
        config: Feature set, batch size and augmentation.
        copies: Number of augmented copies of each clip.
        progress: Called with (rows done, rows in all) after every batch.

    Returns:
        One row per clip, each followed by its copies, whose ``clip_ID`` is
        ``<clip_ID>#<n>``.

    Raises:
        DataError: An audio file does not exist or cannot be used.
        FeatureSetError: There is no such feature set, or the file that it needs cannot be
            used.
    """
    feature_set = config.chosen()
    total = sum(1 + _copies(record, config.augmentation, copies) for record in records)
    meta: list[tuple[str, ...]] = []
    blocks = [np.empty((0, len(feature_set.columns)), np.float32)]
    rows = _rows(records, config.augmentation, copies)
    while batch := list(islice(rows, config.batch_size)):
        meta += [cells for cells, _ in batch]
        blocks.append(feature_set.extract([samples for _, samples in batch]))
        if progress is not None:
            progress(len(meta), total)
    names = [column.name for column in feature_set.columns]
    return FeatureTable(
        feature_set.name,
        feature_set.version,
        pd.DataFrame(meta, columns=list(META_COLUMNS), dtype=object),
        pd.DataFrame(np.concatenate(blocks), columns=names),
        feature_set.file,
    )


def _rows(
    records: Sequence[ClipRecord], config: AugmentationConfig, copies: int
) -> Iterator[tuple[tuple[str, ...], Samples]]:
    """Yield metadata and samples of every clip and copy."""
    for record in records:
        samples = _samples(record)
        labels = (record.child_ID, record.Answer, record.corpus, record.split)
        yield (record.clip_ID, *labels), samples
        rng = _generator(record.clip_ID, config.seed)
        for copy in range(1, _copies(record, config, copies) + 1):
            junk = record.Answer == "Junk"
            backwards = junk and rng.random() < config.junk_reversal
            altered = augment(
                samples[::-1] if backwards else samples,
                rng,
                config.recording,
                rate_change=config.junk_rate_change if junk else config.rate_change,
                crop=config.crop,
                window_s=config.window_s,
            )
            yield (f"{record.clip_ID}#{copy}", *labels), altered


def _copies(record: ClipRecord, config: AugmentationConfig, copies: int) -> int:
    """Number of copies of a clip: in proportion to its length where windows are cut from it."""
    if config.window_s is None:
        return copies
    return copies * max(1, min(round(record.duration_s / config.window_s[1]), _MAX_WINDOWS))


def _samples(record: ClipRecord) -> Samples:
    try:
        return load(record.path).samples
    except AudioError as error:
        raise DataError(
            f"The clip {record.clip_ID} ({record.path}) cannot be used. {error.message}",
            hint="Run `vocalbaby validate` to find all such clips.",
        ) from error


def _generator(clip_id: str, seed: int) -> np.random.Generator:
    """Random generator of one clip, whose copies thus do not depend on other clips."""
    digest = hashlib.sha256(clip_id.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])
