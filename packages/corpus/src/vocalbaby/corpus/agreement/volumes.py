"""Figures that both sides give: vocalizations per minute, and the canonical proportion."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.grouping import CellTable
from vocalbaby.corpus.agreement.paired_figures import Ended, bland_altman, icc_2_1, pearson
from vocalbaby.corpus.agreement.results import Figure, Pair
from vocalbaby.corpus.agreement.settings import AgreementConfig

__all__ = ["paired_figures", "volume_pairs"]

Floats = NDArray[np.floating[Any]]
#: Fewest recordings, or children, that are compared as such, and not block by block.
_MIN: Final = 3
_MINUTE: Final = 60.0
#: Name of the figures over all classes.
_ALL: Final = {"classes": "vocalizations per minute", "speakers": "segments per minute"}


def volume_pairs(table: CellTable, classes: Sequence[str], mode: str) -> Iterator[Pair]:
    """Yield figures of both sides: rates of recordings, and canonical proportions of children.

    With less than three recordings the figures are of blocks. Proportions are of children where
    there are three, or else of recordings or blocks. Junk is not a vocalization.

    Args:
        table: All cells.
        classes: Names of the classes.
        mode: ``classes`` or ``speakers``.

    Yields:
        The pairs.

    Examples:
        >>> from vocalbaby.corpus.agreement.comparing import compare
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=60.0)
        >>> compare([day], [day]).pairs[0].reference
        1.0
    """
    cells, used = table.cells, table.cells.seconds > 0
    heard = np.array([name != "Junk" for name in classes], bool)
    counts = [cells.segments.sum(axis=axis)[:, :-1] for axis in (2, 1)]
    unit, names = _units(table, used, "recording")
    sums = [_added(each[used], unit, len(names)) for each in counts]
    minutes = _added(cells.seconds[used][:, None], unit, len(names))[:, 0] / _MINUTE
    rates = [each / minutes[:, None] for each in sums]
    for row, name in enumerate(names):
        yield Pair(_ALL[mode], name, *(float(r[row, heard].sum()) for r in rates))
    for number, label in enumerate(classes):
        for row, name in enumerate(names):
            figure = f"{label} per minute"
            yield Pair(figure, name, *(float(r[row, number]) for r in rates))
    if {"Canonical", "Non-canonical"} <= set(classes):
        unit, names = _units(table, used, "child")
        c, n = classes.index("Canonical"), classes.index("Non-canonical")
        sums = [_added(each[used], unit, len(names)) for each in counts]
        for row, name in enumerate(names):
            both = [(s[row, c], s[row, c] + s[row, n]) for s in sums]
            if all(total > 0 for _, total in both):
                yield Pair("canonical proportion", name, *(float(a / b) for a, b in both))


def _units(
    table: CellTable, used: NDArray[np.bool_], kind: str
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Number of the unit of each used cell, and the names of units."""
    if kind == "child" and len(table.children) >= _MIN and np.all(table.child[used] >= 0):
        return table.child[used], table.children
    present = np.unique(table.recording[used])
    if present.size >= _MIN:
        place = np.searchsorted(present, table.recording[used])
        return place, tuple(table.names[number] for number in present)
    blocks, first, place = np.unique(table.blocks[used], return_index=True, return_inverse=True)
    del blocks
    names = [
        f"{table.names[table.recording[used][i]]}, block {table.cells.block[used][i] + 1}"
        for i in first
    ]
    return place.ravel().astype(np.intp), tuple(names)


def _added(values: Floats, unit: NDArray[np.intp], n: int) -> Floats:
    found = np.zeros((n, values.shape[1]))
    np.add.at(found, unit, values)
    return found


def paired_figures(pairs: Sequence[Pair], config: AgreementConfig) -> Iterator[Figure]:
    """Compute correlations and limits of agreement of each figure.

    Args:
        pairs: Figures of both sides.
        config: Settings.

    Yields:
        Pearson's correlation, ICC(2,1), bias and limits of agreement, under the figure's name as
        the class.

    Examples:
        >>> pairs = [Pair("rate", str(i), i, i + 1) for i in range(4)]
        >>> found = {f.measure: f.value for f in paired_figures(pairs, AgreementConfig())}
        >>> found["bias"], round(found["icc_2_1"], 3)
        (1.0, 0.769)
    """
    for name in dict.fromkeys(pair.figure for pair in pairs):
        own = [pair for pair in pairs if pair.figure == name]
        figures = np.array([(pair.reference, pair.other) for pair in own], float)
        found: dict[str, Ended] = {
            "pearson": pearson(figures[:, 0], figures[:, 1], config.level),
            "icc_2_1": icc_2_1(figures, config.level),
            **bland_altman(figures[:, 0], figures[:, 1], config.level),
        }
        for measure, ended in found.items():
            value, low, high = (None if math.isnan(v) else v for v in ended)
            yield Figure("all", "all", "figures", name, measure, value, low, high, len(own))
