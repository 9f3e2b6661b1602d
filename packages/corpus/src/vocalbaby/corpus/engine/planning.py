"""What a run has to do: which recordings are done, which are new, changed or failed before."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, TypeAlias

from vocalbaby.corpus.archive.recordings import ArchiveRecording
from vocalbaby.corpus.archive.sources import quick_identity
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.keys import keys_of, tried_with
from vocalbaby.corpus.engine.records import Record
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.task import Job
from vocalbaby.exception import ConfigError, VocalBabyError

__all__ = ["STATES", "Plan", "State", "make_plan", "of_shard", "parse_shard"]

#: ``done`` and ``failed`` recordings are left as they are; ``new``, ``changed`` and ``retried``
#: ones are processed; ``lost`` ones are errors of the archive; others are ``passed_over``.
State: TypeAlias = Literal["done", "failed", "new", "changed", "retried", "lost", "passed_over"]

#: All states, in the order of reports.
STATES: Final[tuple[State, ...]] = (
    "done",
    "new",
    "changed",
    "retried",
    "failed",
    "lost",
    "passed_over",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    Attributes:
        states: State and recording of every entry of the archive.
        jobs: The recordings to process.
        records: Record of each recording that has one.
        unlisted: Records of recordings that are not in the archive any more.
    """

    states: tuple[tuple[State, ArchiveRecording], ...]
    jobs: tuple[Job, ...]
    records: dict[str, Record] = field(default_factory=dict)
    unlisted: tuple[Record, ...] = ()

    def count(self, state: State) -> int:
        """Return the number of entries in a state."""
        return sum(1 for each, _ in self.states if each == state)


def parse_shard(text: str) -> tuple[int, int]:
    """Return number and count of a shard such as ``3/8``.

    Raises:
        ConfigError: It is not of this form.

    Examples:
        >>> parse_shard("3/8")
        (3, 8)
    """
    number, _, count = text.partition("/")
    if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise ConfigError(
        f"{text!r} is no shard.", hint="Write I/N with I from 1 to N, such as 1/8 to 8/8."
    )


def of_shard(recording_id: str, number: int, count: int) -> bool:
    """Whether a recording belongs to a shard: each belongs to one, on every machine.

    Examples:
        >>> sum(of_shard("c07/day1", number, 8) for number in range(1, 9))
        1
    """
    return zlib.crc32(recording_id.encode()) % count == number - 1


def make_plan(
    recordings: Iterable[ArchiveRecording],
    dataset: Dataset,
    settings: RunSettings,
    *,
    retry_failed: bool = False,
    shard: tuple[int, int] = (1, 1),
) -> Plan:
    """Compare an archive with the records of its dataset.

    Args:
        recordings: The entries of the archive.
        dataset: The results.
        settings: Settings of the run.
        retry_failed: Process recordings that failed before, too.
        shard: Number and count; entries of other shards are left out.
    """
    found: dict[str, list[Record]] = defaultdict(list)
    for record in dataset.records():
        found[record.recording_id].append(record)
    names = dataset.result_names()
    states: list[tuple[State, ArchiveRecording]] = []
    jobs = []
    listed = set()
    for recording in recordings:
        listed.add(recording.recording_id)
        if not of_shard(recording.recording_id, *shard):
            continue
        records = found.get(recording.recording_id, [])
        records.sort(key=partial(_is_of, recording), reverse=True)
        first, others = (records[0] if records else None), tuple(records[1:])
        state = _state(recording, first, settings, names, retry_failed=retry_failed)
        if state == "done" and others:
            state = "changed"
        states.append((state, recording))
        if state in {"new", "changed", "retried"}:
            jobs.append(Job(recording, first, others))
    known = {name: records[0] for name, records in found.items()}
    unlisted = tuple(record for name, record in sorted(known.items()) if name not in listed)
    return Plan(tuple(states), tuple(jobs), known, unlisted)


def _is_of(recording: ArchiveRecording, record: Record) -> bool:
    child = recording.child
    return record.child_id == (child.child_id if child else None)


def _state(
    recording: ArchiveRecording,
    record: Record | None,
    settings: RunSettings,
    names: set[str],
    *,
    retry_failed: bool,
) -> State:
    if recording.reason:
        return "lost" if recording.lost else "passed_over"
    if record is None:
        return "new"
    if record.is_done:
        return "done" if _is_current(recording, record, settings, names) else "changed"
    if retry_failed or record.error.get("passing") == "yes" or _has_changed(recording, record):
        return "retried"
    same = record.made_from == tried_with(recording, settings)
    return "failed" if same else "retried"


def _is_current(
    recording: ArchiveRecording, record: Record, settings: RunSettings, names: set[str]
) -> bool:
    """Whether the results of a record are those that this run would make."""
    if len(record.files) < 2 or any(file.name not in names for file in record.files):
        return False
    try:
        keys = keys_of(recording, record.source.content if record.source else "", settings)
    except VocalBabyError:
        return False  # which processing reports
    return record.keys == keys and not _has_changed(recording, record)


def _has_changed(recording: ArchiveRecording, record: Record) -> bool:
    try:
        return record.source is None or record.source.quick != quick_identity(recording.url)
    except VocalBabyError:
        return record.source is not None
