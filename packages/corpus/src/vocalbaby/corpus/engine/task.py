"""The task: from one recording to its segments, its figures and its record."""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from vocalbaby import annotations, inference, summary
from vocalbaby.corpus.archive.its_metadata import its_metadata
from vocalbaby.corpus.archive.recordings import ArchiveRecording
from vocalbaby.corpus.archive.sources import content_of, open_source, quick_identity
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.keys import (
    confusion_of,
    given_segments,
    keys_of,
    listener_of,
    made_from,
    model_of,
    tried_with,
)
from vocalbaby.corpus.engine.names import encoded
from vocalbaby.corpus.engine.records import Keys, Record, Source
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.tables import figures_table, segments_table, with_metadata
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import DataError, FileError, VocalBabyError
from vocalbaby.inference.segmenting import quality_path

__all__ = ["Job", "Outcome", "ended", "process"]

Progress = Callable[[float, float | None], None]

#: Codes of errors that say nothing of the recording: another try may succeed.
_PASSING: Final = frozenset({"storage_unavailable", "file_unusable", "internal"})


@dataclass(frozen=True, slots=True)
class Job:
    """A recording to process.

    Attributes:
        recording: The recording.
        record: What a former run wrote; None if there was none.
        others: Records of the same recording under the name of another child, which an interrupted
            run has left.

    Examples:
        >>> Job(ArchiveRecording("day1", "day1.wav")).record is None
        True
    """

    recording: ArchiveRecording
    record: Record | None = None
    others: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done for a recording.

    Attributes:
        record: Its record.
        work: The costliest step that was needed: ``heard``, ``segments``, ``figures``,
            ``nothing``, or ``failed``.
        cpu_s: Seconds of computing time.

    Examples:
        >>> Outcome(Record("day1", "day1.wav"), "heard").cpu_s
        0.0
    """

    record: Record
    work: str
    cpu_s: float = 0.0


@dataclass(slots=True)
class _Made:
    """What is made of a recording, step by step."""

    work: str = "nothing"
    notes: list[str] = field(default_factory=list)


def process(job: Job, settings: RunSettings, progress: Progress | None = None) -> Outcome:
    """Make what a recording lacks: segments, figures and, at last, its record.

    An error of the recording is a record too. Nothing is raised but what ends the process.

    Args:
        job: The recording, and its former record.
        settings: Settings of the run.
        progress: Called with the seconds that are done; may raise to stop.
    """
    began = time.process_time()
    dataset = Dataset(settings.dataset)
    try:
        record, work = _process(job, settings, dataset, progress)
    except VocalBabyError as error:
        record, work = _failed(job, settings, error), "failed"
    except OSError as error:
        record, work = _failed(job, settings, FileError.of(error)), "failed"
    except Exception as error:  # noqa: BLE001 - a defect costs this recording only
        text = "".join(traceback.format_exception_only(error)).strip()
        unknown = VocalBabyError(f"An internal error occurred: {text}.", hint="Please report it.")
        record, work = _failed(job, settings, unknown), "failed"
    _write(dataset, job, record)
    cpu_s = time.process_time() - began
    if work != "nothing":
        entry = {"recording_id": record.recording_id, "work": work, "cpu_s": round(cpu_s, 3)}
        dataset.log(settings.run, entry | asdict(record.keys) | {"at": round(time.time(), 3)})
    return Outcome(record, work, cpu_s)


def _write(dataset: Dataset, job: Job, record: Record) -> None:
    """Write a record, unless it would replace results by an error that may pass."""
    old = job.record
    if record == old or (old and old.is_done and record.error.get("passing") == "yes"):
        return
    dataset.write_record(record)
    for former in (old, *job.others):
        dataset.remove_former(former, record)


def ended(settings: RunSettings, job: Job) -> Outcome:
    """Record that the process of a recording was ended by the system, again and again.

    Args:
        settings: Settings of the run.
        job: The recording.
    """
    text = f"The process that worked on {job.recording.url} was ended, more than once."
    hint = "Memory may be short: run the command again, with fewer workers."
    record = _failed(job, settings, VocalBabyError(text, hint=hint))
    _write(Dataset(settings.dataset), job, record)
    return Outcome(record, "failed")


def _process(
    job: Job, settings: RunSettings, dataset: Dataset, progress: Progress | None
) -> tuple[Record, str]:
    recording, old = job.recording, job.record
    source = _source(recording, old)
    keys = keys_of(recording, source.content, settings)
    if old is not None and old.is_done and old.keys == keys and _complete(old, dataset):
        return replace(old, source=source, url=recording.url), "nothing"
    made = _Made()
    record = replace(_blank(recording, settings), source=source, keys=keys)
    timeline = _timeline(job, settings, dataset, source, keys, made, progress)
    rows = summary.summarize(
        timeline,
        by=["recording", "hour"],
        confusion=confusion_of(settings),
        config=settings.summary,
    ).figures
    if old is not None and old.is_done and old.keys != keys:
        # A run that is killed now must not leave the keys of other settings with new files.
        known = old.keys.segments if made.work == "figures" else ""
        dataset.write_record(replace(old, keys=Keys(old.keys.heard, known)))
    if made.work != "figures" or old is None or old.segments is None:
        described = {**record.made_from} | {"content": source.content, "key": keys.segments}
        data = with_metadata(segments_table(timeline), described)
        record = replace(record, segments=dataset.write("segments", record, data))
    else:
        record = replace(record, segments=old.segments)
    described = {**record.made_from} | {"content": source.content, "key": keys.figures}
    data = with_metadata(figures_table(rows, recording.recording_id), described)
    counts = Counter(each.label or "" for each in timeline.segments)
    notes = made.notes if made.work == "heard" or old is None else [*old.notes]
    return (
        replace(
            record,
            figures=dataset.write("figures", record, data),
            duration_s=timeline.duration_s,
            counts=dict(sorted(counts.items())),
            notes=tuple(dict.fromkeys([*recording.notes, *notes])),
        ),
        made.work,
    )


def _source(recording: ArchiveRecording, old: Record | None) -> Source:
    """Return the identity of a recording; all of it is read only if it may have changed."""
    quick = quick_identity(recording.url)
    known = old.source if old is not None else None
    if known is not None and known.content and known.quick == quick:
        return known
    return Source(content_of(recording.url), quick)


def _complete(record: Record, dataset: Dataset) -> bool:
    return len(record.files) == 2 and all(
        dataset.storage.exists(each.name) for each in record.files
    )


def _timeline(
    job: Job,
    settings: RunSettings,
    dataset: Dataset,
    source: Source,
    keys: Keys,
    made: _Made,
    progress: Progress | None,
) -> Timeline:
    """Return the segments with their metadata: those of a former run, or new ones."""
    old, recording = job.record, job.recording
    if old is not None and old.is_done and old.keys.heard == keys.heard and old.segments:
        data = dataset.read(old.segments)
        if data is not None:
            (timeline,) = annotations.parse(data, "parquet")
            made.work = "figures" if old.keys.segments == keys.segments else "segments"
            return timeline if made.work == "figures" else _with_metadata(timeline, recording)
    made.work = "heard"
    given, _ = given_segments(recording, settings)
    evidence = _evidence(recording, settings)
    with open_source(recording.url) as sound:

        def run() -> Timeline:
            return inference.segment(
                sound,
                model=model_of(settings.model),
                config=settings.segmentation,
                evidence=evidence,
                progress=progress,
                given=given,
                name=recording.recording_id,
                listener=listener_of(settings.listener),
                identity=source.content,
            )

        try:
            timeline = run()
        except DataError:
            if evidence is None or not evidence.exists():
                raise
            # Evidence of another model or of other settings of the first pass.
            evidence.unlink()
            quality_path(evidence).unlink(missing_ok=True)
            timeline = run()
    return _with_metadata(timeline, recording)


def _with_metadata(timeline: Timeline, recording: ArchiveRecording) -> Timeline:
    needs_its = recording.its and not (recording.clock_start and recording.child)
    known = its_metadata(recording.its) if needs_its and recording.its else None
    clock = recording.clock_start or (known and known.clock) or timeline.clock_start
    child = recording.child or (known.child if known else None)
    return replace(timeline, clock_start=clock, child=child)


def _evidence(recording: ArchiveRecording, settings: RunSettings) -> Path | None:
    if settings.state is None:
        return None
    settings.state.mkdir(parents=True, exist_ok=True)
    return settings.state / f"{encoded(recording.recording_id)}.evidence"


def _blank(recording: ArchiveRecording, settings: RunSettings) -> Record:
    child = recording.child
    return Record(
        recording.recording_id,
        recording.url,
        corpus=(child.corpus if child else "") or recording.corpus,
        child_id=child.child_id if child else None,
        made_from=made_from(settings),
    )


def _failed(job: Job, settings: RunSettings, error: VocalBabyError) -> Record:
    described = {"code": error.code, "message": error.message, "hint": error.hint}
    passing = "yes" if error.code in _PASSING else "no"
    return replace(
        _blank(job.recording, settings),
        source=_known_source(job.recording),
        made_from=tried_with(job.recording, settings),
        error=described | {"passing": passing},
    )


def _known_source(recording: ArchiveRecording) -> Source | None:
    try:
        return Source("", quick_identity(recording.url))
    except VocalBabyError:
        return None
