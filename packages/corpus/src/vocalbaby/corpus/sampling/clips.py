"""Sampled stretches as sound files."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.audio import write_wav
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.sounds import cut, source_of
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import AudioError, DataError

__all__ = ["CLIPS", "check_folder", "write_clips"]

#: Name of the table in a folder of clips.
CLIPS: Final = "clips.csv"
_COLUMNS: Final = (
    "sample_id",
    "path",
    "recording_id",
    "child_id",
    "onset_s",
    "offset_s",
    "clip_onset_s",
    "clip_offset_s",
)


def check_folder(folder: Path, table: str, *, overwrite: bool) -> None:
    """Refuse a folder that holds files of someone else.

    Args:
        folder: The folder, which need not exist.
        table: File that such a folder has.
        overwrite: Do not refuse.

    Raises:
        DataError: The folder has files, but not this table.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is no folder.")
    if overwrite or not folder.is_dir() or (folder / table).is_file():
        return
    if any(folder.iterdir()):
        raise DataError(
            f"The folder {folder} has files that this command did not write.",
            hint="Name another folder, or add --overwrite.",
        )


def write_clips(
    stretches: Sequence[SampledStretch],
    recordings: Mapping[str, Path],
    folder: Path,
    padding_s: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> list[tuple[str, str]]:
    """Write each stretch as a WAV file of 16 kHz, and a table of them.

    Args:
        stretches: The sample.
        recordings: File of each recording.
        folder: Folder of the clips, which is made.
        padding_s: Seconds before and after the stretch that are written too, as far as the
            recording has them.
        progress: Called with clips done and their number after each recording.

    Returns:
        Name of each stretch without a clip, and the reason.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_recording: dict[str, list[SampledStretch]] = {}
    for stretch in stretches:
        by_recording.setdefault(stretch.recording_id, []).append(stretch)
    rows: dict[str, list[str]] = {}
    failed: list[tuple[str, str]] = []
    done = 0
    for name, own in by_recording.items():
        times = [(s.onset_s - padding_s, s.offset_s + padding_s) for s in own]
        try:
            for i, samples in cut(source_of(recordings, name), times):
                if not len(samples):
                    failed.append((own[i].sample_id, f"The recording {name} ends before it."))
                    continue
                begin = max(times[i][0], 0.0)
                file = f"{own[i].sample_id}_{_slug(name)}_{round(1000 * own[i].onset_s)}.wav"
                write_wav(folder / file, samples.clip(-1.0, 1.0), SAMPLE_RATE, encoding="pcm16")
                end = begin + len(samples) / SAMPLE_RATE
                rows[own[i].sample_id] = [
                    own[i].sample_id,
                    file,
                    name,
                    own[i].child_id,
                    *(f"{time:.10g}" for time in (own[i].onset_s, own[i].offset_s, begin, end)),
                ]
        except (AudioError, DataError) as error:
            left = [s.sample_id for s in own if s.sample_id not in rows]
            failed += [(each, error.message) for each in left]
        done += len(own)
        if progress is not None:
            progress(done, len(stretches))
    with (folder / CLIPS).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(_COLUMNS)
        table.writerows(rows[s.sample_id] for s in stretches if s.sample_id in rows)
    return failed


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)
