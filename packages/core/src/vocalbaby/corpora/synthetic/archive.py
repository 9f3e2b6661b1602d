"""The plan of a synthetic archive: children who grow, and their recordings."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.day import DayChild

__all__ = ["PlannedRecording", "canonical_share", "plan_archive"]

_MONTH_DAYS: Final = 365.25 / 12
_FIRST_DAY: Final = date(2023, 3, 1)
#: Months between two recordings of a child.
_BETWEEN: Final = (3, 6)


@dataclass(frozen=True, slots=True)
class PlannedRecording:
    """A recording of a synthetic archive.

    Attributes:
        name: Path below ``recordings/raw``.
        child_id: The child.
        born: Day of birth of the child.
        start: Day and time at which it begins.
        seed: Seed of the day.
        child: The child on this day.
    """

    name: str
    child_id: str
    born: date
    start: datetime
    seed: int
    child: DayChild


def canonical_share(age_months: float, lead_months: float = 0.0) -> float:
    """Return the canonical proportion of babble at an age, a logistic curve.

    It passes 0.15 at about 9 months; canonical babble is usual by 10 months (Oller, 2000).

    Args:
        age_months: The age.
        lead_months: By how much the child is ahead.

    Examples:
        >>> [round(canonical_share(age), 2) for age in (4, 8, 18)]
        [0.07, 0.13, 0.5]
    """
    return 0.03 + 0.72 / (1 + math.exp(-(age_months + lead_months - 15.5) / 4.0))


def plan_archive(recordings: int, children: int, seed: int = 0) -> tuple[PlannedRecording, ...]:
    """Plan the recordings of an archive: those of each child are some months apart.

    Args:
        recordings: Number of recordings.
        children: Number of children, at most as many.
        seed: Determines everything.

    Examples:
        >>> plan = plan_archive(5, 2, seed=1)
        >>> [each.name.split("/")[0] for each in plan]
        ['c01', 'c01', 'c01', 'c02', 'c02']
        >>> plan[0].child.canonical < plan[2].child.canonical
        True
    """
    planned = []
    for number in range(children):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, 7, number))))
        born = _FIRST_DAY + timedelta(days=int(rng.integers(0, 200)))
        sex, lead = "FM"[int(rng.integers(2))], float(rng.normal(0, 2.0))
        age = float(rng.uniform(4, 10))
        child_id = f"c{number + 1:02d}"
        own = range(number, recordings, children)
        for _ in own:
            day = born + timedelta(days=round(age * _MONTH_DAYS))
            start = datetime(day.year, day.month, day.day, int(rng.integers(7, 11)))  # noqa: DTZ001 - local time
            planned.append(
                PlannedRecording(
                    f"{child_id}/{child_id}_{start:%Y%m%d_%H%M}.wav",
                    child_id,
                    born,
                    start,
                    int(rng.integers(2**31)),
                    DayChild(seed * 1000 + number, round(age), sex, canonical_share(age, lead)),
                )
            )
            age += float(rng.uniform(*_BETWEEN))
    return tuple(planned)
