"""Labels of chunks that citizen scientists have classified, from Zooniverse's export."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vocalbaby.annotations.rows import read_rows
from vocalbaby.annotations.text import SourceName
from vocalbaby.annotations.vocabulary import label_class
from vocalbaby.entity.labels import Label
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["Classified", "as_timelines", "read_classifications"]

_EXPORT: Final = ("annotations", "subject_data")
_CHUNKS: Final = ("chunk_id", "sample_id", "recording_filename", "segment_onset", "segment_offset")


@dataclass(frozen=True, slots=True)
class Classified:
    """Votes on a stretch of a sample.

    Attributes:
        sample_id: The stretch.
        recording_id: Its recording.
        onset_s: Its begin in seconds.
        offset_s: Its end in seconds.
        label: The class with most votes; None if several have as many, or there are none.
        agreement: Share of the votes for it; 0 without votes.
        votes: Number of votes for each class, over all chunks of the stretch.
        chunks: Number of chunks that have votes.
    """

    sample_id: str
    recording_id: str
    onset_s: float
    offset_s: float
    label: Label | None
    agreement: float
    votes: Mapping[Label, int]
    chunks: int


def read_classifications(
    export: str | os.PathLike[str], chunks: str | os.PathLike[str], task: str = ""
) -> tuple[tuple[Classified, ...], dict[str, int]]:
    """Read Zooniverse's export of classifications, and count the votes on each stretch.

    Each volunteer has one vote on a chunk, the last. The votes on all chunks of a stretch are
    counted together.

    Args:
        export: The CSV file of classifications that Zooniverse exports.
        chunks: The table ``chunks.csv`` of the upload.
        task: Name of the task, such as ``T0``; empty for the first of each classification.

    Returns:
        The stretches in the order of their names, and how many rows are not votes, by reason:
        ``other chunk``, ``no class``, ``repeated``.

    Raises:
        DataNotFoundError: A file does not exist.
        DataError: A file is not such a table.
    """
    rows = {row["chunk_id"]: row for row in _read(chunks, _CHUNKS)}
    votes: dict[tuple[str, str], Label] = {}
    skipped: Counter[str] = Counter()
    for number, row in enumerate(_read(export, _EXPORT)):
        try:
            chunk = _chunk(json.loads(row["subject_data"]))
            label = _label(json.loads(row["annotations"]), task)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{export}: row {number + 2} is damaged: {error!r}.") from None
        if chunk not in rows:
            skipped["other chunk"] += 1
        elif label is None:
            skipped["no class"] += 1
        else:
            user = row.get("user_name") or row.get("user_id") or f"row {number}"
            skipped["repeated"] += (chunk, user) in votes
            votes[chunk, user] = label
    return _counted(rows, votes), {reason: n for reason, n in skipped.items() if n}


def _read(path: str | os.PathLike[str], required: Sequence[str]) -> list[dict[str, str]]:
    try:
        data = Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise DataNotFoundError(f"There is no table {path}.") from None
    return [row.cells for row in read_rows(data, SourceName(str(path)), required)]


def _chunk(subjects: Mapping[str, Mapping[str, Any]]) -> str:
    return next((str(s["chunk_id"]) for s in subjects.values() if "chunk_id" in s), "")


def _label(tasks: Sequence[Mapping[str, Any]], task: str) -> Label | None:
    chosen = next((each for each in tasks if task in {"", each["task"]}), None)
    answer = "" if chosen is None else str(chosen["value"]).strip()
    return label_class(Segment(0.0, 0.0, answer))


def _counted(
    rows: Mapping[str, Mapping[str, str]], votes: Mapping[tuple[str, str], Label]
) -> tuple[Classified, ...]:
    counts: dict[str, Counter[Label]] = {row["sample_id"]: Counter() for row in rows.values()}
    chunks: dict[str, set[str]] = {name: set() for name in counts}
    about = {row["sample_id"]: row for row in rows.values()}
    for (chunk, _), label in votes.items():
        sample = rows[chunk]["sample_id"]
        counts[sample][label] += 1
        chunks[sample].add(chunk)
    found = []
    for name, own in sorted(counts.items()):
        best = own.most_common(2)
        is_clear = len(best) == 1 or (len(best) > 1 and best[0][1] > best[1][1])
        row = about[name]
        found.append(
            Classified(
                name,
                row["recording_filename"],
                int(row["segment_onset"]) / 1000,
                int(row["segment_offset"]) / 1000,
                best[0][0] if is_clear else None,
                best[0][1] / own.total() if best else 0.0,
                dict(own),
                len(chunks[name]),
            )
        )
    return tuple(found)


def as_timelines(
    classified: Sequence[Classified], least_agreement: float = 0.0
) -> tuple[Timeline, ...]:
    """Make annotations of the labels, for every command that reads annotations.

    Args:
        classified: The stretches.
        least_agreement: Stretches with a smaller share of votes are left out.

    Returns:
        A timeline for each recording, with the agreement as an attribute of each segment.

    Examples:
        >>> votes = {"Crying": 3, "Junk": 1}
        >>> one = Classified("r1-1", "day1", 5.0, 5.5, "Crying", 0.75, votes, 1)
        >>> (day,) = as_timelines([one])
        >>> day.segments[0].label, day.segments[0].attributes["agreement"]
        ('Crying', '0.750')
    """
    segments: dict[str, list[Segment]] = {}
    for each in classified:
        if each.label is not None and each.agreement >= least_agreement:
            attributes = {"sample_id": each.sample_id, "agreement": f"{each.agreement:.3f}"}
            segments.setdefault(each.recording_id, []).append(
                Segment(each.onset_s, each.offset_s, each.label, attributes=attributes)
            )
    return tuple(
        Timeline(name, tuple(sorted(own, key=lambda s: s.onset_s)))
        for name, own in segments.items()
    )
