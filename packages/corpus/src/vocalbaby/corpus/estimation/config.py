"""The figures that are estimated, as ratios of totals."""

from typing import Final, NamedTuple

from vocalbaby.entity.labels import CLASSES

__all__ = ["FIGURES", "INFANT", "MEASURES", "Figure", "measure_index"]

#: Classes of vocalizations of an infant.
INFANT: Final = tuple(name for name in CLASSES if name != "Junk")

#: What is counted in each stretch: vocalizations and their seconds by class, and time.
MEASURES: Final = (*(f"n_{c}" for c in INFANT), *(f"s_{c}" for c in INFANT), "time_s")


class Figure(NamedTuple):
    """A figure: a total, or a ratio of totals.

    Attributes:
        numerator: Names of `MEASURES` that are added.
        denominator: The same for what it is divided by; empty for a total.
        scale: Factor.
        unit: Unit of the figure.
        is_proportion: Whether it is between 0 and 1.
    """

    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    scale: float = 1.0
    unit: str = ""
    is_proportion: bool = False


_COUNTS: Final = tuple(f"n_{name}" for name in INFANT)

#: The figures by name. ``cp_n`` is the canonical proportion, as `vocalbaby.summary` names it.
FIGURES: Final[dict[str, Figure]] = {
    **{f"n_{name}": Figure((f"n_{name}",)) for name in INFANT},
    **{f"minutes_{name}": Figure((f"s_{name}",), scale=1 / 60, unit="min") for name in INFANT},
    "vocalizations": Figure(_COUNTS),
    "vocalizations_ph": Figure(_COUNTS, ("time_s",), 3600.0, "1/h"),
    "cp_n": Figure(("n_Canonical",), ("n_Canonical", "n_Non-canonical"), is_proportion=True),
    "cry_share": Figure(("s_Crying",), ("time_s",), is_proportion=True),
}


def measure_index(names: tuple[str, ...]) -> list[int]:
    """Return the columns of measures.

    Examples:
        >>> measure_index(("n_Canonical", "time_s"))
        [0, 8]
    """
    return [MEASURES.index(name) for name in names]
