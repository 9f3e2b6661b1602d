"""Feature extraction: decode clips, augment them, and compute their feature tables."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby import features
from vocalbaby.components.feature_cache import FeatureCache
from vocalbaby.components.feature_rows import (
    AugmentationConfig,
    RowKey,
    row_keys,
    samples_of,
)
from vocalbaby.components.feature_table import META_COLUMNS, FeatureTable
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.features import FeatureSet
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.entity.progress import ProgressCallback, TaskProgressCallback, for_task
from vocalbaby.features.egemaps import EgemapsConfig
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.features.ssl import SslConfig
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["AugmentationConfig", "FeaturesConfig", "extract_features", "extract_sets"]

Samples = NDArray[np.float32]


class FeaturesConfig(StrictModel):
    """Settings of feature extraction.

    Attributes:
        feature_set: Name of a registered feature set, or several joined with ``+``.
        embedding: The pretrained model of the feature set ``embedding``.
        ssl: The speech model of the feature set ``ssl``.
        egemaps: Consent to the licence of the feature set ``egemaps``.
        batch_size: Number of clips per call of the feature set. It affects only the speed.
        augmentation: Augmentation of the training clips.

    Examples:
        >>> FeaturesConfig(feature_set="mfcc").chosen().name
        'mfcc'
    """

    feature_set: str = features.DEFAULT
    embedding: EmbeddingConfig = EmbeddingConfig()
    ssl: SslConfig = SslConfig()
    egemaps: EgemapsConfig = EgemapsConfig()
    batch_size: int = Field(default=16, ge=1, le=1024)
    augmentation: AugmentationConfig = AugmentationConfig()

    def chosen(self, name: str | None = None) -> FeatureSet:
        """Return a feature set with the settings of its section.

        Args:
            name: Name of a set, or several joined with ``+``; ``feature_set`` if None.

        Raises:
            FeatureSetError: There is no such feature set, or its model cannot be used.

        Examples:
            >>> len(FeaturesConfig().chosen("mfcc+egemaps").columns)
            128
        """
        return features.get(
            name or self.feature_set, self.embedding, ssl=self.ssl, egemaps=self.egemaps
        )


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

    Examples:
        >>> len(extract_features([], FeaturesConfig(feature_set="mfcc")).columns)
        40
    """
    report = None if progress is None else lambda _, done, total: progress(done, total)
    chosen = config.chosen()
    return extract_sets(records, config, [chosen], copies=copies, progress=report)[chosen.name]


def extract_sets(
    records: Sequence[ClipRecord],
    config: FeaturesConfig,
    sets: Iterable[FeatureSet],
    *,
    copies: int = 0,
    cache: str | Path | None = None,
    progress: TaskProgressCallback | None = None,
) -> dict[str, FeatureTable]:
    """Compute several feature sets of the same clips, each of which is decoded once.

    Args:
        records: Clips whose paths can be opened.
        config: Batch size and augmentation.
        sets: The feature sets.
        copies: Number of augmented copies of each clip.
        cache: Folder of rows that were computed before (`FeatureCache`); None for no cache.
            Clips of which every row is known are not even decoded.
        progress: Called with (name of the set, rows done, rows in all) after every batch.

    Returns:
        The tables by the name of the set; see `extract_features`.

    Raises:
        DataError: An audio file does not exist or cannot be used.
        FeatureSetError: The file that a set needs cannot be used, or its licence is not
            accepted.

    Examples:
        >>> from vocalbaby import features
        >>> list(extract_sets([], FeaturesConfig(), [features.get("mfcc")]))
        ['mfcc']
    """
    keys = [row_keys(record, config.augmentation, copies) for record in records]
    rows = [key for of_record in keys for key in of_record]
    work = [
        _Set(chosen, rows, config.batch_size, cache, for_task(progress, chosen.name))
        for chosen in sets
    ]
    try:
        start = 0
        for record, of_record in zip(records, keys, strict=True):
            end = start + len(of_record)
            if any(one.needs(start, end) for one in work):
                clips = samples_of(record, config.augmentation, copies)
                for number, samples in enumerate(clips, start):
                    for one in work:
                        one.offer(number, samples)
            start = end
        for one in work:
            one.finish()
    finally:
        for one in work:
            one.close()
    meta = pd.DataFrame(
        [
            (key.clip, record.child_ID, record.Answer, record.corpus, record.split)
            for record, of_record in zip(records, keys, strict=True)
            for key in of_record
        ],
        columns=list(META_COLUMNS),
        dtype=object,
    )
    return {one.chosen.name: one.table(meta) for one in work}


class _Set:
    """The rows of one feature set, of which those that are not in the cache are computed."""

    def __init__(
        self,
        chosen: FeatureSet,
        rows: Sequence[RowKey],
        batch_size: int,
        cache: str | Path | None,
        progress: ProgressCallback | None,
    ) -> None:
        self.chosen = chosen
        self._keys = rows
        self._batch_size = batch_size
        self._cache = None if cache is None else FeatureCache(cache, chosen)
        self._progress = progress
        self._values = np.empty((len(rows), len(chosen.columns)), np.float32)
        self._missing = np.ones(len(rows), np.bool_)
        self._batch: list[tuple[int, Samples]] = []
        if self._cache is not None:
            for number, key in enumerate(rows):
                known = self._cache.get(key.content)
                if known is not None:
                    self._values[number] = known
                    self._missing[number] = False
        self._done = len(rows) - int(self._missing.sum())
        if self._missing.any():
            chosen.extract([])  # fails now rather than after the first sets
        elif rows:
            self._report(0)

    def needs(self, start: int, end: int) -> bool:
        """Whether one of these rows is not known."""
        return bool(self._missing[start:end].any())

    def offer(self, number: int, samples: Samples) -> None:
        """Take the samples of a row, which is computed with others if it is not known."""
        if self._missing[number]:
            self._batch.append((number, samples))
            if len(self._batch) == self._batch_size:
                self.finish()

    def finish(self) -> None:
        """Compute the rows that were offered."""
        if not self._batch:
            return
        found = self.chosen.extract([samples for _, samples in self._batch])
        for row, (number, _) in zip(found, self._batch, strict=True):
            self._values[number] = row
            if self._cache is not None:
                self._cache.add(self._keys[number].content, row)
        self._report(len(self._batch))
        self._batch = []

    def close(self) -> None:
        """Write what was computed to the cache, also if something else failed."""
        if self._cache is not None:
            self._cache.close()

    def table(self, meta: pd.DataFrame) -> FeatureTable:
        """Return the table of all rows."""
        names = [column.name for column in self.chosen.columns]
        return FeatureTable(
            self.chosen.name,
            self.chosen.version,
            meta.copy(),
            pd.DataFrame(self._values, columns=names),
            self.chosen.file,
        )

    def _report(self, n: int) -> None:
        self._done += n
        if self._progress is not None:
            self._progress(self._done, len(self._keys))
