"""Writes the segments of a dataset as a set of annotations of a ChildProject folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from vocalbaby import annotations
from vocalbaby.corpora.childproject import Project, is_project, read_project
from vocalbaby.corpora.childproject.layout import ANNOTATIONS
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.published_files import SetFolder
from vocalbaby.corpus.engine.records import Record
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError
from vocalbaby.segmentation import INFANT_TIER, JUNK_TIER

__all__ = ["Published", "publish"]

#: Seconds by which the length in recordings.csv may differ from that of the sound.
_LENGTH_S: Final = 1.0


@dataclass(slots=True)
class Published:
    """What was written.

    Attributes:
        folder: Folder of the set.
        recordings: Recordings whose segments are in the set.
        written: Files that are new or different.
        removed: Files that the set does not have any more.
        failed: Recordings without results.
        not_listed: Recordings that ``metadata/recordings.csv`` does not list.
        notes: What a user should know.

    Examples:
        >>> Published(Path("project/annotations/vocalbaby")).written
        0
    """

    folder: Path
    recordings: int = 0
    written: int = 0
    removed: int = 0
    failed: list[str] = field(default_factory=list)
    not_listed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def publish(
    dataset: Dataset,
    root: Path,
    name: str,
    *,
    junk: bool = True,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Write a set of annotations, and its rows in ``metadata/annotations.csv``.

    The set has a raw and a converted file for each recording, as if ChildProject had imported it.
    Other sets and their rows are not touched. A set that this function did not make, or whose files
    were changed since, is refused. What is there already is not written again.

    Args:
        dataset: The results.
        root: The ChildProject folder.
        name: Name of the set.
        junk: Whether to write sound that is not of an infant, as ``vcm_type`` J.
        overwrite: Whether to replace files that were changed since.
        progress: Called with the recordings that are done, and all.

    Raises:
        ConfigError: The set is another one's, or the name cannot be that of a folder.
        DataNotFoundError: The folder is no ChildProject folder.
        DataError: A file of the dataset, or the index, is damaged.
    """
    _check(root, name)
    folder = SetFolder.open(root, name, overwrite=overwrite)
    found = Published(root / ANNOTATIONS / name)
    project = read_project(root)
    known = _by_id(project)
    rows: list[dict[str, str]] = []
    versions: set[str] = set()
    records = sorted(dataset.records(), key=lambda each: each.recording_id)
    for number, record in enumerate(records, 1):
        recording = known.get(record.recording_id)
        if not record.is_done:
            found.failed.append(record.recording_id)
        elif recording is None:
            found.not_listed.append(record.recording_id)
        else:
            row = _publish(dataset, record, recording, project, folder, junk=junk, found=found)
            rows += [row | {"set": name}] if row else []
            versions.add(record.made_from.get("model_version", ""))
        if progress is not None:
            progress(number, len(records))
    found.recordings = len(rows)
    folder.describe(sorted(versions))
    found.written, found.removed = folder.finish(rows)
    found.notes += folder.notes
    return found


def _check(root: Path, name: str) -> None:
    if not is_project(root):
        raise DataNotFoundError(
            f"{root} is no ChildProject folder.",
            hint="It has metadata/recordings.csv and recordings/raw.",
        )
    parts = PurePosixPath(name).parts
    unusual = any(part.startswith(".") or part in {"raw", "converted"} for part in parts)
    if not parts or unusual or name.startswith("/") or "\\" in name:
        raise ConfigError(f"{name!r} is no name of a set.", hint="Use a name such as vocalbaby.")


def _by_id(project: Project) -> dict[str, str]:
    """Return the file of each recording by its ID in a dataset: its path with or without suffix."""
    found = {name: name for name in project.recordings}
    stems: dict[str, list[str]] = {}
    for name in project.recordings:
        stems.setdefault(PurePosixPath(name).with_suffix("").as_posix(), []).append(name)
    return {stem: names[0] for stem, names in stems.items() if len(names) == 1} | found


def _publish(
    dataset: Dataset,
    record: Record,
    recording: str,
    project: Project,
    folder: SetFolder,
    *,
    junk: bool,
    found: Published,
) -> dict[str, str] | None:
    """Write the files of a recording, and return its row; None if it has no length."""
    data = dataset.read(record.segments) if record.segments else None
    if data is None:
        raise DataError(
            f"The segments of {record.recording_id} are missing or damaged.",
            hint="Run `vocalbaby corpus verify --repair`, and the archive again.",
        )
    (timeline,) = annotations.parse(data, "parquet")
    listed = project.of(recording)
    length = timeline.duration_s or 0.0
    if listed and listed.duration_s is not None:
        if abs(listed.duration_s - length) > _LENGTH_S:
            found.notes.append(
                f"{recording} has {length:.1f} s of sound, and by recordings.csv "
                f"{listed.duration_s:.1f} s; annotations end with the shorter one."
            )
        length = min(length, listed.duration_s)
    end_ms = int(length * 1000)
    if end_ms <= 0:
        found.notes.append(f"{recording} has no length by recordings.csv and is left out.")
        return None
    stem = PurePosixPath(recording).with_suffix("").as_posix()
    raw, converted = f"{stem}.csv", f"{stem}_0_{end_ms}.csv"
    table, _ = annotations.serialize(_chosen(timeline, raw, end_ms, junk=junk), "childproject")
    folder.write(f"raw/{raw}", table)
    folder.write(f"converted/{converted}", table)
    return {
        "recording_filename": recording,
        "time_seek": "0",
        "range_onset": "0",
        "range_offset": str(end_ms),
        "raw_filename": raw,
        "format": "csv",
        "annotation_filename": converted,
        "imported_at": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "package_version": "NA",  # of ChildProject, which has not imported it
    }


def _chosen(timeline: Timeline, raw: str, end_ms: int, *, junk: bool) -> Timeline:
    """Return the segments that ChildProject keeps, within the annotated range."""
    tiers = {INFANT_TIER, JUNK_TIER} if junk else {INFANT_TIER}
    kept: list[Segment] = []
    for each in timeline.segments:
        onset, offset = (
            min(max(round(s * 1000), 0), end_ms) for s in (each.onset_s, each.offset_s)
        )
        if each.tier in tiers and onset < offset:
            attributes: Mapping[str, str] = {**each.attributes, "raw_filename": raw}
            begin, end = onset / 1000, offset / 1000
            kept.append(replace(each, onset_s=begin, offset_s=end, attributes=attributes))
    return Timeline(timeline.recording_id, tuple(kept))
