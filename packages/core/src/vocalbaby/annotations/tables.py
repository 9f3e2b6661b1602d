"""The columns that CSV and Parquet share, and what one row of them says.

There is one row for each segment, with the columns ``recording_id, onset_s, offset_s, label,
speaker, tier``, then ``p_CLASS`` for each class that has probabilities, and then one for each
attribute of a segment, with its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from vocalbaby.entity.timeline import Child, Segment, Timeline
from vocalbaby.exception import DataError

__all__ = [
    "COLUMNS",
    "RECORDING_COLUMNS",
    "attribute_columns",
    "class_columns",
    "described",
    "is_probability",
    "segment_of",
    "unique",
]

COLUMNS: Final = ("recording_id", "onset_s", "offset_s", "label", "speaker", "tier")

#: Columns of a CSV file, and of some Parquet files, that say the same in all rows of a recording.
RECORDING_COLUMNS: Final = (
    "recording_duration_s",
    "clock_start",
    "child_id",
    "corpus",
    "age_months",
    "gender",
)
_PROBABILITY: Final = "p_"

#: Begin of the columns of attributes whose names would be taken for other columns.
_ESCAPE: Final = "attribute."


def described(about: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a timeline that the columns of its recording describe.

    Args:
        about: Text by column, of `RECORDING_COLUMNS`.

    Raises:
        DataError: The age is impossible.
        ValueError: A number or a time is none.

    Examples:
        >>> described({"child_id": "c07", "age_months": "9.5"})["child"].age_months
        9.5
    """
    age, duration = about.get("age_months"), about.get("recording_duration_s")
    clock = about.get("clock_start")
    child = Child(
        about.get("child_id", ""),
        about.get("corpus", ""),
        None if age is None else float(age),
        about.get("gender", ""),
    )
    return {
        "duration_s": None if duration is None else float(duration),
        "clock_start": None if clock is None else datetime.fromisoformat(clock),
        "child": None if child == Child("") else child,
    }


def class_columns(timelines: Iterable[Timeline]) -> dict[str, str]:
    """Name of each class that has a probability, by the name of its column."""
    segments = (segment for timeline in timelines for segment in timeline.segments)
    names = dict.fromkeys(name for s in segments for name in s.probabilities or {})
    return {_PROBABILITY + name: name for name in names}


def attribute_columns(
    timelines: Iterable[Timeline], reserved: Sequence[str] = (*COLUMNS, *RECORDING_COLUMNS)
) -> dict[str, str]:
    """Name of each attribute of a segment, by the name of its column.

    Examples:
        >>> segment = Segment(0, 1, attributes={"conf": "1", "label": "x"})
        >>> attribute_columns([Timeline("a", (segment,))])
        {'conf': 'conf', 'attribute.label': 'label'}
    """
    segments = (segment for timeline in timelines for segment in timeline.segments)
    names = dict.fromkeys(name for segment in segments for name in segment.attributes)
    columns = {}
    for name in names:
        plain = name and name not in reserved and not name.startswith((_PROBABILITY, _ESCAPE))
        columns[name if plain else _ESCAPE + name] = name
    return columns


def segment_of(
    onset_s: float,
    offset_s: float,
    cells: Mapping[str, str | None],
    probabilities: Mapping[str, float],
) -> Segment:
    """Make a segment of a row.

    Args:
        onset_s: Onset in seconds.
        offset_s: Offset in seconds.
        cells: All other cells that are not empty.
        probabilities: Those by column, which begins with ``p_``.

    Raises:
        DataError: The segment is impossible.
    """
    return Segment(
        onset_s,
        offset_s,
        cells.get("label"),
        {name.removeprefix(_PROBABILITY): p for name, p in probabilities.items()} or None,
        cells.get("speaker"),
        cells.get("tier"),
        {
            name.removeprefix(_ESCAPE): text
            for name, text in cells.items()
            if text is not None and name not in COLUMNS
        },
    )


def is_probability(column: str) -> bool:
    """Whether a column holds the probability of a class."""
    return column.startswith(_PROBABILITY)


def unique(timelines: Sequence[Timeline]) -> None:
    """Check that no two timelines are of the same recording.

    Raises:
        DataError: Two are.
    """
    seen: set[str] = set()
    for timeline in timelines:
        if timeline.recording_id in seen:
            raise DataError(
                f"There are two timelines of the recording {timeline.recording_id!r}.",
                hint="Join their segments, or write them to two files.",
            )
        seen.add(timeline.recording_id)
