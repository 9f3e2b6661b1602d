"""The steps of ``vocalbaby export``."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from vocalbaby.commands.annotation_files import Annotated as Inputs
from vocalbaby.corpus.corrections.exporting import MUTED, export_timelines, file_of
from vocalbaby.corpus.privacy.features import write_features
from vocalbaby.corpus.privacy.key_child import is_key_child
from vocalbaby.corpus.privacy.muting import mute_others
from vocalbaby.corpus.sampling.manifest import read_sample
from vocalbaby.corpus.sampling.sounds import find_recordings
from vocalbaby.entity.progress import for_task
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError, DataNotFoundError
from vocalbaby.utils.progress_bars import progress_bars

__all__ = [
    "annotation_files",
    "features",
    "muted",
    "regions_of",
    "require_empty",
    "require_readable",
    "sounds_of",
]


def require_empty(out: Path) -> None:
    """Require a folder that is new or empty, and create it.

    Raises:
        ConfigError: It has files.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is not empty.", hint="Name a new folder.")
    out.mkdir(parents=True, exist_ok=True)


def require_readable(inputs: Inputs) -> None:
    """Require that every file of segments was read.

    Raises:
        DataNotFoundError: One was not.
    """
    if inputs.failed:
        path, message = inputs.failed[0]
        raise DataNotFoundError(f"{path} cannot be read: {message}", hint="Correct or remove it.")


def sounds_of(folder: str, timelines: Sequence[Timeline]) -> dict[str, Path]:
    """Return the file of the sound of each recording; none without a folder.

    Raises:
        DataNotFoundError: A recording is not found, or there are several candidates.
    """
    if not folder:
        return {}
    found, others = find_recordings(folder, [t.recording_id for t in timelines])
    if others:
        name, candidates = next(iter(others.items()))
        what = "no file" if not candidates else f"{len(candidates)} files"
        raise DataNotFoundError(
            f"{folder} has {what} of the recording {name} ({len(others)} such recordings).",
            hint="Name the folder whose files have the names of the recordings.",
        )
    return found


def regions_of(samples: Sequence[Path]) -> dict[str, list[tuple[float, float]]]:
    """Return the stretches of samples, by recording."""
    regions: dict[str, list[tuple[float, float]]] = {}
    for path in samples:
        for each in read_sample(path):
            regions.setdefault(each.recording_id, []).append((each.onset_s, each.offset_s))
    return {name: sorted(set(spans)) for name, spans in regions.items()}


def annotation_files(
    hidden: Mapping[str, Timeline],
    out: Path,
    format_: str,
    regions: Mapping[str, Sequence[tuple[float, float]]] | None,
    *,
    uncertain: float,
    junk: bool,
    sounds: Mapping[str, Path],
) -> dict[str, int]:
    """Write files of ELAN or Praat.

    Args:
        hidden: What is written of each recording, by its own name.
        out: The folder.
        format_: ``eaf`` or ``textgrid``.
        regions: Stretches to annotate, by the recording's own name; None for all.
        uncertain: Probability below which a segment is uncertain.
        junk: Whether segments of other sound are given.
        sounds: Files of the sound, for links.
    """
    if regions is not None and (lost := sorted(set(regions) - set(hidden))):
        raise DataNotFoundError(
            f"There are no segments of the sampled recording {lost[0]} ({len(lost)} such).",
            hint="Name the dataset that the sample was drawn from.",
        )
    names = {own: timeline.recording_id for own, timeline in hidden.items()}
    media = {
        names[own]: os.path.relpath(path, (out / file_of(names[own], ".eaf")).parent)
        for own, path in sounds.items()
    }
    own_regions = None if regions is None else {names[own]: r for own, r in regions.items()}
    with progress_bars() as bars:
        done = 0

        def written(_: Path) -> None:
            nonlocal done
            done += 1
            if bars is not None:
                bars("export", done, len(hidden))

        made = export_timelines(
            hidden.values(),
            out,
            format_=format_,
            uncertain_below=uncertain,
            junk=junk,
            regions=own_regions,
            media=media,
            written=written,
        )
    for note in sorted(made.notes):
        typer.echo(f"note: {note}", err=True)
    return {
        "files": len(made.files),
        "segments": made.segments,
        "uncertain": made.uncertain,
        "recordings_without_stretches": len(made.left_out),
    }


def muted(
    hidden: Mapping[str, Timeline], sounds: Mapping[str, Path], out: Path, margin: float
) -> dict[str, float]:
    """Write recordings in which only the key child is heard."""
    heard, rows = 0.0, []
    with progress_bars() as bars:
        for number, (own, timeline) in enumerate(hidden.items(), 1):
            kept = [
                (max(0.0, s.onset_s - margin), s.offset_s + margin)
                for s in timeline.segments
                if is_key_child(s)
            ]
            path = out / file_of(timeline.recording_id, ".wav")
            path.parent.mkdir(parents=True, exist_ok=True)
            seconds = mute_others(sounds[own], kept, path)
            heard += seconds
            rows.append((timeline.recording_id, len(kept), round(seconds, 3)))
            if bars is not None:
                bars("mute", number, len(hidden))
    with (out / MUTED).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("recording_id", "vocalizations", "heard_s"))
        writer.writerows(rows)
    return {"files": len(rows), "heard_s": round(heard, 3)}


def features(
    hidden: Mapping[str, Timeline], sounds: Mapping[str, Path], out: Path, feature_set: str
) -> dict[str, object]:
    """Write the features of the key child's vocalizations."""
    path = out / "features.parquet"
    with progress_bars() as bars:
        rows = write_features(hidden, sounds, path, feature_set, for_task(bars, "features"))
    return {"file": str(path), "rows": rows}
