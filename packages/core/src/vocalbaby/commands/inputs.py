"""What the user names on the command line, as a list of recordings."""

import glob
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from vocalbaby.audio import decode, load
from vocalbaby.corpora.folder import AUDIO_SUFFIXES
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import DataNotFoundError

__all__ = ["STDIN", "expand", "read"]

#: Stands for standard input.
STDIN: Final = "-"


def expand(names: Iterable[str], *, recursive: bool = False) -> Iterator[str]:
    """Turn files, folders, patterns and ``-`` into single inputs, in the order given.

    A folder gives its audio files sorted by name, with ``recursive`` those below it as
    well; a pattern (``*``, ``?``, ``[]``, ``**``) gives its matches, sorted. What is
    not there, or holds no audio, is passed on, so that reading it says so.
    """
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = sorted(path.rglob("*") if recursive else path.glob("*"))
            files = [str(f) for f in found if f.suffix.lower() in AUDIO_SUFFIXES and f.is_file()]
        elif name == STDIN or path.exists() or not glob.has_magic(name):
            files = []
        else:
            # Path.glob takes no absolute pattern.
            matches = glob.glob(name, recursive=True)  # noqa: PTH207
            files = [f for f in sorted(matches) if Path(f).is_file()]
        yield from files or [name]


def read(name: str) -> Clip:
    """Decode one input.

    Raises:
        DataNotFoundError: Nothing is there, or a folder without audio.
        AudioError: It is not usable audio.
    """
    if name == STDIN:
        return decode(sys.stdin.buffer.read(), name="stdin")
    if Path(name).is_dir():
        raise DataNotFoundError(
            f"There is no audio file in the folder {name}.",
            hint="Name another folder, or add --recursive.",
        )
    return load(name)
