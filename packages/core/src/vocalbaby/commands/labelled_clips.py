"""Synthetic clips as a folder of classes with BabbleCor's metadata."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from vocalbaby.audio import write_wav
from vocalbaby.corpora.synthetic import (
    BabbleCorLayout,
    SyntheticClip,
    generate_babblecor,
    n_clips,
)
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.progress import TaskProgressCallback

__all__ = ["COLUMNS", "write_babblecor", "write_labelled_clips"]

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


def write_babblecor(
    layout: BabbleCorLayout,
    folder: Path,
    *,
    withheld: bool = False,
    progress: TaskProgressCallback | None = None,
) -> int:
    """Write ``private_metadata.csv`` and ``clips_corpus/<clip_ID>`` for a layout of BabbleCor.

    Args:
        layout: Sizes and seed.
        folder: Folder of the files; created if it does not exist.
        withheld: The labels of test are ``?``, and the column of the splits is called
            ``official_split``, so that the labelled clips are split anew.
        progress: Called with ("synthesize", clips done, clips in all) after each clip.

    Returns:
        The number of clips.

    Raises:
        OSError: A file or folder cannot be written.
    """
    clips, total, done = folder / "clips_corpus", n_clips(layout), 0
    clips.mkdir(parents=True, exist_ok=True)
    with (folder / "private_metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow((*COLUMNS, "official_split" if withheld else "split"))
        for done, (split, clip) in enumerate(generate_babblecor(layout), start=1):
            write_wav(clips / clip.clip_ID, clip.samples, SAMPLE_RATE, encoding="pcm16")
            answer = "?" if withheld and split == "test" else clip.Answer
            cells = (clip.clip_ID, clip.child_ID, answer, clip.age_mo_round, clip.child_gender)
            table.writerow((*cells, clip.corpus, split))
            if progress is not None:
                progress("synthesize", done, total)
    return done
