"""Finds the recordings of an archive."""

from collections import Counter
from pathlib import Path

from vocalbaby.audio.listing import Listed
from vocalbaby.commands.recordings.metadata import forget_projects, metadata_of
from vocalbaby.commands.recordings.planning import find
from vocalbaby.commands.recordings.tasks import below
from vocalbaby.corpus.archive.recordings import Archive, ArchiveRecording

__all__ = ["open_archive"]


def open_archive(url: str) -> Archive:
    """Find the recordings of a folder or of a ChildProject folder, with their metadata.

    Every file is a recording, or is listed with the reason why it is passed over, by the rules of
    ``vocalbaby segment``.

    Args:
        url: The folder.

    Raises:
        DataError: The tables of a ChildProject folder are damaged.
        DataNotFoundError: There is no such folder.

    Examples:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from vocalbaby.audio import write_wav
        >>> Path("days/c07").mkdir(parents=True)
        >>> write_wav(Path("days/c07/day1.wav"), np.zeros(16_000, np.float32), 16_000)
        >>> [(each.recording_id, each.reason) for each in open_archive("days").recordings]
        [('c07/day1', '')]
    """
    forget_projects()  # a program may open an archive again that has changed
    found = sorted(find([url], recursive=True), key=lambda each: each.path)
    stems = Counter(_name(each, url) for each in found if each.lost or not each.reason)
    return Archive(url, tuple(_recording(each, url, stems) for each in found))


def _name(entry: Listed, url: str) -> str:
    return below(entry.path, [url]).with_suffix("").as_posix()


def _recording(entry: Listed, url: str, stems: Counter[str]) -> ArchiveRecording:
    name = _name(entry, url)
    if stems[name] > 1:  # day.wav and day.mp3 are two recordings
        name = below(entry.path, [url]).as_posix()
    if entry.reason:
        return ArchiveRecording(
            name,
            entry.path,
            reason=entry.reason,
            lost=entry.lost,
            message=entry.message,
            hint=entry.hint or "",
        )
    known = metadata_of(entry.path)
    return ArchiveRecording(
        name,
        entry.path,
        corpus=known.child.corpus if known.child else "",
        child=known.child,
        clock_start=known.clock,
        size_bytes=Path(entry.path).stat().st_size,
        its=str(known.its) if known.its else None,
        notes=known.notes,
    )
