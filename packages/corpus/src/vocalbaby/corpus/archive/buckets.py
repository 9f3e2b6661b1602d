"""The recordings of a bucket, which may have the layout of a ChildProject folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import BinaryIO, Final, Protocol, cast

from vocalbaby.audio.listing import HEAD_BYTES, REASONS, by_head, by_name, suffix_of
from vocalbaby.cloud.opening import open_storage
from vocalbaby.cloud.storage import Storage
from vocalbaby.corpora.childproject.layout import RAW, RECORDINGS
from vocalbaby.corpora.childproject.metadata import Project, parse_project
from vocalbaby.corpus.archive.naming import recording_ids
from vocalbaby.corpus.archive.recordings import ArchiveRecording
from vocalbaby.exception import DataNotFoundError

__all__ = ["list_bucket"]

#: Folder of LENA's files in a ChildProject folder.
_ITS: Final = "annotations/its/raw/"


class _Bucket(Storage, Protocol):
    """What a bucket can do beyond a storage of small objects."""

    def sizes(self, prefix: str = "") -> dict[str, int]: ...

    def open(self, key: str) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class _Entry:
    """An object: its path below the folder of recordings, and why it is passed over."""

    path: str
    size: int | None
    reason: str = ""
    message: str = ""
    hint: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where recordings are below the address, and what the tables say of them."""

    folder: str = ""
    project: Project = field(default_factory=Project)
    its: frozenset[str] = frozenset()


def list_bucket(url: str, *, recursive: bool = True) -> Iterator[ArchiveRecording]:
    """Yield the recordings below a prefix and the objects that are passed over, ordered by key.

    Objects are listed by their names, a thousand in a request, and not opened; the first bytes are
    read only of those whose names have no suffix.

    Args:
        url: ``s3://bucket/prefix``.
        recursive: Whether to list below the first ``/`` of the names.

    Raises:
        DataError: The tables of a ChildProject folder are damaged.
        DataNotFoundError: There is no object below the prefix.
        StorageError: S3 does not answer, or refuses access.
    """
    url = url.rstrip("/")
    bucket = cast("_Bucket", open_storage(url))
    layout = _layout(bucket, url)
    sizes = bucket.sizes(layout.folder)
    recursive = recursive or bool(layout.folder)
    entries = _missing(_entries(sizes, layout, bucket.open, recursive=recursive), layout, url)
    if not entries:
        raise DataNotFoundError(
            f"There is no object below {url}.", hint="Check the bucket and the prefix."
        )
    names = recording_ids((each.path, each.lost or not each.reason) for each in entries)
    for entry, name in zip(entries, names, strict=True):
        yield _recording(entry, name, layout, sizes, url)


def _layout(bucket: _Bucket, url: str) -> _Layout:
    if not bucket.exists(RECORDINGS):
        return _Layout()

    def read(name: str) -> bytes | None:
        stored = bucket.get(name)
        return None if stored is None else stored.data

    return _Layout(f"{RAW}/", parse_project(read, url), frozenset(bucket.sizes(_ITS)))


def _entries(
    sizes: dict[str, int],
    layout: _Layout,
    open_object: Callable[[str], BinaryIO],
    *,
    recursive: bool,
) -> list[_Entry]:
    found: dict[str, _Entry] = {}
    for key, size in sorted(sizes.items()):
        path = key.removeprefix(layout.folder)
        if not path or path.endswith("/"):  # the mark of an empty folder
            continue
        folder, slash, _ = path.partition("/")
        if slash and not recursive:
            found[folder] = _Entry(folder, None, by_name(folder, folder=True))
            continue
        reason = by_name(path)
        if reason == "not_audio" and not suffix_of(path):
            with open_object(key) as stream:
                raw = getattr(stream, "raw", stream)  # without reading ahead
                reason = by_head(path, raw.read(HEAD_BYTES) or b"")
        known = layout.project.of(path)
        if known and known.discarded and not reason:
            text = f"{path} is passed over: in metadata/recordings.csv, {known.discarded}."
            found[path] = _Entry(path, size, "discarded", text)
            continue
        found[path] = _Entry(path, size, reason)
    return [_worded(each) for each in found.values()]


def _worded(entry: _Entry) -> _Entry:
    if not entry.reason or entry.message:
        return entry
    return replace(entry, message=f"{entry.path} is passed over: {REASONS[entry.reason]}.")


def _missing(entries: list[_Entry], layout: _Layout, url: str) -> list[_Entry]:
    """Add the recordings that the table lists, but that are no objects."""
    known = {entry.path for entry in entries}
    lost = [
        _Entry(
            name,
            None,
            "missing",
            f"{url}/{layout.folder}{name} does not exist, but metadata/recordings.csv lists it.",
            "Upload the recording, or set its recording_filename to NA.",
            lost=True,
        )
        for name in layout.project.recordings
        if name not in known
    ]
    return sorted([*entries, *lost], key=lambda entry: entry.path)


def _recording(
    entry: _Entry, name: str, layout: _Layout, sizes: dict[str, int], url: str
) -> ArchiveRecording:
    known = layout.project.of(entry.path)
    child = known.child if known else None
    stem = layout.folder + PurePosixPath(entry.path).with_suffix("").as_posix()
    of_table = f"{_ITS}{known.its_filename}" if known and known.its_filename else ""
    its = next((key for key in (f"{stem}.its", f"{stem}.ITS") if key in sizes), None)
    its = its or (of_table if of_table in layout.its else None)
    return ArchiveRecording(
        name,
        f"{url}/{layout.folder}{entry.path}",
        corpus=child.corpus if child else "",
        child=child,
        clock_start=known.clock if known else None,
        duration_hint_s=known.duration_s if known else None,
        size_bytes=None if entry.reason else entry.size,
        its=f"{url}/{its}" if its else None,
        reason=entry.reason,
        lost=entry.lost,
        message=entry.message,
        hint=entry.hint,
        notes=known.notes if known else (),
    )
