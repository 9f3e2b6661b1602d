"""The process of one job: segments a recording with the lowest priority.

``python -m vocalbaby.api.jobs.work FOLDER``, with the `Task` as JSON on standard input. The
input stays open: when it ends, the service has ended, and the process stops too.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from pydantic import BaseModel

from vocalbaby import annotations, audio, inference
from vocalbaby.api.http.problems import clip_problem, internal_error
from vocalbaby.api.jobs import sound
from vocalbaby.api.jobs.files import no_space, remove_files, replace_file
from vocalbaby.api.jobs.job import Job, JobState
from vocalbaby.api.jobs.results import EXPORTS, timeline_json
from vocalbaby.audio.pieces import has_pieces, write_flac
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import (
    DataError,
    MissingExtraError,
    TooLongAudioError,
    VocalBabyError,
)

__all__ = ["Task", "load_model", "main", "run"]

_EVERY_S: Final = 0.5

_log = logging.getLogger(__name__)


class Task(BaseModel):
    """What the process has to know beside its folder.

    Attributes:
        model: Path of a bundle; None for the built-in model.
        store: Address of a store with the model, in place of ``model``.
        fallback: Whether ``model`` is used if it, and not the store, has the version.
        version: Version of the model that the service uses; None without a store.
        max_hours: Maximum length of the recording.
        max_bytes: Maximum size of a recording that is fetched.
    """

    model: str | None = None
    store: str | None = None
    fallback: bool = False
    version: str | None = None
    max_hours: float
    max_bytes: int


def main() -> None:
    """Run the job of the folder that the command line names."""
    os.nice(19)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    task = Task.model_validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_stop_with_service, daemon=True).start()
    run(Path(sys.argv[1]), task)


def _stop_with_service() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def run(folder: Path, task: Task) -> None:
    """Run the job of a folder, and write its result or its error there.

    A job that was interrupted goes on from the evidence in its folder.
    """
    job = Job.model_validate_json((folder / "job.json").read_bytes())
    state = JobState.model_validate_json((folder / "state.json").read_bytes())
    kept = ""
    try:
        timeline = _segment(folder, task, state, job)
        _write_results(folder, timeline, state)
        sound.write_levels(folder)
        state.total_s = state.done_s = timeline.duration_s or 0.0
        kept = _keep_sound(folder, state.total_s)
        state.state, state.ended = "done", time.time()
        replace_file(folder / "state.json", state.model_dump_json())
    except VocalBabyError as error:
        state.error = clip_problem(error)
    except OSError as error:
        state.error = clip_problem(no_space(error))
    except Exception:  # noqa: BLE001 - it is reported
        _log.exception("a job failed")
        state.error = clip_problem(internal_error())
    if state.error is None:
        remove_files(folder, kept, "levels", *(f"result.{name}" for name in state.formats))
        return
    remove_files(folder)  # first, since the disk may be full
    state.state, state.ended = "failed", time.time()
    replace_file(folder / "state.json", state.model_dump_json())


def _segment(folder: Path, task: Task, state: JobState, job: Job) -> Timeline:
    recording = folder / "recording"
    if job.source is not None and not recording.exists():
        from vocalbaby.cloud.s3 import S3Storage  # noqa: PLC0415 - slow to import

        bucket, _, key = job.source.removeprefix("s3://").partition("/")
        part = folder / "recording.part"
        S3Storage(bucket).fetch(key, part, max_bytes=task.max_bytes)
        part.rename(recording)
    model = load_model(task)
    evidence = folder / "evidence"
    resumed = evidence.exists()
    segment = partial(
        inference.segment,
        folder / "recording",
        model=model,
        evidence=evidence,
        progress=_progress(folder, task, state),
        name=PurePath(job.name).stem or "recording",
    )
    try:
        return segment()
    except DataError:
        if not resumed:
            raise
        evidence.unlink()  # it is of another model, from before the service was restarted
        return segment()


def load_model(task: Task) -> inference.Predictor:
    """The model with which the service answers, so that a job never has another one."""
    if task.store is None or task.version is None:
        return inference.load(task.model)
    if task.fallback:
        model = inference.load(task.model)
        if model.manifest.version == task.version:
            return model
    from vocalbaby.bundle.store import ModelStore  # noqa: PLC0415 - slow to import
    from vocalbaby.cloud.opening import open_storage  # noqa: PLC0415 - as above

    return inference.Predictor(ModelStore(open_storage(task.store)).fetch(task.version))


def _keep_sound(folder: Path, duration_s: float) -> str:
    """The file from which pieces are read: the recording, or a copy if it has no pieces."""
    if has_pieces(folder / "recording", duration_s):
        return "recording"
    with audio.open_recording(folder / "recording") as recording:
        write_flac(folder / "sound.flac", recording.blocks())
    return "sound.flac"


def _progress(folder: Path, task: Task, state: JobState) -> Callable[[float, float | None], None]:
    """Writes the progress to the state, but not too often."""
    written = 0.0

    def progress(done_s: float, total_s: float | None) -> None:
        nonlocal written
        if max(done_s, total_s or 0.0) > 3600 * task.max_hours:
            raise TooLongAudioError(
                f"The recording is longer than {task.max_hours:g} h.", hint="Send it in parts."
            )
        if state.begun_s is None:
            state.begun_s = done_s
        state.done_s, state.total_s = done_s, total_s
        if time.monotonic() - written > _EVERY_S:
            written = time.monotonic()
            replace_file(folder / "state.json", state.model_dump_json())

    return progress


def _write_results(folder: Path, timeline: Timeline, state: JobState) -> None:
    (folder / "result.json").write_bytes(timeline_json(timeline))
    state.segments, state.formats = len(timeline.segments), {"json": []}
    for name in EXPORTS:
        with suppress(MissingExtraError, DataError):
            data, notes = annotations.serialize(timeline, name)
            (folder / f"result.{name}").write_bytes(data)
            state.formats[name] = [note.message for note in notes]


if __name__ == "__main__":
    main()
