"""Stand-ins for the public sources: files of the same names that give the same clips.

A stand-in holds the clips of its source at their places, silence between them, and a tail that
makes its mean zero and its peak -3 dB, as fetch_recordings needs them. The files are not compressed
with loss and have 16 kHz, so decoders with loss and resampling are not exercised by them.
"""

import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from scripts.fetch_recordings.checks import read_samples
from scripts.fetch_recordings.tables import Row

__all__ = ["commit_all", "sound_of", "write_file", "write_stand_ins"]

_PEAK: Final = 10 ** (-3 / 20)
#: What libsndfile writes for a suffix; other files are QuickTime, which FFmpeg writes and reads.
_KINDS: Final = {".wav": ("WAV", "PCM_24"), ".ogg": ("FLAC", "PCM_24"), ".caf": ("CAF", "PCM_24")}


def sound_of(rows: list[Row], clips: Mapping[str, NDArray[np.int16]]) -> NDArray[np.float64]:
    """Return the sound of a stand-in.

    Args:
        rows: The clips of one source.
        clips: The samples by the names of the clips.

    Returns:
        float64, shape (n_samples,), 16 kHz, full scale 1.0.
    """
    end = max(row.start + row.check.n_samples for row in rows)
    body = np.zeros(end)
    for row in rows:
        # The middle of a step, so that rounding down gives the clip in spite of small errors.
        middle = (clips[row.clip_id] + 0.5) / 32_768
        body[row.start : row.start + len(middle)] = middle
    if not rows[0].clips.normalised:
        return np.concatenate([body, np.full(1_600, 0.1)]) if end == 160_000 else body
    top = -np.copysign(_PEAK, body.sum())
    rest = -(body.sum() + top)
    tail = np.full(int(abs(rest) / (_PEAK / 2)) + 1, 1.0)
    return np.concatenate([body, [top], tail * rest / len(tail)])


def write_file(path: Path, sound: NDArray[np.float64]) -> None:
    """Write a stand-in without loss, in the container that its name promises where possible."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in _KINDS:
        kind, subtype = _KINDS[path.suffix]
        soundfile.write(path, sound, 16_000, format=kind, subtype=subtype)
        return
    raw = ["-f", "f64le", "-ar", "16000", "-ac", "1", "-i", "-"]
    command = ["ffmpeg", "-v", "error", *raw, "-c:a", "pcm_s24le", "-f", "mov", str(path)]
    subprocess.run(command, input=sound.astype("<f8").tobytes(), check=True)


def write_stand_ins(rows: list[Row], data: Path, public: Path) -> dict[str, str]:
    """Write and commit the stand-ins of all git repositories.

    Args:
        rows: The clips.
        data: Folder of the original clips.
        public: Where the repositories are created, as ``owner/name.git``.

    Returns:
        The commits by the pinned commits whose place they take.
    """
    files: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.repository.sha256:
            files[row.repository.name, row.path].append(row)
    for (name, path), group in files.items():
        clips = {r.clip_id: read_samples(data / r.clips.folder / r.clip_id) for r in group}
        write_file(public / f"{name}.git" / path, sound_of(group, clips))
    pinned = {row.repository.name: row.commit for row in rows}
    return {pinned[name]: commit_all(public / f"{name}.git") for name in {n for n, _ in files}}


def commit_all(folder: Path) -> str:
    """Commit a folder to a new repository that serves single files, and return the commit."""

    def git(*arguments: str) -> str:
        who = {"NAME": "test", "EMAIL": "test@example.org"}
        names = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        command = ["git", "-C", str(folder), *arguments]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **names}
        )
        return done.stdout.strip()

    git("init", "--quiet")
    git("config", "uploadpack.allowFilter", "true")
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Stand-ins")
    return git("rev-parse", "HEAD")
