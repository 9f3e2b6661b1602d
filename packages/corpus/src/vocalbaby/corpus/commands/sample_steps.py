"""The steps of ``vocalbaby sample``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast, get_args

import numpy as np
import typer
from numpy.typing import NDArray

from vocalbaby.commands.annotation_files import Annotated
from vocalbaby.corpus.commands.annotation_stream import stream, without_segments
from vocalbaby.corpus.sampling.clips import CLIPS, check_folder, write_clips
from vocalbaby.corpus.sampling.drawing import Sample
from vocalbaby.corpus.sampling.frame import Frame, build_frame, without
from vocalbaby.corpus.sampling.manifest import SampledStretch, read_sample
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.reporting import as_text, describe
from vocalbaby.corpus.sampling.sounds import find_recordings, mean_power
from vocalbaby.corpus.sampling.units import Unit
from vocalbaby.corpus.sampling.zooniverse import CHUNKS, SoundFormat, write_chunks
from vocalbaby.entity.progress import for_task
from vocalbaby.exception import AudioError, ConfigError, DataError
from vocalbaby.utils.command_line import answer
from vocalbaby.utils.progress_bars import progress_bars

__all__ = [
    "Sounds",
    "check_output",
    "energy_of",
    "options_of",
    "read_frame",
    "report",
    "write_sounds",
]

_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Sounds:
    """Which sound of the sample is written, and where."""

    recordings: str | None
    clips: Path | None
    padding_s: float
    zooniverse: Path | None
    chunk_ms: int
    chunk_format: str
    overwrite: bool

    def check(self) -> None:
        """Refuse what cannot be written, before anything is read.

        Raises:
            ConfigError: There are no recordings, or the format is not known.
            DataError: A folder has other files.
        """
        if self.chunk_format not in get_args(SoundFormat):
            raise ConfigError(f"There is no format {self.chunk_format!r}.", hint="Use mp3 or wav.")
        for folder, table in ((self.clips, CLIPS), (self.zooniverse, CHUNKS)):
            if folder is not None and self.recordings is None:
                raise ConfigError(
                    "Sound is cut out of recordings.", hint="Add --recordings FOLDER."
                )
            if folder is not None:
                check_folder(folder, table, overwrite=self.overwrite)


def options_of(**values: object) -> SampleOptions:
    """Make the settings of the sampler from the options of the command.

    Raises:
        ConfigError: A value is impossible.
    """
    from pydantic import ValidationError

    try:
        return SampleOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).removesuffix("_s").replace("_", "-")
        raise ConfigError(f"--{name}: {first['msg']}.") from None


def read_frame(
    inputs: Sequence[str],
    format_: str | None,
    unit: str,
    length_s: float,
    excluded: Sequence[SampledStretch],
    *,
    recursive: bool,
) -> tuple[Frame, bool]:
    """Read the annotations to a population, and report files that are not in it.

    Returns:
        The population, and whether a file could not be read.

    Raises:
        ConfigError: There is no such unit.
    """
    if unit not in get_args(Unit):
        raise ConfigError(f"There is no unit {unit!r}.", hint="Use stretches or clips.")
    found = Annotated()
    with progress_bars() as bars:
        advance = for_task(bars, "recordings")
        frame = build_frame(
            stream(inputs, format_, found, recursive=recursive),
            unit=cast("Unit", unit),
            length_s=length_s,
            progress=None if advance is None else lambda n: advance(n, n),
        )
    lacking = without_segments(inputs)
    _note("Passed over, since they are no annotations", found.passed_over)
    _note("Subfolders are not read without --recursive", found.subfolders)
    _note("Recordings of the dataset without segments, which are not drawn from", list(lacking))
    for name, message in found.failed:
        typer.echo(f"error: {message if name in message else f'{name}: {message}'}", err=True)
    answer(
        {
            "failed_files": [{"file": name, "message": text} for name, text in found.failed],
            "passed_over_files": found.passed_over,
            "recordings_without_segments": [
                {"recording_id": name, "message": text} for name, text in lacking.items()
            ],
        }
    )
    if excluded:
        n, known = len(frame), {info.recording_id for info in frame.recordings}
        frame = without(frame, ((s.recording_id, s.onset_s, s.offset_s) for s in excluded))
        _note(
            "Excluded stretches of recordings that are not here",
            sorted({s.recording_id for s in excluded} - known),
        )
        typer.echo(f"note: {n - len(frame)} of {n} units are excluded.", err=True)
    return frame, bool(found.failed)


def energy_of(frame: Frame, folder: str | None) -> NDArray[np.floating[Any]] | None:
    """Compute the mean power of each unit; NaN where a recording is missing or unreadable."""
    if folder is None:
        return None
    files, others = find_recordings(folder, (info.recording_id for info in frame.recordings))
    _note("Recordings that are not found", sorted(others))
    energy = np.full(len(frame), np.nan)
    with progress_bars() as bars:
        for i, info in enumerate(frame.recordings):
            own = np.flatnonzero(frame.recording == i)
            if info.recording_id in files and len(own):
                try:
                    energy[own] = mean_power(
                        files[info.recording_id], frame.onset_s[own], frame.offset_s[own]
                    )
                except AudioError as error:
                    typer.echo(f"error: {info.recording_id}: {error.message}", err=True)
            if bars is not None:
                bars("energy", i + 1, len(frame.recordings))
    return energy


def check_output(stretches: Sequence[SampledStretch], path: Path, *, overwrite: bool) -> None:
    """Refuse to replace a file that is not this very sample.

    Raises:
        DataError: The file exists, and is something else.
    """
    if overwrite or not path.is_file():
        return
    try:
        if read_sample(path) == tuple(stretches):
            return
    except DataError:
        pass
    raise DataError(
        f"{path} exists, and is not this sample.",
        hint="Name another file, or add --overwrite. Labels in the file would be lost.",
    )


def write_sounds(stretches: Sequence[SampledStretch], sounds: Sounds, seed: int) -> bool:
    """Write clips and chunks.

    Returns:
        Whether a stretch has none.
    """
    if sounds.recordings is None or (sounds.clips is None and sounds.zooniverse is None):
        return False
    files, others = find_recordings(sounds.recordings, (s.recording_id for s in stretches))
    several = sorted(name for name, paths in others.items() if paths)
    _note("Recordings of which there are several files", several)
    failed: list[tuple[str, str]] = []
    with progress_bars() as bars:
        if sounds.clips is not None:
            failed += write_clips(
                stretches, files, sounds.clips, sounds.padding_s, for_task(bars, "clips")
            )
        if sounds.zooniverse is not None:
            failed += write_chunks(
                stretches,
                files,
                sounds.zooniverse,
                length_ms=sounds.chunk_ms,
                sound_format=cast("SoundFormat", sounds.chunk_format),
                seed=seed,
                progress=for_task(bars, "chunks"),
            )
    by_reason: dict[str, list[str]] = {}
    for name, reason in failed:
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        typer.echo(f"error: {_listed(names)}: {reason}", err=True)
    answer({"without_sound": [{"sample_id": n, "message": text} for n, text in failed]})
    return bool(failed)


def report(sample: Sample, sampler: str, seed: int, out: Path | None, *, as_json: bool) -> None:
    """Report what was drawn."""
    described = describe(sample)
    answer(
        {**described, "sampler": sampler, "seed": seed, "out": None if out is None else str(out)}
    )
    if not as_json:
        typer.echo(as_text(described, sampler, seed))
    _note("Children of whom nothing is drawn", described["children_without"])
    for note in sample.notes:
        typer.echo(f"note: {note}", err=True)


def _note(what: str, names: Sequence[str]) -> None:
    if names:
        typer.echo(f"note: {what}: {_listed(names)}.", err=True)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{more}"
