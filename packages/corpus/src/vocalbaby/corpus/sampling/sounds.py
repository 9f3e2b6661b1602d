"""The sound of stretches: pieces of recordings, and their energy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import open_recording
from vocalbaby.audio.listing import list_folder
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import DataNotFoundError

__all__ = ["cut", "find_recordings", "mean_power", "source_of"]

Samples = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]


def find_recordings(
    folder: str, names: Iterable[str]
) -> tuple[dict[str, Path], dict[str, list[Path]]]:
    """Find the files of recordings in a folder and its subfolders.

    A file belongs to a recording if the recording has the name of its path below the folder, with
    or without suffix, or of the file alone.

    Args:
        folder: The folder; of a ChildProject folder, ``recordings/raw`` is used.
        names: Names of recordings.

    Returns:
        The file of each recording that has exactly one, and the candidates of each other one: none,
        or several.

    Raises:
        DataNotFoundError: There is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DataNotFoundError(f"The folder {folder} does not exist.")
    if (raw := root / "recordings" / "raw").is_dir():
        root = raw
    exact: dict[str, list[Path]] = {}
    by_stem: dict[str, list[Path]] = {}
    for path in (Path(each.path) for each in list_folder(str(root)) if not each.reason):
        below = path.relative_to(root)
        for key in {below.as_posix(), below.with_suffix("").as_posix()}:
            exact.setdefault(key, []).append(path)
        for key in {below.name, below.stem}:
            by_stem.setdefault(key, []).append(path)
    found, others = {}, {}
    for name in dict.fromkeys(names):
        candidates = exact.get(name) or by_stem.get(name) or by_stem.get(Path(name).stem) or []
        if len(candidates) == 1:
            found[name] = candidates[0]
        else:
            others[name] = candidates
    return found, others


def source_of(recordings: Mapping[str, Path], name: str) -> Path:
    """Return the file of a recording.

    Raises:
        DataNotFoundError: It has none.
    """
    if name not in recordings:
        raise DataNotFoundError(f"The recording {name} is not found.")
    return recordings[name]


def cut(path: Path, times: Sequence[tuple[float, float]]) -> Iterator[tuple[int, Samples]]:
    """Cut pieces out of a recording, which is read once, in blocks, up to the last piece.

    Args:
        path: The recording, in any format.
        times: Begin and end of each piece in seconds. A begin before that of the recording is
            taken for 0; pieces may overlap.

    Yields:
        Index of a piece and its samples, float32, 16 kHz, one channel, in the order of their ends.
        A piece is shorter, or empty, where the recording ends before it.

    Raises:
        AudioError: The recording cannot be read.
    """
    edges = [(max(round(a * SAMPLE_RATE), 0), round(b * SAMPLE_RATE)) for a, b in times]
    waiting = sorted(range(len(edges)), key=lambda i: edges[i])[::-1]
    parts: dict[int, list[Samples]] = {}
    at = 0
    with open_recording(path) as recording:
        for block in recording.blocks():
            if not (waiting or parts):
                break
            end = at + len(block)
            while waiting and edges[waiting[-1]][0] < end:
                parts[waiting.pop()] = []
            for i in list(parts):
                begin, stop = edges[i]
                parts[i].append(block[max(begin - at, 0) : max(stop - at, 0)])
                if stop <= end:
                    yield i, np.concatenate(parts.pop(i))
            at = end
    for i in sorted(parts):
        yield i, np.concatenate(parts[i])
    for i in waiting:
        yield i, np.zeros(0, np.float32)


def mean_power(path: Path, onsets_s: Floats, offsets_s: Floats) -> Floats:
    """Mean power of stretches that follow each other.

    Args:
        path: The recording.
        onsets_s: Begins in seconds, ascending, shape (n,).
        offsets_s: Ends in seconds, none after the begin of the next stretch.

    Returns:
        Mean square of the samples, full scale 1.0, float64, shape (n,); NaN where the recording
        ends before the stretch.

    Raises:
        AudioError: The recording cannot be read.
    """
    power = np.full(len(onsets_s), np.nan)
    for i, samples in cut(path, list(zip(onsets_s.tolist(), offsets_s.tolist(), strict=True))):
        if len(samples):
            power[i] = float(np.mean(samples.astype(np.float64) ** 2))
    return power
