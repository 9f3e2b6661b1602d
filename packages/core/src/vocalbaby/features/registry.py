"""Feature sets by name."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import FeatureSetRecord, ModelFile
from vocalbaby.entity.features import Column, FeatureSet, ModelFiles, as_files
from vocalbaby.exception import FeatureSetError
from vocalbaby.features import egemaps as opensmile_set
from vocalbaby.features import embedding as embeddings
from vocalbaby.features import ssl as speech_models
from vocalbaby.features.egemaps import EgemapsConfig
from vocalbaby.features.embedding import Embedding, EmbeddingConfig
from vocalbaby.features.ssl import Ssl, SslConfig

__all__ = ["get", "names", "of_records", "records", "register"]

_SETS: dict[str, FeatureSet] = {}

#: Joins the names and versions of several sets that are used together.
_JOIN: Final = "+"

#: The sets that need a pretrained model.
_WITH_FILE: Final = (embeddings.NAME, speech_models.NAME)


class _Combined:
    """Several feature sets side by side."""

    def __init__(self, sets: Sequence[FeatureSet]) -> None:
        self._sets = sets
        self.name = _JOIN.join(part.name for part in sets)
        self.version = _JOIN.join(part.version for part in sets)
        self.columns: tuple[Column, ...] = tuple(c for part in sets for c in part.columns)
        files = tuple(file for part in sets for file in as_files(part.file))
        self.file: ModelFiles = files if len(files) > 1 else next(iter(files), None)

    def extract(self, clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`."""
        return np.concatenate([part.extract(clips) for part in self._sets], axis=1)


def register(feature_set: FeatureSet) -> None:
    """Make a feature set known under its name.

    Args:
        feature_set: The set. Registering the same object again has no effect.

    Raises:
        FeatureSetError: Another set has the name already, or the name contains ``+``.

    Examples:
        >>> from vocalbaby import features
        >>> features.register(features.get("mfcc"))
        >>> features.register(features.get("mfcc+spectral_prosodic"))
        Traceback (most recent call last):
        vocalbaby.exception.FeatureSetError: A feature set cannot be called ...
    """
    if _JOIN in feature_set.name:
        raise FeatureSetError(
            f"A feature set cannot be called {feature_set.name!r}.", hint=f"Leave out {_JOIN!r}."
        )
    known = _SETS.setdefault(feature_set.name, feature_set)
    if known is not feature_set:
        raise FeatureSetError(
            f"Two feature sets are called {feature_set.name!r}.", hint="Rename one of them."
        )


def names() -> tuple[str, ...]:
    """Return the registered names, sorted.

    Examples:
        >>> from vocalbaby import features
        >>> features.names()
        ('egemaps', 'embedding', 'mfcc', 'spectral_prosodic', 'ssl')
    """
    return tuple(sorted(_SETS))


def get(
    name: str,
    embedding: EmbeddingConfig | None = None,
    *,
    ssl: SslConfig | None = None,
    egemaps: EgemapsConfig | None = None,
) -> FeatureSet:
    """Return a feature set.

    Args:
        name: Registered name; or several joined with ``+``, whose columns then stand side
            by side.
        embedding: The pretrained model of the set ``embedding``; YAMNet if None.
        ssl: The speech model of the set ``ssl``; that of the environment if None.
        egemaps: Whether the licence of the set ``egemaps`` is accepted; the environment says so
            if None.

    Raises:
        FeatureSetError: There is no such set, one is named twice, or the speech model cannot be
            used.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import features
        >>> features.get("mfcc").extract([np.zeros(16_000, np.float32)]).shape
        (1, 40)
        >>> len(features.get("spectral_prosodic+mfcc").columns)
        145
    """
    parts = name.split(_JOIN)
    if len(set(parts)) < len(parts):
        raise FeatureSetError(f"{name!r} names a feature set twice.", hint="Name it once.")
    if len(parts) > 1:
        return _Combined([get(part, embedding, ssl=ssl, egemaps=egemaps) for part in parts])
    configured = {
        embeddings.NAME: embedding,
        speech_models.NAME: ssl,
        opensmile_set.NAME: egemaps,
    }.get(name)
    if configured is not None:
        return configured.feature_set()
    try:
        return _SETS[name]
    except KeyError:
        raise FeatureSetError(
            f"There is no feature set {name!r}.", hint=f"Use one of: {', '.join(names())}."
        ) from None


def of_records(records: Sequence[FeatureSetRecord]) -> FeatureSet:
    """Return the feature set of a bundle.

    Args:
        records: The feature sets of its manifest; versions are not compared.

    Raises:
        FeatureSetError: A set is unknown, or its columns do not fit the file that it needs.

    Examples:
        >>> from vocalbaby import features
        >>> columns = [column.name for column in features.get("mfcc").columns]
        >>> features.of_records(features.records("mfcc", "1", columns)).name
        'mfcc'
    """
    sets = [_of_record(record) for record in records]
    return sets[0] if len(sets) == 1 else _Combined(sets)


def _of_record(record: FeatureSetRecord) -> FeatureSet:
    file = record.file
    if (record.name in _WITH_FILE) != (file is not None):
        wanted = " and ".join(map(repr, _WITH_FILE))
        raise FeatureSetError(
            f"Only the feature sets {wanted} need a model file, and {record.name!r} "
            f"has {'one' if file else 'none'}."
        )
    if file is None:
        return get(record.name)
    if record.name != _owner(file):
        raise FeatureSetError(
            f"The feature set {record.name!r} has a model file for {file.runtime}.",
            hint=f"Such a file is of the feature set {_owner(file)!r}.",
        )
    if record.name == speech_models.NAME:
        return Ssl.of_columns(file, record.columns)
    return Embedding.of_columns(file, record.columns)


def _owner(file: ModelFile) -> str:
    """Name of the set that a pretrained model belongs to."""
    return speech_models.NAME if file.runtime == "transformers" else embeddings.NAME


def records(
    name: str, version: str, columns: Sequence[str], file: ModelFiles = None
) -> tuple[FeatureSetRecord, ...]:
    """Return what a bundle's manifest says about the features that a model was trained on.

    Args:
        name: Name of a feature set, or several joined with ``+``.
        version: Their versions, joined in the same way.
        columns: Names of their columns, side by side.
        file: The pretrained model of the set ``embedding`` or ``ssl``, or both.

    Raises:
        FeatureSetError: Several sets are named and one of them is unknown.

    Examples:
        >>> from vocalbaby import features
        >>> both = features.get("mfcc+spectral_prosodic")
        >>> columns = [column.name for column in both.columns]
        >>> [(r.name, len(r.columns)) for r in features.records(both.name, both.version, columns)]
        [('mfcc', 40), ('spectral_prosodic', 105)]
    """
    parts, versions = name.split(_JOIN), version.split(_JOIN)
    known = {part: len(get(part).columns) for part in parts[:-1] if part not in _WITH_FILE}
    files = {_owner(each): each for each in as_files(file)}
    remaining = list(columns)
    result = []
    for part, of_part in zip(parts, versions, strict=True):
        own = part in _WITH_FILE
        n = sum(c.startswith(f"{part}_") for c in remaining) if own else known.get(part)
        taken, remaining = tuple(remaining[:n]), remaining[n:] if n is not None else []
        result.append(
            FeatureSetRecord(name=part, version=of_part, columns=taken, file=files.get(part))
        )
    return tuple(result)
