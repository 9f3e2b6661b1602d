"""Hashes of everything that the results of a recording depend on."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

from vocalbaby import inference, summary
from vocalbaby.corpus.archive.recordings import ArchiveRecording
from vocalbaby.corpus.archive.sources import quick_identity
from vocalbaby.corpus.engine.records import Keys
from vocalbaby.corpus.engine.run_settings import RunSettings, settings_hash
from vocalbaby.entity.timeline import Segment
from vocalbaby.exception import VocalBabyError
from vocalbaby.features.embedding.listener import Listener
from vocalbaby.utils.version import VERSION

__all__ = [
    "confusion_of",
    "given_segments",
    "keys_of",
    "listener_of",
    "made_from",
    "model_of",
    "tried_with",
]


def keys_of(recording: ArchiveRecording, content: str, settings: RunSettings) -> Keys:
    """Return the hashes of everything that the results of a recording depend on.

    Args:
        recording: The recording.
        content: Its checksum.
        settings: Settings of the run.
    """
    heard = {
        "recording_id": recording.recording_id,
        "content": content,
        "given": given_segments(recording, settings)[1],
        **made_from(settings),
    }
    heard.pop("summary")
    known = {
        "clock": recording.clock_start and recording.clock_start.isoformat(),
        "child": recording.child and asdict(recording.child),
        "its": recording.its and quick_identity(recording.its, with_time=False),
    }
    segments = settings_hash([settings_hash(heard), known])
    confusion = confusion_of(settings)
    table = confusion and confusion.model_version
    figures = settings_hash([segments, settings.summary.model_dump(mode="json"), table])
    return Keys(settings_hash(heard), segments, figures)


def made_from(settings: RunSettings) -> dict[str, str]:
    """Return the version of the model, hashes of the settings, and the version of VocalBaby."""
    listener = listener_of(settings.listener)
    return {
        "model_version": model_of(settings.model).version,
        "segmentation": settings_hash(settings.segmentation.model_dump(mode="json")),
        "summary": settings_hash(settings.summary.model_dump(mode="json")),
        "listener_sha256": listener.sha256 if listener else "",
        "vocalbaby": VERSION,
    }


def given_segments(
    recording: ArchiveRecording, settings: RunSettings
) -> tuple[tuple[Segment, ...] | None, str]:
    """Return given segments and their hash; None and an empty text if segments are looked for."""
    if settings.given is None:
        return None, ""
    found = settings.given.of(recording.url, recording.recording_id).segments
    return found, settings_hash([(s.onset_s, s.offset_s, s.speaker) for s in found])


def tried_with(recording: ArchiveRecording, settings: RunSettings) -> dict[str, str]:
    """Return what a failure depends on beside the recording: `made_from`, and given segments.

    Args:
        recording: The recording.
        settings: Settings of the run.
    """
    if settings.given is None:
        return made_from(settings)
    try:
        given = given_segments(recording, settings)[1]
    except VocalBabyError as error:
        given = settings_hash([error.code, error.message])
    return made_from(settings) | {"given": given}


@cache
def model_of(path: Path | None) -> inference.Predictor:
    """Load the model of a run, once in each process."""
    return inference.load(path)


@cache
def listener_of(path: Path | None) -> Listener | None:
    """Load the listener of a run, once in each process."""
    return None if path is None else inference.load_listener(path)


def confusion_of(settings: RunSettings) -> summary.ConfusionTable | None:
    """Return the errors of the model, if they are known."""
    table = _confusion()
    listener = listener_of(settings.listener)
    fits = table is not None and (
        table.model_version == model_of(settings.model).version
        and table.listener == (listener.sha256 if listener else "")
    )
    return table if fits and settings.given is None else None


@cache
def _confusion() -> summary.ConfusionTable | None:
    """Read the table once in each process, and not for each recording."""
    return summary.default_confusion()
