"""Reads sets of annotations of a ChildProject folder as timelines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations.rows import read_rows
from vocalbaby.annotations.text import SourceName, number
from vocalbaby.corpora.childproject.layout import ANNOTATIONS, INDEX
from vocalbaby.corpora.childproject.metadata import version_of
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["AnnotationSet", "IndexRow", "SetTimeline", "read_index", "read_sets"]

_NA: Final = {"", "NA"}
_REQUIRED: Final = ("set", "recording_filename", "range_onset", "range_offset", "raw_filename")
#: Formats of ChildProject's importers and their names in `vocalbaby.annotations`.
_FORMATS: Final = {
    "csv": "childproject",
    "eaf": "eaf",
    "its": "its",
    "TextGrid": "textgrid",
    "vcm_rttm": "rttm",
    "vtc_rttm": "rttm",
}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of ``metadata/annotations.csv``: a stretch of a recording that is annotated.

    Attributes:
        line: Its line in the table.
        set: Name of the set.
        recording: Path of the recording below ``recordings/raw``.
        onset_s: Begin of the stretch in seconds.
        offset_s: End of the stretch in seconds.
        seek_s: Seconds to add to the times in the raw file.
        raw: Raw file, below ``annotations/<set>/raw``.
        format: ChildProject's name of its format; may be empty.
        filter: Recording in the raw file, where that has several; may be empty.
        converted: Converted file, below ``annotations/<set>/converted``; may be empty.

    Examples:
        >>> IndexRow(2, "vtc", "day1.wav", 0.0, 3600.0).offset_s
        3600.0
    """

    line: int
    set: str
    recording: str
    onset_s: float
    offset_s: float
    seek_s: float = 0.0
    raw: str = ""
    format: str = ""
    filter: str = ""
    converted: str = ""


@dataclass(frozen=True, slots=True)
class SetTimeline:
    """The annotations of a recording in a set.

    Attributes:
        timeline: Its segments, of all files of the set.
        ranges: Begin and end in seconds of what was annotated; outside of it nothing is known.
        paths: The files that were read.

    Examples:
        >>> SetTimeline(Timeline("day1"), ((0.0, 60.0),), ()).ranges
        ((0.0, 60.0),)
    """

    timeline: Timeline
    ranges: tuple[tuple[float, float], ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class AnnotationSet:
    """A set of annotations.

    Attributes:
        root: The ChildProject folder.
        name: Name of the set.
        rows: Its rows in the index, by recording.

    Examples:
        >>> AnnotationSet(Path("project"), "vtc").recordings
        ()
    """

    root: Path
    name: str
    rows: dict[str, list[IndexRow]] = field(default_factory=dict)

    @property
    def recordings(self) -> tuple[str, ...]:
        """Paths below ``recordings/raw`` of the recordings that have annotations."""
        return tuple(self.rows)

    def find(self, name: str) -> str | None:
        """Return the recording of this path or name, with or without suffix; None if none is.

        Args:
            name: Path below ``recordings/raw``.
        """
        if name in self.rows:
            return name
        stem = [each for each in self.rows if str(PurePosixPath(each).with_suffix("")) == name]
        return stem[0] if len(stem) == 1 else None

    def read(self, recording: str) -> SetTimeline:
        """Read the annotations of a recording.

        The converted file is read where there is one; else the raw file, with times shifted and
        cut to the stretch, as ChildProject's importers do.

        Args:
            recording: Its path below ``recordings/raw``.

        Raises:
            DataNotFoundError: The set has no annotations of it, or a file is missing.
            DataError: A file is damaged, or of a format that only ChildProject reads.
        """
        if recording not in self.rows:
            raise DataNotFoundError(
                f"The set {self.name} of {self.root} has no annotations of {recording}.",
                hint=f"Its recordings are in {self.root / INDEX}.",
            )
        rows = self.rows[recording]
        files = [_read(self.root / ANNOTATIONS / self.name, row) for row in rows]
        segments = (segment for _, found in files for segment in found)
        return SetTimeline(
            Timeline(
                str(PurePosixPath(recording).with_suffix("")),
                tuple(sorted(segments, key=lambda each: (each.onset_s, each.offset_s))),
            ),
            tuple(sorted((row.onset_s, row.offset_s) for row in rows)),
            tuple(dict.fromkeys(path for path, _ in files)),
        )


def read_sets(root: Path) -> dict[str, AnnotationSet]:
    """Read the index of the sets of annotations, again only if it has changed.

    Args:
        root: The ChildProject folder.

    Returns:
        Each set by its name, empty if there is no index.

    Raises:
        DataError: The index is damaged.
    """
    return _read_sets(root.absolute(), version_of(root / INDEX))


@cache
def _read_sets(root: Path, version: tuple[int, int]) -> dict[str, AnnotationSet]:
    del version  # a part of the key of the cache
    found: dict[str, AnnotationSet] = {}
    for row in read_index(root):
        known = found.setdefault(row.set, AnnotationSet(root, row.set))
        known.rows.setdefault(row.recording, []).append(row)
    return found


def read_index(root: Path) -> Iterator[IndexRow]:
    """Yield the rows of ``metadata/annotations.csv``; none if there is no such file.

    Raises:
        DataError: The index is damaged.
    """
    path = root / INDEX
    if not path.is_file():
        return
    source = SourceName(str(path))
    for line, cells in read_rows(path.read_bytes(), source, _REQUIRED):
        if cells.get("error", "NA") not in _NA:  # what could not be imported
            continue
        if missing := [name for name in _REQUIRED if name not in cells]:
            raise source.error(f"The row has no {missing[0]}.", line=line)
        onset, offset, seek = (
            number(cells.get(key, "0"), source, line, f"{key} in milliseconds") / 1000
            for key in ("range_onset", "range_offset", "time_seek")
        )
        texts = (cells.get(key, "") for key in ("format", "filter", "annotation_filename"))
        form, only, converted = ("" if text in _NA else text for text in texts)
        recording, raw = cells["recording_filename"], cells["raw_filename"]
        yield IndexRow(
            line, cells["set"], recording, onset, offset, seek, raw, form, only, converted
        )


def _read(folder: Path, row: IndexRow) -> tuple[Path, Sequence[Segment]]:
    converted = folder / "converted" / row.converted
    if row.converted and converted.is_file():
        timelines = annotations.read(converted, "childproject")
        return converted, _within((s for t in timelines for s in t.segments), row, 0.0)
    raw = folder / "raw" / row.raw
    if not raw.is_file():
        raise DataNotFoundError(
            f"{raw} does not exist, but line {row.line} of {INDEX} lists it.",
            hint="Fetch it, or import the set again.",
        )
    if row.format and row.format not in _FORMATS:
        raise DataError(
            f"{raw} is of the format {row.format}, which ChildProject converts.",
            hint="Import it: child-project import-annotations.",
        )
    timelines = annotations.read(raw, _FORMATS.get(row.format))
    if row.filter:
        timelines = tuple(t for t in timelines if t.recording_id == row.filter)
    elif len(timelines) > 1:
        raise DataError(
            f"{raw} has annotations of {len(timelines)} recordings, and line {row.line} of "
            f"{INDEX} has no filter that chooses one."
        )
    return raw, _within((s for t in timelines for s in t.segments), row, row.seek_s)


def _within(segments: Iterator[Segment], row: IndexRow, seek_s: float) -> list[Segment]:
    """Shift segments, and cut them to the stretch; those outside are not annotated by this row."""
    found = []
    for each in segments:
        onset = max(round(each.onset_s + seek_s, 6), row.onset_s)
        offset = min(round(each.offset_s + seek_s, 6), row.offset_s)
        if onset < offset:
            found.append(replace(each, onset_s=onset, offset_s=offset))
    return found
