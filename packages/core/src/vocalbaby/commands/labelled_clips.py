"""Synthetic clips as a folder of classes with BabbleCor's metadata."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from vocalbaby.audio import write_wav
from vocalbaby.corpora.synthetic import SyntheticClip
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.progress import TaskProgressCallback

__all__ = ["COLUMNS", "write_labelled_clips"]

#: The columns of BabbleCor's metadata.
COLUMNS: Final = ("clip_ID", "child_ID", "Answer", "age_mo_round", "child_gender", "corpus")


def write_labelled_clips(
    clips: Iterable[SyntheticClip],
    folder: Path,
    total: int,
    progress: TaskProgressCallback | None = None,
) -> int:
    """Write ``CLASS/CHILD/CLIP.wav`` for each clip, and ``metadata.csv``.

    The ``clip_ID`` in the table is the path relative to the folder, as in the manifest of the
    adapter ``folder``.

    Args:
        clips: The clips.
        folder: Folder of the files; created if it does not exist.
        total: Number of the clips, for the progress.
        progress: Called with ("synthesize", clips done, total) after each clip.

    Returns:
        The number of clips.

    Raises:
        OSError: A file or folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for done, clip in enumerate(clips, start=1):
            path = Path(clip.Answer, clip.child_ID, clip.clip_ID)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_wav(folder / path, clip.samples, SAMPLE_RATE, encoding="pcm16")
            table.writerow(
                (
                    path.as_posix(),
                    clip.child_ID,
                    clip.Answer,
                    clip.age_mo_round,
                    clip.child_gender,
                    clip.corpus,
                )
            )
            if progress is not None:
                progress("synthesize", done, total)
    return done
