"""All figures of a group of cells."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement import measures
from vocalbaby.corpus.agreement.grouping import CellTable, band_name
from vocalbaby.corpus.agreement.intervals import Clusters, choose_clusters, interval_of
from vocalbaby.corpus.agreement.results import Figure
from vocalbaby.corpus.agreement.settings import AgreementConfig
from vocalbaby.corpus.agreement.time_units import ERRORS

__all__ = ["clusters_of", "group_figures", "snr_figures"]

Floats = NDArray[np.floating[Any]]
#: Level, class, measure, and its size n.
Heads = list[tuple[str, str, str, float]]

_OF_UNITS: Final = (
    ("agreement", measures.agreement),
    ("kappa", measures.kappa),
    ("alpha", measures.alpha),
    ("uar", measures.uar),
)
_OF_CLASSES: Final = ("precision", "recall", "f1", "kappa")
_OF_ERRORS: Final = (
    "detection_precision",
    "detection_recall",
    "detection_f1",
    "detection_error_rate",
    "identification_error_rate",
)


def clusters_of(table: CellTable, chosen: NDArray[np.intp]) -> Clusters:
    """Choose what the intervals of a group are drawn from.

    Args:
        table: All cells.
        chosen: Cells of the group, intp, shape (n,).

    Returns:
        The clusters.
    """
    return choose_clusters(table.child[chosen], table.recording[chosen], table.blocks[chosen])


def _unit_measures(counts: Floats) -> Floats:
    of_class = measures.class_measures(counts)
    first = [measure(counts)[..., None] for _, measure in _OF_UNITS]
    return np.concatenate([*first, *(of_class[name] for name in _OF_CLASSES)], axis=-1)


def _found(counts: Floats, heard: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Matched segments, and all of both sides; Junk is on neither side."""
    both = counts[..., :-1, :-1][..., heard, :][..., heard].sum((-2, -1))
    own = counts[..., :-1, :][..., heard, :].sum((-2, -1))
    return both, own, counts[..., :-1][..., heard].sum((-2, -1))


def _segment_measures(counts: Floats, heard: NDArray[np.bool_]) -> Floats:
    matched = counts[..., :-1, :-1]
    hits, rows, columns = _found(counts, heard)
    of_class = measures.class_measures(counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        first: list[Floats] = [hits / columns, hits / rows, 2 * hits / (rows + columns)]
    first += [measure(matched) for _, measure in _OF_UNITS]
    return np.concatenate(
        [*(each[..., None] for each in first), *(of_class[n][..., :-1] for n in _OF_CLASSES[:3])],
        axis=-1,
    )


def _error_measures(seconds: Floats) -> Floats:
    found = measures.error_rates(seconds)
    return np.stack([found[name] for name in _OF_ERRORS], axis=-1)


def group_figures(
    table: CellTable,
    chosen: NDArray[np.intp],
    config: AgreementConfig,
    classes: Sequence[str],
    none: str,
    *,
    by: str,
    group: str,
) -> Iterator[Figure]:
    """Compute the figures of time units, seconds and segments of a group, with intervals.

    Args:
        table: All cells.
        chosen: Cells of the group, intp, shape (n,).
        config: Settings.
        classes: Names of the classes.
        none: Name of the category of time without a class.
        by: Kind of the group.
        group: Name of the group.

    Yields:
        The figures.
    """
    cells, clusters = table.cells, clusters_of(table, chosen)
    units, errors, segments = (each[chosen] for each in (cells.units, cells.errors, cells.segments))
    n_units, total = units.sum(), errors[:, ERRORS.index("true")].sum()
    rows, n_segments = units.sum(axis=(0, 2)), segments.sum(axis=(0, 2))
    heads: Heads = [("units", "", name, n_units) for name, _ in _OF_UNITS]
    heads += [
        ("units", name, measure, n)
        for measure in _OF_CLASSES
        for name, n in zip((*classes, none), rows, strict=True)
    ]
    yield from _figures(heads, units, _unit_measures, clusters, config, by, group)
    heads = [("seconds", "", name, total) for name in _OF_ERRORS]
    yield from _figures(heads, errors, _error_measures, clusters, config, by, group)
    heard = np.array([name != "Junk" for name in classes], bool)
    n = n_segments[:-1][heard].sum()
    matched = segments[:, :-1, :-1].sum()
    heads = [("segments", "", f"detection_{name}", n) for name in ("precision", "recall", "f1")]
    heads += [("segments", "", name, matched) for name, _ in _OF_UNITS]
    heads += [
        ("segments", name, measure, size)
        for measure in _OF_CLASSES[:3]
        for name, size in zip(classes, n_segments, strict=False)
    ]
    yield from _figures(
        heads, segments, partial(_segment_measures, heard=heard), clusters, config, by, group
    )
    yield from _shifts(table, chosen, by, group)
    yield Figure(by, group, "seconds", "", "compared", float(cells.seconds[chosen].sum()))


def _figures(
    heads: Heads,
    values: Floats,
    measure: Callable[[Floats], Floats],
    clusters: Clusters,
    config: AgreementConfig,
    by: str,
    group: str,
) -> Iterator[Figure]:
    found = measure(values.sum(axis=0)[None])[0]
    low, high = interval_of(
        values, clusters, measure, draws=config.draws, seed=config.seed, level=config.level
    )
    for (level, name, what, n), value, a, b in zip(heads, found, low, high, strict=True):
        ends = (None, None) if math.isnan(value) else (_known(a), _known(b))
        yield Figure(by, group, level, name, what, _known(value), *ends, float(n))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _shifts(table: CellTable, chosen: NDArray[np.intp], by: str, group: str) -> Iterator[Figure]:
    own = table.cells.shifts[np.isin(table.cells.shift_cell, chosen)]
    for column, name in enumerate(("onset", "offset")):
        for quantile, what in ((0.25, "q1"), (0.5, "median"), (0.75, "q3")):
            value = float(np.quantile(own[:, column], quantile)) if len(own) else None
            yield Figure(by, group, "segments", "", f"{name}_difference_{what}_s", value,
                         n=float(len(own)))  # fmt: skip


def snr_figures(
    table: CellTable, config: AgreementConfig, classes: Sequence[str]
) -> Iterator[Figure]:
    """Compute the figures of segments of the reference in bands of signal-to-noise ratio.

    A band has time of the reference's segments only, so that it has recalls and no precision.

    Args:
        table: All cells.
        config: Settings.
        classes: Names of the classes.

    Yields:
        The figures.
    """
    used = np.flatnonzero(table.cells.seconds > 0)
    clusters = clusters_of(table, used)
    heard = np.array([name != "Junk" for name in classes], bool)

    def recalls(counts: Floats) -> Floats:
        rows = counts[..., :-1, :]
        hits, own, _ = _found(counts, heard)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.asarray(hits / own)[..., None]
        of_class = measures.class_measures(counts)["recall"][..., :-1]
        known = np.concatenate([rows, np.zeros_like(rows[..., :1, :])], axis=-2)
        return np.concatenate([found, measures.uar(known)[..., None], of_class], axis=-1)

    for number in range(len(table.cells.snr_units)):
        group = band_name(config.snr_bands, number, "dB")
        for level, values in (
            ("units", table.cells.snr_units[number][used]),
            ("segments", table.cells.snr_segments[number][used]),
        ):
            sizes = values.sum(axis=(0, 2))[:-1]
            heads: Heads = [(level, "", name, sizes.sum()) for name in ("detection_recall", "uar")]
            heads += [(level, n, "recall", size) for n, size in zip(classes, sizes, strict=True)]
            yield from _figures(heads, values, recalls, clusters, config, "snr", group)
