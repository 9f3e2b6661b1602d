"""Names of recordings, no two of which are equal."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

__all__ = ["recording_ids"]


def recording_ids(paths: Iterable[tuple[str, bool]]) -> list[str]:
    """Return the ID of each file: its path without suffix, or with it where two would be equal.

    Args:
        paths: Path of each file below the folder of recordings, and whether it is a recording; the
            ID of a file that is passed over is its path.

    Examples:
        >>> recording_ids([("c1/a.wav", True), ("c1/a.txt", False), ("b.wav", True)])
        ['c1/a', 'c1/a.txt', 'b']
        >>> recording_ids([("day.wav", True), ("day.mp3", True)])
        ['day.wav', 'day.mp3']
        >>> recording_ids([("a.wav.wav", True), ("a.wav", True), ("a.mp3", True)])
        ['a.wav.wav', 'a.wav', 'a.mp3']
    """
    known = list(paths)
    stems = Counter(_stem(path) for path, used in known if used)
    # The full name of one recording may be the stem of another one.
    full = {path for path, used in known if not used or stems[_stem(path)] > 1}
    return [
        path if not used or stems[_stem(path)] > 1 or _stem(path) in full else _stem(path)
        for path, used in known
    ]


def _stem(path: str) -> str:
    return PurePosixPath(path).with_suffix("").as_posix()
