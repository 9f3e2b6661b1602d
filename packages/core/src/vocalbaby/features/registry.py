"""Feature sets by name."""

from vocalbaby.entity.features import FeatureSet
from vocalbaby.exception import FeatureSetError

__all__ = ["get", "names", "register"]

_SETS: dict[str, FeatureSet] = {}


def register(feature_set: FeatureSet) -> None:
    """Make a feature set known under its name.

    Raises:
        FeatureSetError: If another set has the name already.
    """
    known = _SETS.setdefault(feature_set.name, feature_set)
    if known is not feature_set:
        raise FeatureSetError(
            f"Two feature sets are called {feature_set.name!r}.", hint="Rename one of them."
        )


def names() -> tuple[str, ...]:
    """The registered names, sorted."""
    return tuple(sorted(_SETS))


def get(name: str) -> FeatureSet:
    """The feature set of that name.

    Raises:
        FeatureSetError: If there is none.
    """
    try:
        return _SETS[name]
    except KeyError:
        raise FeatureSetError(
            f"There is no feature set {name!r}.", hint=f"Use one of: {', '.join(names())}."
        ) from None
