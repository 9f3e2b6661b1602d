"""The result of a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vocalbaby.corpus.agreement.settings import AgreementConfig

__all__ = ["Agreement", "Confusion", "Coverage", "Figure", "Pair"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        by: Kind of the group: ``all``, ``recording``, ``child``, ``age``, ``hour`` or ``snr``.
        group: Name of the group.
        level: What is counted: ``units``, ``seconds``, ``segments``, ``figures`` or ``gamma``.
        class_: The class; empty if it is over all classes.
        measure: Name of the measure.
        value: The value; None where it is not defined.
        low: Low end of its interval; None where there is none.
        high: High end of its interval; None where there is none.
        n: What it is from: time units, seconds, segments, or pairs of figures of the reference.
    """

    by: str
    group: str
    level: str
    class_: str
    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: float | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """A confusion matrix over all recordings.

    Attributes:
        level: ``units`` or ``segments``.
        rows: Categories of the reference.
        columns: Categories of the other side.
        counts: Numbers, by row and column.
    """

    level: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure of both sides, of one recording, child or block.

    Attributes:
        figure: Name of the figure.
        unit: Name of the recording, child or block.
        reference: Figure of the reference.
        other: Figure of the other side.
    """

    figure: str
    unit: str
    reference: float
    other: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was compared, and what was not.

    Attributes:
        recordings: Recording of the reference to that of the other side.
        reference_only: Recordings of the reference that have no partner.
        other_only: Recordings of the other side that have no partner.
        without_stretches: Recordings with a partner of which no stretch was annotated.
        n_children: Number of children that are known.
        compared_s: Seconds that were compared.
        clusters: What intervals of all recordings are drawn from.
        n_clusters: Number of these.
        unmapped: Labels without a class of each side, and their numbers.
    """

    recordings: Mapping[str, str]
    reference_only: tuple[str, ...] = ()
    other_only: tuple[str, ...] = ()
    without_stretches: tuple[str, ...] = ()
    n_children: int = 0
    compared_s: float = 0.0
    clusters: str = "none"
    n_clusters: int = 0
    unmapped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two sets of annotations agree.

    Attributes:
        mode: What was compared: ``classes`` or ``speakers``.
        classes: The classes, in order.
        none: Name of the category of time without a class.
        coverage: What was compared, and what was not.
        figures: All figures.
        confusions: Confusion matrices of time units and of segments.
        pairs: Figures of both sides, for correlations and plots.
        config: Settings.
        with_regions: Whether only annotated stretches were compared.
        notes: Remarks for the reader.
        same_stretches: The two sides on the recordings that the second coder has; None without
            a second coder.
        second: The reference and the second coder on the same stretches; None without one.

    Examples:
        >>> from vocalbaby.corpus import agreement
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> human = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=10.0)
        >>> machine = Timeline("day1", (Segment(1, 3, "Crying"),), duration_s=10.0)
        >>> found = agreement.compare([human], [machine])
        >>> round(found.value("kappa"), 3), found.value("recall", class_="Crying")
        (0.375, 0.5)
    """

    mode: str
    classes: tuple[str, ...]
    none: str
    coverage: Coverage
    figures: tuple[Figure, ...]
    confusions: tuple[Confusion, ...]
    pairs: tuple[Pair, ...]
    config: AgreementConfig
    with_regions: bool = False
    notes: tuple[str, ...] = ()
    same_stretches: "Agreement | None" = None
    second: "Agreement | None" = None

    def find(
        self, measure: str, level: str = "units", class_: str = "", group: str = "all"
    ) -> Figure | None:
        """Return a figure.

        Args:
            measure: Name of the measure.
            level: What is counted.
            class_: The class; empty for all.
            group: Name of the group.

        Returns:
            The figure; None if there is none.
        """
        for each in self.figures:
            if (each.measure, each.level, each.class_, each.group) == (
                measure,
                level,
                class_,
                group,
            ):
                return each
        return None

    def value(
        self, measure: str, level: str = "units", class_: str = "", group: str = "all"
    ) -> float:
        """Return the value of a figure; NaN if it is not defined.

        Args:
            measure: Name of the measure.
            level: What is counted.
            class_: The class; empty for all.
            group: Name of the group.
        """
        found = self.find(measure, level, class_, group)
        return float("nan") if found is None or found.value is None else found.value
