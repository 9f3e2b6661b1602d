"""Families of models: what an experiment calls them, and the settings of ``training`` they are."""

from typing import Final, Literal, TypeAlias, get_args

from vocalbaby.exception import ConfigError

__all__ = ["FAMILIES", "Family", "family_settings"]

#: Name of a family of models.
Family: TypeAlias = Literal["boosted_trees", "svm", "logistic_regression", "mlp", "soft_vote"]

#: The names of all families.
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)

_VOTERS: Final = ("boosted_trees", "svm", "logistic_regression")


def family_settings(family: str) -> dict[str, object]:
    """Return the settings of ``training`` that make a model one of a family.

    Args:
        family: One of `FAMILIES`.

    Returns:
        Values by dotted name of a setting of ``training``.

    Raises:
        ConfigError: There is no such family.

    Examples:
        >>> family_settings("svm")
        {'kind': 'svm'}
        >>> family_settings("soft_vote")["combination"]
        'probabilities'
    """
    if family == "soft_vote":
        return {"kind": "ensemble", "combination": "probabilities", "members": _VOTERS}
    if family not in FAMILIES:
        raise ConfigError(
            f"There is no family of models {family!r}.", hint=f"Families: {', '.join(FAMILIES)}."
        )
    return {"kind": family}
