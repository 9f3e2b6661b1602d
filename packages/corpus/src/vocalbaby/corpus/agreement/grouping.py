"""Groups of cells: all, and by recording, child, age and hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.agreement.cells import Cells
from vocalbaby.entity.timeline import Child

__all__ = ["BY", "CellTable", "band_name", "groups_of"]

#: Kinds of groups, in the order of tables; ``snr`` needs the recordings.
BY: Final = ("all", "recording", "child", "age", "hour", "snr")


@dataclass(frozen=True, slots=True, eq=False)
class CellTable:
    """Cells of all recordings with what they are grouped by.

    Attributes:
        cells: The cells.
        recording: Number of the recording of each cell, intp, shape (n,).
        child: Number of the child of each cell, -1 where it is not known, intp, shape (n,).
        names: Names of the recordings.
        children: Names of the children.
        known: The child of each recording; None where it is not known.
    """

    cells: Cells
    recording: NDArray[np.intp]
    child: NDArray[np.intp]
    names: tuple[str, ...]
    children: tuple[str, ...]
    known: tuple[Child | None, ...]

    @property
    def blocks(self) -> NDArray[np.intp]:
        """Number of the block of each cell over all recordings, intp, shape (n,)."""
        most = int(self.cells.block.max(initial=0)) + 1
        return np.asarray(self.recording * most + self.cells.block, np.intp)


def band_name(limits: Sequence[float], number: int, unit: str) -> str:
    """Name a band by its limits.

    Args:
        limits: Limits of the bands, which increase.
        number: Number of the band, from 0.
        unit: Unit of the limits.

    Returns:
        The name.

    Examples:
        >>> [band_name((6, 12), number, "months") for number in range(3)]
        ['under 6 months', '6 to 12 months', '12 months or more']
    """
    if number == 0:
        return f"under {limits[0]:g} {unit}"
    if number == len(limits):
        return f"{limits[-1]:g} {unit} or more"
    return f"{limits[number - 1]:g} to {limits[number]:g} {unit}"


def groups_of(
    table: CellTable, age_bands: Sequence[float]
) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Yield kind, name and cells of each group; cells without compared time are in none.

    Args:
        table: The cells.
        age_bands: Limits of the age bands in months.

    Yields:
        Kind, name, and indices of the cells, intp, shape (n,).

    Examples:
        >>> from vocalbaby.corpus.agreement.cells import cells_of
        >>> from vocalbaby.corpus.agreement.settings import AgreementConfig
        >>> from vocalbaby.corpus.agreement.tracks import track_of
        >>> none = track_of([], ["A"])
        >>> cells = cells_of(none, none, np.array([[0.0, 60.0]]), 1, AgreementConfig())
        >>> one, child = np.zeros(1, np.intp), Child("c07", age_months=9.0)
        >>> table = CellTable(cells, one, one, ("day1",), ("c07",), (child,))
        >>> [(by, name) for by, name, _ in groups_of(table, (6, 12))]
        [('all', 'all'), ('recording', 'day1'), ('child', 'c07'), ('age', '6 to 12 months')]
    """
    used = table.cells.seconds > 0
    yield "all", "all", np.flatnonzero(used)
    for number, name in enumerate(table.names):
        yield from _group("recording", name, used & (table.recording == number))
    for number, name in enumerate(table.children):
        yield from _group("child", name, used & (table.child == number))
    ages = np.array(
        [np.nan if c is None or c.age_months is None else c.age_months for c in table.known], float
    )
    bands = np.where(
        np.isnan(ages), -1, np.searchsorted(np.asarray(age_bands, float), ages, "right")
    )
    for number in range(len(age_bands) + 1):
        name = band_name(age_bands, number, "months") if age_bands else "all ages"
        yield from _group("age", name, used & (bands[table.recording] == number))
    for hour in range(24):
        yield from _group("hour", f"{hour:02}:00", used & (table.cells.hour == hour))


def _group(by: str, name: str, chosen: NDArray[Any]) -> Iterator[tuple[str, str, NDArray[Any]]]:
    if np.any(chosen):
        yield by, name, np.flatnonzero(chosen)
