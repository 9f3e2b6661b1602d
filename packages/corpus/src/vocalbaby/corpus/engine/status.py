"""How far a dataset is: recordings, hours and failures, by child or reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from vocalbaby.corpus.engine.records import Record
from vocalbaby.entity.labels import CLASSES

__all__ = ["RecordingCounts", "Status", "status_of"]


@dataclass(slots=True)
class RecordingCounts:
    """Counts of some recordings.

    Attributes:
        done: Recordings with results.
        failed: Recordings without.
        hours: Hours of sound of those with results.
        segments: Segments by label.

    Examples:
        >>> counts = RecordingCounts()
        >>> counts.add(Record("day1", "day1.wav", duration_s=7200.0, counts={"Crying": 3}))
        >>> counts.done, counts.hours, counts.segments["Crying"]
        (1, 2.0, 3)
    """

    done: int = 0
    failed: int = 0
    hours: float = 0.0
    segments: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Count a record."""
        if not record.is_done:
            self.failed += 1
            return
        self.done += 1
        self.hours += (record.duration_s or 0.0) / 3600
        self.segments.update({name: record.counts.get(name, 0) for name in CLASSES})


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a dataset.

    Attributes:
        total: All recordings.
        by_child: Those of each child, by its name with the corpus.
        failures: Number of recordings by code of the error, the most frequent first.
        failed: Records that failed.
        made_from: Number of recordings by version of the model and settings.

    Examples:
        >>> status = status_of([Record("day1", "day1.wav", error={"code": "audio_empty"})])
        >>> status.total.failed, status.failures
        (1, {'audio_empty': 1})
    """

    total: RecordingCounts
    by_child: dict[str, RecordingCounts]
    failures: dict[str, int]
    failed: tuple[Record, ...]
    made_from: dict[tuple[tuple[str, str], ...], int]


def status_of(records: Iterable[Record]) -> Status:
    """Count the records of a dataset.

    Args:
        records: All of them.
    """
    total, children = RecordingCounts(), defaultdict[str, RecordingCounts](RecordingCounts)
    failed, made = [], Counter[tuple[tuple[str, str], ...]]()
    for record in records:
        total.add(record)
        name = "/".join(part for part in (record.corpus, record.child_id) if part)
        children[name or "not known"].add(record)
        if record.is_done:
            made[tuple(sorted(record.made_from.items()))] += 1
        else:
            failed.append(record)
    codes = Counter(record.error.get("code", "") for record in failed)
    return Status(
        total, dict(sorted(children.items())), dict(codes.most_common()), tuple(failed), dict(made)
    )
