"""The task of the simulation: no sound is heard, and everything else is as in a run.

It is a module of its own because the processes of an executor import it by its name.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from typing import Final

from vocalbaby import summary
from vocalbaby.corpus.archive.sources import quick_identity
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.executors import Executor
from vocalbaby.corpus.engine.keys import keys_of, made_from
from vocalbaby.corpus.engine.records import Record, Source
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.tables import figures_table, segments_table
from vocalbaby.corpus.engine.task import Job, Outcome, ended
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.utils.processes import Progress, Report, run_in_processes

__all__ = ["FAILING", "HOURS", "processes", "simulate"]

#: Length of each recording in hours.
HOURS: Final = 16

#: Share of recordings that fail in a first run.
FAILING: Final = 0.03

#: Segments of a recording, 6 each minute.
SEGMENTS: Final = 5_760

_CLASSES: Final = ("Canonical", "Non-canonical", "Crying", "Laughing", "Junk")


def simulate(job: Job, settings: RunSettings, progress: Progress | None = None) -> Outcome:
    """Write files of the size of a real day, and a record; some recordings fail the first time.

    Args:
        job: The recording.
        settings: Settings of the run.
        progress: Is not called.
    """
    del progress
    began = time.process_time()
    recording, dataset = job.recording, Dataset(settings.dataset)
    source = Source(f"simulated:{recording.recording_id}", quick_identity(recording.url))
    blank = Record(
        recording.recording_id,
        recording.url,
        corpus=recording.corpus,
        child_id=recording.child.child_id if recording.child else None,
        source=source,
        made_from=made_from(settings),
    )
    if job.record is None and random.Random(recording.recording_id).random() < FAILING:
        error = {"code": "unreadable_audio", "message": "Simulated.", "hint": "", "passing": "no"}
        dataset.write_record(replace(blank, error=error))
        return Outcome(replace(blank, error=error), "failed", time.process_time() - began)
    segments, figures, counts = _files()
    record = replace(
        blank,
        keys=keys_of(recording, source.content, settings),
        segments=dataset.write("segments", blank, segments),
        figures=dataset.write("figures", blank, figures),
        duration_s=HOURS * 3600.0,
        counts=counts,
    )
    dataset.write_record(record)
    cpu_s = time.process_time() - began
    entry = {"recording_id": record.recording_id, "work": "heard", "cpu_s": round(cpu_s, 3)}
    dataset.log(settings.run, entry | asdict(record.keys) | {"at": round(time.time(), 3)})
    return Outcome(record, "heard", cpu_s)


@cache
def _files() -> tuple[bytes, bytes, dict[str, int]]:
    """Return the files of a day, made once in each process."""
    rng = random.Random(0)
    labels = [rng.choice(_CLASSES) for _ in range(SEGMENTS)]
    step = HOURS * 3600 / SEGMENTS
    found = tuple(_segment(rng, i * step, step, label) for i, label in enumerate(labels))
    tiers = tuple(map(Tier, ("infant", "junk", "quality")))
    day = Timeline("simulated", found, HOURS * 3600.0, tiers=tiers)
    figures = summary.summarize(day, by=["recording", "hour"]).figures
    counts = {name: labels.count(name) for name in sorted(_CLASSES)}
    return segments_table(day), figures_table(figures, "simulated"), counts


def _segment(rng: random.Random, onset: float, longest: float, label: str) -> Segment:
    parts = [rng.random() for _ in _CLASSES]
    probabilities = {
        name: round(part / sum(parts), 4) for name, part in zip(_CLASSES, parts, strict=True)
    }
    tier = "junk" if label == "Junk" else "infant"
    end = onset + longest * rng.uniform(0.1, 1.0)
    return Segment(round(onset, 2), round(end, 2), label, probabilities, tier=tier)


def processes(workers: int) -> Executor:
    """Return the executor of processes, with the simulated task.

    Args:
        workers: Number of processes.
    """

    def run(
        jobs: Sequence[Job], settings: RunSettings, report: Report
    ) -> Iterator[tuple[int, Outcome]]:
        function = partial(_of_process, settings)
        yield from run_in_processes(function, jobs, workers, report, partial(ended, settings))

    return run


def _of_process(settings: RunSettings, job: Job, progress: Progress) -> Outcome:
    return simulate(job, settings, progress)
