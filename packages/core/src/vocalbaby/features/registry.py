"""Feature sets by name."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import FeatureSetRecord
from vocalbaby.entity.features import Column, FeatureSet
from vocalbaby.exception import FeatureSetError

__all__ = ["get", "names", "records", "register"]

_SETS: dict[str, FeatureSet] = {}

#: Joins the names and versions of several sets that are used together.
_JOIN: Final = "+"


class _Combined:
    """Several feature sets side by side."""

    def __init__(self, sets: Sequence[FeatureSet]) -> None:
        self._sets = sets
        self.name = _JOIN.join(part.name for part in sets)
        self.version = _JOIN.join(part.version for part in sets)
        self.columns: tuple[Column, ...] = tuple(c for part in sets for c in part.columns)

    def extract(self, clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Features of a batch; see :class:`vocalbaby.entity.features.FeatureSet`."""
        return np.concatenate([part.extract(clips) for part in self._sets], axis=1)


def register(feature_set: FeatureSet) -> None:
    """Make a feature set known under its name.

    Raises:
        FeatureSetError: Another set has the name already, or the name contains ``+``.
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
    """Return the registered names, sorted."""
    return tuple(sorted(_SETS))


def get(name: str) -> FeatureSet:
    """Return a feature set.

    Args:
        name: Registered name; or several joined with ``+``, whose columns then stand side
            by side.

    Raises:
        FeatureSetError: There is no such set, or one is named twice.

    Example:
        >>> from vocalbaby import features
        >>> len(features.get("mfcc").columns), len(features.get("spectral_prosodic+mfcc").columns)
        (40, 145)
    """
    parts = name.split(_JOIN)
    if len(set(parts)) < len(parts):
        raise FeatureSetError(f"{name!r} names a feature set twice.", hint="Name it once.")
    if len(parts) > 1:
        return _Combined([get(part) for part in parts])
    try:
        return _SETS[name]
    except KeyError:
        raise FeatureSetError(
            f"There is no feature set {name!r}.", hint=f"Use one of: {', '.join(names())}."
        ) from None


def records(name: str, version: str, columns: Sequence[str]) -> tuple[FeatureSetRecord, ...]:
    """Return what a bundle's manifest says about the features that a model was trained on.

    Args:
        name: Name of a feature set, or several joined with ``+``.
        version: Their versions, joined in the same way.
        columns: Names of their columns, side by side.

    Raises:
        FeatureSetError: Several sets are named and one of them is unknown.
    """
    parts, versions = name.split(_JOIN), version.split(_JOIN)
    ends = np.cumsum([len(get(part).columns) for part in parts[:-1]], dtype=int).tolist()
    bounds = zip([0, *ends], [*ends, len(columns)], strict=True)
    return tuple(
        FeatureSetRecord(name=part, version=of_part, columns=tuple(columns[begin:end]))
        for part, of_part, (begin, end) in zip(parts, versions, bounds, strict=True)
    )
