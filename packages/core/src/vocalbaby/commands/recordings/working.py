"""Segments one recording of a run, or goes on where a former run ended."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from vocalbaby import annotations, inference
from vocalbaby.commands.recordings.given import KeyChildSegments
from vocalbaby.commands.recordings.metadata import read_its
from vocalbaby.commands.recordings.state import (
    Finished,
    check_output,
    digest,
    locked,
    state_files,
)
from vocalbaby.commands.recordings.tasks import Settings, Task
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError, FileError, VocalBabyError
from vocalbaby.features.embedding.listener import Listener
from vocalbaby.inference.segmenting import (
    QUALITY_TIER,
    identity_of,
    load_listener,
    quality_path,
)
from vocalbaby.segmentation import JUNK_TIER, SegmentationConfig
from vocalbaby.utils.version import VERSION

__all__ = ["Result", "open_listener", "work"]

#: Formats in which the class is the name of a segment if it has neither tier nor speaker.
_WITHOUT_TIERS: Final = frozenset({"rttm", "audacity"})

Progress = Callable[[float, float | None], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a recording.

    Attributes:
        task: The recording.
        figures: Duration, and counts and seconds of segments; empty if there was an error.
        notes: What a user should know.
        before: Whether a former run had finished it.
        error: What was wrong; None if it was segmented.
    """

    task: Task
    figures: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    before: bool = False
    error: VocalBabyError | None = None


def work(task: Task, settings: Settings, progress: Progress) -> Result:
    """Segment a recording and write its output, unless that is done already.

    Args:
        task: The recording.
        settings: Settings of the run.
        progress: Called with the seconds that are done; may raise to stop.
    """
    try:
        if task.source.lost:
            raise DataNotFoundError(task.source.message, hint=task.source.hint)
        task.output.parent.mkdir(parents=True, exist_ok=True)
        task.state.parent.mkdir(parents=True, exist_ok=True)
        with locked(task.state):
            return _work(task, settings, progress)
    except VocalBabyError as error:
        return Result(task, error=error.without_trace())
    except OSError as error:
        return Result(task, error=FileError.of(error))


def _work(task: Task, settings: Settings, progress: Progress) -> Result:
    evidence, record = state_files(task.state)
    predictor, listener = _load(settings.model), open_listener(settings.listener)
    given = settings.given.of(task.source.path, task.name) if settings.given else None
    made_from = _made_from(task, settings, predictor.version, listener, given)
    finished, found = Finished.read(record), digest(task.output)
    if finished and finished.made_from == made_from and found == finished.sha256:
        remarks = (*task.notes, *_notes_of_given(given))
        return Result(task, finished.figures, remarks, before=True)
    if not settings.overwrite:
        check_output(task.output, found, finished)
    timeline, notes = _segment(task, settings, predictor, listener, evidence, progress, given)
    figures = _figures(timeline)
    timeline = _chosen(timeline, settings)
    data, left_out = annotations.serialize(timeline, settings.format)
    checksum = hashlib.sha256(data).hexdigest()
    Finished(made_from, checksum, found, figures).write(record)
    annotations.write(timeline, task.output, settings.format)
    if not settings.keep_evidence:
        evidence.unlink(missing_ok=True)
        quality_path(evidence).unlink(missing_ok=True)
    return Result(task, figures, tuple(notes), tuple(note.code for note in left_out))


@cache
def _load(model: Path | None) -> inference.Predictor:
    return inference.load(model)


@cache
def open_listener(file: Path | None) -> Listener | None:
    """Load the listener of a run, once in each process."""
    return None if file is None else load_listener(file)


def _made_from(
    task: Task,
    settings: Settings,
    version: str,
    listener: Listener | None,
    given: KeyChildSegments | None,
) -> dict[str, str]:
    """Return everything on which the output depends."""
    values: dict[str, object] = {
        "recording": identity_of(task.source.path),
        "model": version,
        "segmentation": settings.config,
        "format": settings.format,
        "classes": ",".join(settings.classes),
        "junk": settings.junk,
        "clock": task.clock,
        "child": None if task.child is None else json.dumps(asdict(task.child), sort_keys=True),
        "its": None if task.its is None else identity_of(task.its),
        "given": None if given is None else _checksum(given.segments),
        "listener": None if listener is None else listener.sha256,
        "vocalbaby": VERSION,
    }
    return {key: str(value) for key, value in values.items() if value is not None}


def _checksum(segments: tuple[Segment, ...]) -> str:
    times = [(each.onset_s, each.offset_s, each.speaker) for each in segments]
    return hashlib.sha256(json.dumps(times).encode()).hexdigest()


def _segment(
    task: Task,
    settings: Settings,
    predictor: inference.Predictor,
    listener: Listener | None,
    evidence: Path,
    progress: Progress,
    given: KeyChildSegments | None,
) -> tuple[Timeline, list[str]]:
    """Return the timeline with its metadata, and notes."""
    notes = [*task.notes, *_notes_of_given(given)]
    known = read_its(task.its) if task.its and not (task.clock and task.child) else None
    run = partial(
        inference.segment,
        task.source.path,
        model=predictor,
        config=SegmentationConfig.model_validate_json(settings.config),
        evidence=evidence,
        progress=progress,
        given=None if given is None else given.segments,
        name=task.name,
        listener=listener,
    )
    try:
        timeline = run()
    except DataError:
        if not evidence.exists():
            raise
        # Evidence of another model, other settings or a recording that has changed since.
        evidence.unlink()
        notes.append("What a former run had heard does not fit any more; it was heard again.")
        timeline = run()
    clock = task.clock or (known and known.clock) or timeline.clock_start
    child = task.child or (known and known.child) or None
    return replace(timeline, clock_start=clock, child=child), notes


def _notes_of_given(given: KeyChildSegments | None) -> list[str]:
    if given is None or given.segments or not given.others:
        return []
    speakers = ", ".join(given.speakers)
    text = f"No segment in {given.path} is of the key child (speakers: {speakers})"
    return [f"{text}; name them with --key-child if this is wrong."]


def _chosen(timeline: Timeline, settings: Settings) -> Timeline:
    """Leave out the segments that are not asked for, and tiers that would be taken for speakers."""
    kept = {*settings.classes, *(("Junk",) if settings.junk else ())}
    segments = tuple(s for s in timeline.segments if s.tier == QUALITY_TIER or s.label in kept)
    if settings.format in _WITHOUT_TIERS:
        plain = (s if s.tier == QUALITY_TIER else replace(s, tier=None) for s in segments)
        return replace(timeline, segments=tuple(plain), tiers=())
    tiers = tuple(tier for tier in timeline.tiers if settings.junk or tier.name != JUNK_TIER)
    return replace(timeline, segments=segments, tiers=tiers)


def _figures(timeline: Timeline) -> dict[str, Any]:
    """Count segments and seconds by label, and defects by kind."""
    counts: dict[str, Counter[str]] = {"segments": Counter(), "defects": Counter()}
    seconds: dict[str, Counter[str]] = {"seconds": Counter(), "defect_seconds": Counter()}
    for each in timeline.segments:
        of = ("defects", "defect_seconds") if each.tier == QUALITY_TIER else ("segments", "seconds")
        counts[of[0]][each.label or ""] += 1
        seconds[of[1]][each.label or ""] += each.duration_s  # type: ignore[assignment]
    return {
        "duration_s": round(timeline.duration_s or 0.0, 3),
        "clock_start": timeline.clock_start.isoformat() if timeline.clock_start else None,
        "child_id": timeline.child.child_id if timeline.child else None,
        **{name: dict(sorted(found.items())) for name, found in counts.items()},
        **{n: {k: round(v, 2) for k, v in sorted(f.items())} for n, f in seconds.items()},
    }
