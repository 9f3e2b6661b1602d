r"""Segments of recordings in and out of the formats of the field.

Every format is read to, and written from, the same `Timeline`. Reading either keeps everything
or raises an error that names the file, the line and what to do. Writing returns notes on all
that the format does not hold. ``docs/annotations.md`` has the table of formats, and ADR 29 the
reasons.

Examples:
    >>> from vocalbaby import annotations
    >>> text = b"SPEAKER day1 1 1.5 0.75 <NA> <NA> KCHI <NA> <NA>"
    >>> (timeline,) = annotations.parse(text, "rttm")
    >>> timeline.segments[0].offset_s, timeline.segments[0].speaker
    (2.25, 'KCHI')
    >>> data, notes = annotations.serialize([timeline], "audacity")
    >>> data
    b'1.500000\t2.250000\tKCHI\n'
    >>> [note.message for note in notes]
    ['Audacity: the speakers of 1 segment are written as labels.']
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from vocalbaby.annotations.notes import Note, Notes
from vocalbaby.annotations.registry import (
    FORMATS,
    Format,
    format_of_data,
    format_of_name,
    named,
)
from vocalbaby.annotations.tables import unique
from vocalbaby.annotations.vocabulary import VCM_TYPES, infant_class, speaker_type, vcm_type
from vocalbaby.entity.timeline import Timeline
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

__all__ = [
    "FORMATS",
    "VCM_TYPES",
    "Format",
    "Note",
    "infant_class",
    "parse",
    "read",
    "serialize",
    "speaker_type",
    "vcm_type",
    "write",
]


def read(path: str | os.PathLike[str], format: str | None = None) -> tuple[Timeline, ...]:  # noqa: A002 - the usual word
    r"""Read a file of annotations.

    Args:
        path: The file. Where the format names no recording, the recording has its name.
        format: Name of the format, one of `FORMATS`; by default the suffix and the content
            decide.

    Returns:
        One timeline for each recording, in the order of the file.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: The file is not of this format, or is damaged.
        ConfigError: The format is not known.

    Examples:
        >>> from pathlib import Path
        >>> from vocalbaby import annotations
        >>> Path("day1.txt").write_text("1.5\t2.25\tCrying\n")
        16
        >>> (timeline,) = annotations.read("day1.txt")
        >>> timeline.recording_id, timeline.segments[0].label, timeline.segments[0].offset_s
        ('day1', 'Crying', 2.25)
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        what = "is a folder" if path.is_dir() else "does not exist"
        raise DataNotFoundError(f"{path} {what}.", hint="Name a file of annotations.") from None
    found = named(format) if format else format_of_data(data, str(path))
    return found.read(data, str(path))


def parse(data: bytes, format: str, name: str = "recording") -> tuple[Timeline, ...]:  # noqa: A002 - the usual word
    r"""Read annotations from memory.

    Args:
        data: Content of a file.
        format: Name of the format, one of `FORMATS`.
        name: Name of the file, for errors and for the name of the recording.

    Returns:
        One timeline for each recording.

    Raises:
        DataError: The content is not of this format, or is damaged.
        ConfigError: There is no such format.

    Examples:
        >>> from vocalbaby import annotations
        >>> annotations.parse(b"2.25\t1.5\tCrying", "audacity", "day1.txt")
        Traceback (most recent call last):
        vocalbaby.exception.DataError: day1.txt, line 1: The label ends at 1.5 s, before ...
    """
    return named(format).read(data, name)


def write(
    timelines: Timeline | Iterable[Timeline],
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 - the usual word
) -> tuple[Note, ...]:
    """Write annotations to a file, which is replaced as a whole if it exists.

    Args:
        timelines: One recording, or several where the format holds several.
        path: The file.
        format: Name of the format, one of `FORMATS`; by default the suffix decides.

    Returns:
        Notes on everything that the file does not hold, or holds in another form. No notes
        mean that `read` gives the same segments.

    Raises:
        DataNotFoundError: The folder does not exist.
        DataError: The format holds one recording and there are several, or none; or two
            timelines are of the same recording.
        ConfigError: The format is not known, or only read.

    Examples:
        >>> from vocalbaby import annotations
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(1.5, 2.25, "Crying"),), duration_s=3600.0)
        >>> [note.message for note in annotations.write(day, "day1.rttm")]
        ['RTTM: the duration of 1 recording is left out.']
        >>> annotations.read("day1.rttm")[0].segments == day.segments
        True
    """
    path = Path(path)
    chosen = named(format) if format else format_of_name(str(path))
    given = _given(timelines)
    data, notes = serialize(given, chosen.name)
    if not chosen.many and path.stem != given[0].recording_id:
        collected = Notes(chosen.title)
        collected.add("recording_id", f"the name of {{n}} recordings becomes {path.stem!r}")
        notes += collected.result()
    _replace(path, data)
    return notes


def serialize(
    timelines: Timeline | Iterable[Timeline],
    format: str,  # noqa: A002 - the usual word
) -> tuple[bytes, tuple[Note, ...]]:
    r"""Make the content of a file of annotations in memory.

    Args:
        timelines: One recording, or several where the format holds several.
        format: Name of the format, one of `FORMATS`.

    Returns:
        The content, and notes on everything that it does not hold, or holds in another form.

    Raises:
        DataError: The format holds one recording and there are several, or none; or two
            timelines are of the same recording.
        ConfigError: The format is not known, or only read.

    Examples:
        >>> from vocalbaby import annotations
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> annotations.serialize(Timeline("day1", (Segment(1.5, 2.25, "Crying"),)), "audacity")
        (b'1.500000\t2.250000\tCrying\n', ())
    """
    chosen = named(format)
    if chosen.write is None:
        raise ConfigError(
            f"{chosen.title} is only read, not written.",
            hint="Use one of " + ", ".join(n for n, f in FORMATS.items() if f.write) + ".",
        )
    given = _given(timelines)
    if not given:
        raise DataError("There is no recording to write.")
    if len(given) > 1 and not chosen.many:
        several = ", ".join(n for n, f in FORMATS.items() if f.many and f.write)
        raise DataError(
            f"A file of {chosen.title} holds one recording, and there are {len(given)}.",
            hint=f"Write one file for each, or use one of {several}.",
        )
    unique(given)
    notes = Notes(chosen.title)
    return chosen.write(given, notes), notes.result()


def _given(timelines: Timeline | Iterable[Timeline]) -> tuple[Timeline, ...]:
    return (timelines,) if isinstance(timelines, Timeline) else tuple(timelines)


def _replace(path: Path, data: bytes) -> None:
    """Write a file such that an error in between leaves the former one."""
    if not path.parent.is_dir():
        raise DataNotFoundError(
            f"The folder {path.parent} does not exist.", hint="Create it first."
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder.", hint="Name a file.")
    if path.exists() and not path.is_file():  # a device or pipe, such as /dev/null, stays one
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
