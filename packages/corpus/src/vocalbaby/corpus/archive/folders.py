"""The recordings of a folder or of a ChildProject folder."""

from collections.abc import Iterator
from pathlib import Path

from vocalbaby.audio.listing import Listed
from vocalbaby.commands.recordings.metadata import metadata_of
from vocalbaby.commands.recordings.planning import find
from vocalbaby.commands.recordings.tasks import below
from vocalbaby.corpus.archive.naming import recording_ids
from vocalbaby.corpus.archive.recordings import ArchiveRecording

__all__ = ["list_archive_folder"]


def list_archive_folder(url: str, *, recursive: bool = True) -> Iterator[ArchiveRecording]:
    """Yield the recordings of a folder and the files that are passed over, ordered by path.

    Args:
        url: The folder.
        recursive: Whether to search subfolders.

    Raises:
        DataError: The tables of a ChildProject folder are damaged.
    """
    found = sorted(find([url], recursive=recursive), key=lambda each: each.path)
    paths = [(below(each.path, [url]).as_posix(), each.lost or not each.reason) for each in found]
    for entry, name in zip(found, recording_ids(paths), strict=True):
        yield _recording(entry, name)


def _recording(entry: Listed, name: str) -> ArchiveRecording:
    known = metadata_of(entry.path)  # also of a missing recording: it has a child
    return ArchiveRecording(
        name,
        entry.path,
        corpus=known.child.corpus if known.child else "",
        child=known.child,
        clock_start=known.clock,
        duration_hint_s=known.duration_s,
        size_bytes=None if entry.reason else _size(entry.path),
        its=str(known.its) if known.its else None,
        reason=entry.reason,
        lost=entry.lost,
        message=entry.message,
        hint=entry.hint,
        notes=known.notes,
    )


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:  # the task says what is wrong
        return None
