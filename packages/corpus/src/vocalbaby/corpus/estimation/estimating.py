"""Estimates of all figures, for the archive, its corpora, children and ages."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.estimation.annotated import is_annotated, kept_stretches, silent_stretches
from vocalbaby.corpus.estimation.config import FIGURES, MEASURES, Figure, measure_index
from vocalbaby.corpus.estimation.groups import By, GroupSample, PopulationRecording, groups_of
from vocalbaby.corpus.estimation.inference import DesignWeights, Interval, assisted, weighted
from vocalbaby.corpus.estimation.values import measures_of, totals_of
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError, DataError

__all__ = ["By", "Estimates", "Row", "estimate"]

Floats = NDArray[np.floating[Any]]

_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of a group of recordings.

    Attributes:
        by: Kind of the group.
        group: Its name, such as the child; empty for the archive.
        figure: Name of the figure, one of `FIGURES`.
        unit: Its unit; empty for numbers and proportions.
        uncorrected: The model's own figure.
        weighted: Estimate from the sample alone.
        assisted: Estimate from the sample and the model's predictions.
        is_estimable: Whether there are enough stretches of the group for an estimate.

    Examples:
        >>> from vocalbaby.corpus.estimation import estimate
        >>> estimate([], [], []).rows
        ()
    """

    by: By
    group: str
    figure: str
    unit: str
    uncorrected: float
    weighted: Interval
    assisted: Interval
    is_estimable: bool


@dataclass(frozen=True, slots=True)
class Estimates:
    """The estimates of an archive.

    Attributes:
        rows: A row for each figure of each group.
        warnings: What a reader should know.
        level: Coverage of the intervals.
        n_stretches: Annotated stretches.
        annotated_s: Their seconds.
        population_s: Seconds of the population.
        sampler: Name of the sampler.
        unit: ``stretches``, or ``clips`` where the sample is of segments.

    Examples:
        >>> from vocalbaby.corpus.estimation import estimate
        >>> estimate([], [], []).n_stretches
        0
    """

    rows: tuple[Row, ...]
    warnings: tuple[str, ...]
    level: float
    n_stretches: int
    annotated_s: float
    population_s: float
    sampler: str = ""
    unit: str = "stretches"


def estimate(  # noqa: PLR0913 - options of an estimate
    sample: Sequence[SampledStretch],
    human: Iterable[Timeline],
    model: Iterable[Timeline],
    *,
    by: Sequence[str] = ("archive", "child"),
    level: float = 0.95,
    minimum: int = 5,
    allow_missing: bool = False,
    annotated: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Estimates:
    """Estimate figures of an archive from a sample that annotators labelled.

    The estimates are unbiased, or nearly so for ratios, whatever the model's errors are: the
    sample's design is known, and the predictions reduce the variance only. They are of what the
    annotators would have labelled in all of the recordings.

    Args:
        sample: The stretches, with inclusion probabilities.
        human: Annotations of the sampled stretches: all vocalizations of the key child in each.
        model: Segments of all recordings of the population.
        by: Kinds of groups.
        level: Coverage of the intervals.
        minimum: Stretches of a group below which it gets no estimate.
        allow_missing: Estimate although sampled stretches have no annotations, as if these were
            missing at random within their stratum.
        annotated: Annotated stretches in seconds, by recording, where they are known. None means
            that every sampled stretch of a recording in `human` is annotated: one without an
            annotation is silent.
        progress: Called with the number of recordings of `model` after each.

    Returns:
        The estimates.

    Raises:
        DataError: The sample is no probability sample, recordings or annotations are missing.
        ConfigError: A kind of group is not known.

    Examples:
        >>> from vocalbaby.entity.timeline import Segment
        >>> model = [Timeline("day1", (Segment(5, 6, "Crying"),), duration_s=120.0)]
        >>> human = [Timeline("day1", (Segment(5, 6, "Laughing"),), duration_s=120.0)]
        >>> sample = [SampledStretch("r1-1", "day1", 0, 60, inclusion_probability=0.5)]
        >>> found = estimate(sample, human, model, minimum=1)
        >>> {row.figure: row.weighted.value for row in found.rows}["n_Laughing"]
        2.0
    """
    kinds = _kinds(by)
    _require_probabilities(sample)
    labelled = {timeline.recording_id: timeline for timeline in human}
    warnings: list[str] = []
    found = {s.sample_id for s in sample if is_annotated(s, labelled, annotated)}
    kept = kept_stretches(sample, found, warnings, allow_missing=allow_missing)
    spans = _by_recording(kept)
    y, x = (np.zeros((len(kept), len(MEASURES))) for _ in range(2))
    for name, numbers in spans.items():
        y[numbers] = measures_of(labelled[name].segments, _times(kept, numbers))
    population = dict[str, PopulationRecording]()
    for number, timeline in enumerate(model, 1):
        name = timeline.recording_id
        totals = totals_of(timeline), totals_of(timeline, expected=True)
        population[name] = PopulationRecording(timeline.child, *totals)
        if numbers := spans.get(name, []):
            x[numbers] = measures_of(timeline.segments, _times(kept, numbers), expected=True)
        if progress is not None:
            progress(number)
    _require_recordings(sample, population)
    if annotated is None:
        warnings += silent_stretches(y)
    unit = "clips" if any(each.label for each in sample) else "stretches"
    design = _design(kept)
    rows = [
        _row(group, name, figure, design, level, minimum)
        for kind in kinds
        for group in groups_of(kind, kept, population, (y, x))
        for name, figure in FIGURES.items()
        if unit == "stretches" or "time_s" not in figure.denominator
    ]
    warnings += _remarks(rows, unit)
    return Estimates(
        tuple(rows) if kept else (),
        tuple(warnings),
        level,
        len(kept),
        float(sum(each.duration_s for each in kept)),
        float(sum(each.plain[-1] for each in population.values())),
        kept[0].sampler if kept else "",
        unit,
    )


def _kinds(by: Sequence[str]) -> list[By]:
    known = get_args(By)
    if unknown := [name for name in by if name not in known]:
        raise ConfigError(
            f"There is no kind of group {unknown[0]!r}.", hint=f"Use {', '.join(known)}."
        )
    return [name for name in known if name in by]


def _require_probabilities(sample: Sequence[SampledStretch]) -> None:
    without = [each for each in sample if each.inclusion_probability is None]
    if without:
        raise DataError(
            f"{len(without)} of {len(sample)} stretches have no inclusion probability: the sampler "
            f"{without[0].sampler or 'is not named, and it'} draws no probability sample, so that "
            "nothing can be estimated from it.",
            hint="Draw a sample with `vocalbaby sample --sampler stratified`.",
        )


def _require_recordings(
    sample: Sequence[SampledStretch], population: Mapping[str, PopulationRecording]
) -> None:
    if lost := sorted({each.recording_id for each in sample} - population.keys()):
        raise DataError(
            f"The model has no segments of {len(lost)} recordings of the sample: "
            f"{', '.join(lost[:_NAMES])}.",
            hint="Name the dataset that the sample was drawn from.",
        )


def _by_recording(kept: Sequence[SampledStretch]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, each in enumerate(kept):
        found.setdefault(each.recording_id, []).append(number)
    return found


def _times(kept: Sequence[SampledStretch], numbers: Sequence[int]) -> list[tuple[float, float]]:
    return [(kept[number].onset_s, kept[number].offset_s) for number in numbers]


def _design(kept: Sequence[SampledStretch]) -> DesignWeights:
    names = sorted({each.stratum for each in kept})
    strata = np.array([names.index(each.stratum) for each in kept], np.int64)
    return DesignWeights(np.array([each.inclusion_probability for each in kept], float), strata)


def _row(
    group: GroupSample, name: str, figure: Figure, design: DesignWeights, level: float, minimum: int
) -> Row:
    above = group.values(figure.numerator, figure.scale)
    below = group.values(figure.denominator, 1.0) if figure.denominator else None
    plain = figure.scale * float(group.plain[measure_index(figure.numerator)].sum())
    if figure.denominator:
        divisor = float(group.plain[measure_index(figure.denominator)].sum())
        plain = plain / divisor if divisor > 0 else math.nan
    bounds = figure.is_proportion
    return Row(
        group.by,
        group.name.lstrip("0") or "0" if group.by == "age" else group.name,
        name,
        figure.unit,
        plain,
        weighted(above[0], below and below[0], design, level, is_proportion=bounds, n=group.n),
        assisted(above, below, design, level, is_proportion=bounds, n=group.n),
        group.n >= minimum,
    )


def _remarks(rows: Sequence[Row], unit: str) -> list[str]:
    found = []
    if unit == "clips":
        found.append(
            "The sample is of segments that the model found: vocalizations that it missed are not "
            "in the estimates."
        )
    few = sorted({row.group for row in rows if not row.is_estimable})
    if few:
        found.append(f"Too few sampled stretches for an estimate: {', '.join(few[:_NAMES])}.")
    rare = sorted({row.figure for row in rows if row.is_estimable and not row.assisted.is_reliable})
    if rare:
        found.append(
            f"Intervals of {', '.join(rare)} rest on few stretches in some groups, and may cover "
            "less than they say; they are marked."
        )
    return found
