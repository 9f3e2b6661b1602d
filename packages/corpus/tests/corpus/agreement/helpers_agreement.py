"""Random annotations, and slow counts of them that are plainly right."""

import random
from collections.abc import Sequence

from vocalbaby.entity.timeline import Segment, Timeline

#: Onset, offset and class.
Rows = list[tuple[float, float, str]]


def random_rows(seed: int, classes: Sequence[str], *, n: int = 25, end: float = 20.0) -> Rows:
    """Segments in tenths of a second that overlap, touch, and sometimes have no length."""
    rng = random.Random(seed)
    onsets = [rng.randrange(int(10 * end)) for _ in range(n)]
    return [
        (a / 10, (a + rng.choice([0, 1, 3, 10, 25])) / 10, rng.choice(list(classes)))
        for a in onsets
    ]


def timeline(rows: Rows, name: str = "day1", duration_s: float | None = 30.0) -> Timeline:
    """A timeline of rows."""
    segments = tuple(Segment(a, b, label) for a, b, label in rows)
    return Timeline(name, segments, duration_s=duration_s)


def labels_of(rows: Rows, time: float) -> list[str]:
    """Classes of the segments that a time lies in, one for each segment."""
    return [label for a, b, label in rows if a <= time < b]
