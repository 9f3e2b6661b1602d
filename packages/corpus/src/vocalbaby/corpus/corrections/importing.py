"""Reads the files of annotators back, and accounts for every segment."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations.tables import COLUMNS
from vocalbaby.corpus.corrections.changes import Change, changes_of, ignored_of
from vocalbaby.corpus.corrections.exporting import GIVEN, MUTED
from vocalbaby.corpus.corrections.prefilled import REGIONS
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError

__all__ = ["CorrectedFile", "find_files", "names_in", "read_corrected", "table_rows"]

_SUFFIXES: Final = {".eaf", ".textgrid", ".csv"}
_OWN: Final = {*COLUMNS}


@dataclass(frozen=True, slots=True)
class CorrectedFile:
    """A file of an annotator, compared with what the model had given.

    Attributes:
        path: The file.
        sha256: Checksum of its bytes.
        annotator: Who corrected it; empty if not known.
        date: Date in the file; empty if it has none.
        timeline: The model's segments of the recording, as they were given.
        regions: Stretches in seconds that were to be annotated; empty for the whole recording.
        changes: What became of each segment.
        ignored: Segments with other labels, which are no classes.

    Examples:
        >>> from vocalbaby.corpus.corrections.importing import find_files
        >>> find_files([])
        []
    """

    path: Path
    sha256: str
    annotator: str
    date: str
    timeline: Timeline
    regions: tuple[tuple[float, float], ...]
    changes: tuple[Change, ...]
    ignored: tuple[Segment, ...] = field(default=())

    @property
    def is_untouched(self) -> bool:
        """Whether the annotator changed nothing: the file may not have been opened."""
        return all(change.kind in {"kept", "unresolved"} for change in self.changes)

    @property
    def counts(self) -> Counter[str]:
        """Number of segments by kind of change."""
        return Counter(change.kind for change in self.changes)


def find_files(inputs: Iterable[str]) -> list[Path]:
    """Return the annotators' files among files and folders, without what else the export wrote.

    Args:
        inputs: Files, and folders with their subfolders.

    Raises:
        DataNotFoundError: An input does not exist.
    """
    found: list[Path] = []
    for name in inputs:
        path = Path(name)
        if path.is_dir():
            found += sorted(
                each
                for each in path.rglob("*")
                if each.suffix.lower() in _SUFFIXES
                and GIVEN not in each.relative_to(path).parts
                and each.name != MUTED
                and each.is_file()
            )
        elif path.is_file():
            found.append(path)
        else:
            raise DataNotFoundError(f"There is no file {name}.", hint="Name corrected files.")
    return list(dict.fromkeys(found))


def read_corrected(path: Path, export: Path, root: Path, annotator: str = "") -> CorrectedFile:
    """Read a file of an annotator, and compare it with what was given.

    Args:
        path: The file.
        export: Folder of the export, with the folder ``given``.
        root: Folder below which the file has the name of its recording.
        annotator: Who corrected it; by default the author in a file of ELAN.

    Raises:
        DataNotFoundError: Nothing was given for this file.
        DataError: The file is damaged, or is not of exactly one recording.
    """
    given = _given(path, export, root)
    data = path.read_bytes()
    timelines = annotations.read(path)
    if len(timelines) != 1:
        raise DataError(
            f"{path} has {len(timelines)} recordings, not one.",
            hint="Give a file for each recording, with the name that it was exported with.",
        )
    (timeline,) = timelines
    regions = tuple((s.onset_s, s.offset_s) for s in given.segments if s.tier == REGIONS)
    segments = [s for s in given.segments if s.tier != REGIONS]
    return CorrectedFile(
        path,
        hashlib.sha256(data).hexdigest(),
        annotator or timeline.attributes.get("AUTHOR", ""),
        _date(timeline),
        given,
        regions,
        tuple(changes_of(segments, timeline.segments)),
        tuple(ignored_of(timeline.segments)),
    )


def _date(timeline: Timeline) -> str:
    date = timeline.attributes.get("DATE", "")
    return "" if date.startswith("1970-01-01") else date


def _given(path: Path, export: Path, root: Path) -> Timeline:
    names = [path.relative_to(root)] if path.is_relative_to(root) else []
    names += [Path(path.name)]
    for name in names:
        file = export / GIVEN / name.with_name(name.stem + ".parquet")
        if file.is_file():
            (timeline,) = annotations.read(file)
            return timeline
    same = sorted((export / GIVEN).rglob(f"{path.stem}.parquet"))
    if len(same) == 1:
        (timeline,) = annotations.read(same[0])
        return timeline
    raise DataNotFoundError(
        f"{export / GIVEN} does not say what was given for {path.name}.",
        hint="Name the folder of the export with --export, and keep the names of its files.",
    )


def table_rows(files: Sequence[CorrectedFile]) -> Iterator[Mapping[str, object]]:
    """Yield a row for each segment of each file, with what it was made from.

    Args:
        files: The corrected files.
    """
    for file in files:
        child = file.timeline.child
        for change in file.changes:
            given, segment = change.given, change.segment
            probability = (given.probabilities or {}).get(given.label or "") if given else None
            yield {
                "recording_id": file.timeline.recording_id,
                "child_id": child.child_id if child else "",
                "corpus": child.corpus if child else "",
                "onset_s": round(segment.onset_s, 6),
                "offset_s": round(segment.offset_s, 6),
                "change": change.kind,
                "given_label": given.label if given else "",
                "corrected_label": change.label
                or (change.corrected.label if change.corrected else ""),
                "given_onset_s": round(given.onset_s, 6) if given else "",
                "given_offset_s": round(given.offset_s, 6) if given else "",
                "given_probability": "" if probability is None else round(probability, 6),
                "model_version": file.timeline.attributes.get("model_version", ""),
                "annotator": file.annotator,
                "date": file.date,
                "source_file": file.path.name,
                "source_sha256": file.sha256,
            }


def names_in(table: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the recordings and the children (corpus and name) of a table of corrections.

    Args:
        table: ``corrections.csv`` of an import.

    Raises:
        DataNotFoundError: There is no such file.
    """
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except OSError:
        raise DataNotFoundError(
            f"There is no file {table}.", hint="Name corrections.csv."
        ) from None
    children = {(row["corpus"], row["child_id"]) for row in rows if row.get("child_id")}
    return {row["recording_id"] for row in rows}, children
