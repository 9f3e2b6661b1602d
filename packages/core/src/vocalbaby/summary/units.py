"""The units for which figures are given: recordings, children, hours, ages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import ConfigError
from vocalbaby.summary.grid import Grid

__all__ = ["BY", "By", "Member", "Unit", "check_by", "child_key", "members_of"]

#: A kind of unit.
By = Literal["recording", "child", "hour", "age"]
#: The kinds of units, in the order of a summary.
BY: Final[tuple[By, ...]] = get_args(By)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a row of figures is about.

    Attributes:
        by: The kind of unit: ``recording``, ``child``, ``hour`` or ``age``.
        recording_id: The recording, where there is one.
        child_id: The child, where there is one and it is known.
        corpus: The corpus of the child; empty when not known.
        age_months: Age in whole months, where all recordings of the unit have the same.
        hour: Hour, 0 to 23 of the clock, or counted from 0 in the recording.
        hour_start: Clock time at which the hour begins; None when the clock is not known.

    Examples:
        >>> from datetime import datetime
        >>> from vocalbaby import summary
        >>> from vocalbaby.entity.timeline import Timeline
        >>> day = Timeline("day1", duration_s=7200.0, clock_start=datetime(2024, 5, 1, 9))
        >>> [row.unit.hour for row in summary.summarize(day, by=["hour"]).figures]
        [9, 10]
    """

    by: By
    recording_id: str | None = None
    child_id: str | None = None
    corpus: str = ""
    age_months: int | None = None
    hour: int | None = None
    hour_start: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A recording's part in a unit.

    Attributes:
        grid: The recording.
        bins: Its bins, slices of a contiguous stretch.
    """

    grid: Grid
    bins: NDArray[np.intp]


def check_by(names: Sequence[str]) -> tuple[By, ...]:
    """Return the kinds of units with these names.

    Raises:
        ConfigError: A name is not known, or there is none.
    """
    if not names:
        raise ConfigError("Figures need a kind of unit.", hint=f"Use one of {', '.join(BY)}.")
    for name in names:
        if name not in BY:
            raise ConfigError(
                f"Figures are not given by {name!r}.", hint=f"Use one of {', '.join(BY)}."
            )
    return tuple(by for by in BY if by in names)


def members_of(grids: Sequence[Grid], by: By) -> Iterator[tuple[Unit, tuple[Member, ...]]]:
    """Group recordings, or divide them into hours.

    Recordings without a child, or without an age, have no unit by child or by age.
    """
    if by == "recording":
        for grid in grids:
            yield _described("recording", [grid], grid.recording_id), (_whole(grid),)
        return
    if by == "hour":
        for grid in grids:
            yield from _hours(grid)
        return
    found: dict[tuple[str, str] | int, list[Grid]] = {}
    for grid in grids:
        key: tuple[str, str] | int | None = child_key(grid) if by == "child" else _age(grid)
        if key is not None:
            found.setdefault(key, []).append(grid)
    keys = sorted(found, key=lambda key: key if isinstance(key, int) else 0)
    for key in keys:
        yield _described(by, found[key]), tuple(map(_whole, found[key]))


def _whole(grid: Grid) -> Member:
    return Member(grid, np.arange(grid.observed.size))


def _hours(grid: Grid) -> Iterator[tuple[Unit, tuple[Member, ...]]]:
    child = grid.child
    for hour in np.unique(grid.hours).tolist():
        clock = grid.clock(hour)
        unit = Unit(
            "hour",
            grid.recording_id,
            child.child_id if child else None,
            child.corpus if child else "",
            _age(grid),
            hour if clock is None else clock.hour,
            clock,
        )
        yield unit, (Member(grid, np.flatnonzero(grid.hours == hour)),)


def _described(by: By, grids: Sequence[Grid], recording_id: str | None = None) -> Unit:
    children = {child_key(grid) for grid in grids}
    ages = {_age(grid) for grid in grids}
    key = children.pop() if len(children) == 1 else None
    corpus, child_id = key or ("", None)
    age = ages.pop() if len(ages) == 1 else None
    return Unit(by, recording_id, child_id, corpus, age)


def child_key(grid: Grid) -> tuple[str, str] | None:
    """Return the corpus and name of a recording's child; None when it is not known."""
    child = grid.child
    return None if child is None or not child.child_id else (child.corpus, child.child_id)


def _age(grid: Grid) -> int | None:
    child = grid.child
    return None if child is None or child.age_months is None else int(child.age_months)
