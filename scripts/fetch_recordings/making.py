"""Make the clips of the tables, and account for every row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from scripts.fetch_recordings import checks, clips
from scripts.fetch_recordings.checks import read_samples
from scripts.fetch_recordings.source import Source, SourceError
from scripts.fetch_recordings.tables import Repository, Row

__all__ = ["Opener", "Outcome", "clip_path", "make", "sort_out"]

#: Returns the source of a repository at a commit, or raises SourceError.
Opener = Callable[[Repository, str], Source]

#: The tables round the start of a clip, to which a sample more or less may be lost.
_SHIFTS: Final = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    Attributes:
        row: The row.
        state: Whether the clip was made, was there, or is not there.
        rms_difference: From the original clip, in steps of 16 bits; 0 if it is equal.
        reason: Why it failed.
    """

    row: Row
    state: Literal["made", "already there", "failed"]
    rms_difference: float = 0.0
    reason: str = ""


def clip_path(out: Path, row: Row) -> Path:
    """Return where a clip belongs.

    Raises:
        SourceError: The name in the table is not that of a file in the folder.
    """
    if Path(row.clip_id).name != row.clip_id:
        raise SourceError("the clip's name is not the name of a file")
    return out / row.clips.folder / row.clip_id


def sort_out(rows: Iterable[Row], out: Path, limit: float) -> tuple[list[Outcome], list[Row]]:
    """Find out which clips are there and right, and which are to be made.

    Args:
        rows: The rows.
        out: Folder of the recordings.
        limit: Largest difference from the original; see :data:`checks.MAX_RMS`.
    """
    there, missing = [], []
    for row in rows:
        try:
            rms = row.check.rms_difference(read_samples(clip_path(out, row)))
        except (OSError, SourceError):
            rms = float("inf")
        if rms <= limit:
            there.append(Outcome(row, "already there", rms))
        else:
            missing.append(row)
    return there, missing


def make(
    rows: Sequence[Row],
    out: Path,
    open_source: Opener,
    limit: float,
    advance: Callable[[str, int], None],
) -> Iterator[Outcome]:
    """Make clips.

    Args:
        rows: The rows of the clips.
        out: Folder of the recordings.
        open_source: Where the files come from.
        limit: Largest difference from the original; see :data:`checks.MAX_RMS`.
        advance: Called with the key of a repository and a number of source files that are there.

    Yields:
        The outcome of each row, once.
    """
    key = attrgetter("repository.key", "commit", "path", "clips.folder")
    ordered = sorted(rows, key=key)
    for _, group in groupby(ordered, attrgetter("repository.key", "commit")):
        yield from _make_repository(list(group), out, open_source, limit, advance)


def _make_repository(
    rows: list[Row],
    out: Path,
    open_source: Opener,
    limit: float,
    advance: Callable[[str, int], None],
) -> Iterator[Outcome]:
    repository = rows[0].repository
    paths = list(dict.fromkeys(row.path for row in rows))
    try:
        source = open_source(repository, rows[0].commit)
        source.fetch(paths, lambda files: advance(repository.key, files))
    except SourceError as error:
        yield from (Outcome(row, "failed", reason=str(error)) for row in rows)
        return
    for (path, _), group in groupby(rows, attrgetter("path", "clips")):
        yield from _make_file(path, list(group), out, source, limit)


def _make_file(
    path: str, rows: list[Row], out: Path, source: Source, limit: float
) -> Iterator[Outcome]:
    try:
        samples = clips.decode(source.read(path), normalised=rows[0].clips.normalised)
    except SourceError as error:
        yield from (Outcome(row, "failed", reason=str(error)) for row in rows)
        return
    for row in rows:
        try:
            clip, rms = _closest(samples, row)
            if rms > limit:
                reason = f"the clip differs from the original by about {rms:.1f} steps of 16 bits"
                yield Outcome(row, "failed", rms, reason)
            else:
                _write(clip_path(out, row), clip)
                yield Outcome(row, "made", rms)
        except SourceError as error:
            yield Outcome(row, "failed", reason=str(error))


def _closest(samples: NDArray[np.float64], row: Row) -> tuple[NDArray[np.int16], float]:
    """Cut the clip, where it begins closest to the original."""
    best = np.zeros(0, np.int16), float("inf")
    last = len(samples) - row.check.n_samples
    starts = [row.start + shift for shift in _SHIFTS if 0 <= row.start + shift <= last]
    for start in starts or [row.start]:  # the latter is beyond the end, which is an error
        clip = clips.cut(samples, start, row.check.n_samples)
        if (rms := row.check.rms_difference(clip)) < best[1]:
            best = clip, rms
        if rms <= checks.MAX_RMS:
            break
    return best


def _write(path: Path, samples: NDArray[np.int16]) -> None:
    """Write a clip under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    soundfile.write(part, samples, 16_000, format="WAV", subtype="PCM_16")
    part.replace(path)
