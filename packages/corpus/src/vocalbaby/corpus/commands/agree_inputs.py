"""The inputs of ``vocalbaby agree``: annotations of one side, regions, and tables of names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from vocalbaby import annotations
from vocalbaby.annotations.rows import read_rows
from vocalbaby.annotations.text import SourceName
from vocalbaby.commands.annotation_files import read_all, with_project
from vocalbaby.corpus.agreement.pairing import pair_recordings, recording_key
from vocalbaby.corpus.agreement.stretches import intersect, merge
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError, VocalBabyError

__all__ = [
    "Given",
    "common_regions",
    "read_regions",
    "read_side",
    "read_table",
    "sounds_of",
    "tier_regions",
]

_MS: Final = 1000.0
#: Recording to onsets and offsets of its annotated stretches in seconds.
Stretches = dict[str, list[tuple[float, float]]]


@dataclass(slots=True)
class Given:
    """One side of a comparison.

    Attributes:
        timelines: Its timelines.
        regions: Annotated stretches that its format knows; None if it knows none.
        failed: Files that cannot be read: path and message.
        passed_over: Files that are no annotations.
    """

    timelines: list[Timeline]
    regions: Stretches | None = None
    failed: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def read_side(name: str, format_: str | None = None, project: Path | None = None) -> Given:
    r"""Read a file, a folder with its subfolders, a dataset, or a set of ChildProject.

    Of a folder ``annotations/SET`` of ChildProject, the recordings and the annotated stretches
    are those of ``metadata/annotations.csv``.

    Args:
        name: The file, folder or pattern.
        format_: Format of the files; None finds it.
        project: ChildProject folder with clock times, durations and children; None for none.

    Returns:
        The timelines, and what became of every other file.

    Raises:
        DataNotFoundError: There is no such file, or nothing to read in a folder.
        DataError: Two files are of the same recording.
        ConfigError: The format is not known.

    Examples:
        >>> _ = Path("day1.rttm").write_text("SPEAKER day1 1 0.5 1.0 <NA> <NA> KCHI <NA> <NA>\n")
        >>> read_side("day1.rttm").timelines[0].recording_id
        'day1'
    """
    path = Path(name)
    root = _project_of_set(path)
    if root is not None:
        given = _read_set(root, path)
    else:
        inputs = [name]
        if (path / "segments").is_dir() and any((path / "segments").rglob("*.parquet")):
            inputs = [str(each) for each in sorted((path / "segments").rglob("*.parquet"))]
        found = read_all(inputs, format_, recursive=True)
        given = Given(found.timelines, None, found.failed, found.passed_over)
    for folder in (root, project):
        if folder is not None and (folder / "metadata" / "recordings.csv").is_file():
            given.timelines = with_project(given.timelines, folder)
    if not given.timelines and not given.failed:
        raise DataNotFoundError(f"There are no annotations in {name}.")
    return given


def _project_of_set(path: Path) -> Path | None:
    """The ChildProject folder of a folder ``annotations/SET`` or ``annotations/SET/converted``."""
    folder = path.absolute()
    folder = folder.parent if folder.name == "converted" else folder
    for above in folder.parents:
        if (above / "metadata" / "annotations.csv").is_file():
            inside = folder.relative_to(above).parts
            return above if inside[0] == "annotations" and len(inside) > 1 else None
    return None


def _read_set(root: Path, path: Path) -> Given:
    folder = path.absolute()
    folder = folder.parent if folder.name == "converted" else folder
    name = folder.relative_to(root.absolute() / "annotations").as_posix()
    table = root / "metadata" / "annotations.csv"
    columns = ("set", "recording_filename", "range_onset", "range_offset")
    rows = [row.cells for row in read_rows(table.read_bytes(), SourceName(str(table)), columns)]
    own = [row for row in rows if row["set"] == name]
    if not own:
        raise DataNotFoundError(f"{table} has no annotations of the set {name}.")
    regions: Stretches = {}
    given = Given([], regions)
    segments: dict[str, list[Segment]] = {}
    for row in own:
        file = folder / "converted" / row.get("annotation_filename", "")
        try:
            parts = annotations.read(file, "childproject")
            stretch = float(row["range_onset"]) / _MS, float(row["range_offset"]) / _MS
        except (VocalBabyError, OSError, ValueError) as error:
            text = error.message if isinstance(error, VocalBabyError) else str(error)
            given.failed.append((str(file), text))
            continue
        recording = row["recording_filename"]
        segments.setdefault(recording, []).extend(s for part in parts for s in part.segments)
        regions.setdefault(recording, []).append(stretch)
    given.timelines = [Timeline(recording, tuple(own)) for recording, own in segments.items()]
    return given


def read_regions(path: Path, reference: Sequence[Timeline]) -> Stretches:
    r"""Read annotated stretches: a sample, or any file of annotations.

    Args:
        path: The file, whose rows or segments are the stretches.
        reference: Timelines of the reference.

    Returns:
        Stretches of the recordings of the reference.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: It cannot be read, or no recording of the reference is in it.

    Examples:
        >>> _ = Path("sample.csv").write_text("recording_id,onset_s,offset_s\nday1,60,120\n")
        >>> read_regions(Path("sample.csv"), [Timeline("day1.wav")])
        {'day1.wav': [(60.0, 120.0)]}
    """
    found = {t.recording_id: [(s.onset_s, s.offset_s) for s in t.segments]
             for t in annotations.read(path)}  # fmt: skip
    paired = pair_recordings([t.recording_id for t in reference], list(found))
    if not paired.pairs:
        raise DataError(
            f"{path} has no stretch of a recording of the reference.",
            hint=f"It is of {', '.join(list(found)[:3])}; the column is recording_id.",
        )
    return {name: found[partner] for name, partner in paired.pairs.items()}


def tier_regions(timelines: Sequence[Timeline], tier: str) -> tuple[list[Timeline], Stretches]:
    """Take the segments of a tier as annotated stretches, and out of the annotations.

    Args:
        timelines: Timelines of the reference.
        tier: Name of the tier.

    Returns:
        Timelines without the tier's segments, and the stretches.

    Raises:
        DataError: No recording has segments on the tier.

    Examples:
        >>> day = Timeline("day1", (Segment(0, 60, tier="code"), Segment(1, 2, tier="CHI")))
        >>> tier_regions([day], "code")[1]
        {'day1': [(0, 60)]}
    """
    found = {
        each.recording_id: [(s.onset_s, s.offset_s) for s in each.segments if s.tier == tier]
        for each in timelines
    }
    if not any(found.values()):
        tiers = sorted({s.tier for each in timelines for s in each.segments if s.tier})
        raise DataError(
            f"The reference has no segment on the tier {tier!r}.",
            hint=f"Its tiers are {', '.join(tiers[:10]) or 'not named'}.",
        )
    left = [
        replace(each, segments=tuple(s for s in each.segments if s.tier != tier))
        for each in timelines
    ]
    return left, found


def common_regions(
    stretches: Sequence[Stretches | None], reference: Sequence[Timeline]
) -> Stretches | None:
    """Return the stretches that all sources have; None if none knows any.

    Args:
        stretches: Stretches of each source, under its own names of recordings.
        reference: Timelines of the reference.

    Examples:
        >>> found = common_regions([{"a.wav": [(0, 9)]}, None, {"a": [(5, 20)]}],
        ...                        [Timeline("a")])
        >>> found
        {'a': [(5.0, 9.0)]}
    """
    known = [each for each in stretches if each is not None]
    if not known:
        return None
    by_key = [{recording_key(name): own for name, own in each.items()} for each in known]
    found: Stretches = {}
    for timeline in reference:
        common = merge([(0.0, float("inf"))])
        for each in by_key:
            own = each.get(recording_key(timeline.recording_id), [])
            common = intersect(common, merge(own))
        found[timeline.recording_id] = [(float(a), float(b)) for a, b in common.tolist()]
    return found


def read_table(path: Path, columns: tuple[str, str]) -> dict[str, str]:
    r"""Read a CSV of two columns.

    Args:
        path: The file.
        columns: Names of the columns: the key and the value.

    Returns:
        First column to second.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: A column is missing, or a key has two values.

    Examples:
        >>> _ = Path("map.csv").write_text("label,class\nbabble,Canonical\nsong,-\n")
        >>> read_table(Path("map.csv"), ("label", "class"))
        {'babble': 'Canonical', 'song': '-'}
    """
    if not path.is_file():
        raise DataNotFoundError(f"The file {path} does not exist.")
    source = SourceName(str(path))
    found: dict[str, str] = {}
    for row in read_rows(path.read_bytes(), source, columns):
        key, value = (row.cells.get(column, "") for column in columns)
        if found.setdefault(key, value) != value:
            raise source.error(f"{key!r} has two values.", line=row.line)
    return found


def sounds_of(folder: Path, recordings: Sequence[str]) -> Mapping[str, Path]:
    """Find the sound of each recording by its name; a name of several files is of none.

    Args:
        folder: Folder of the recordings, with subfolders.
        recordings: Names of recordings.

    Returns:
        Recording to file.

    Raises:
        DataNotFoundError: There is no sound of any recording.

    Examples:
        >>> Path("day1.wav").touch()
        >>> sounds_of(Path(), ["day1"])
        {'day1': PosixPath('day1.wav')}
    """
    from vocalbaby.audio import SUFFIXES

    media = {*SUFFIXES, ".m4a", ".mp4", ".aac", ".wma"}
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in media and path.is_file():
            files.setdefault(path.stem, []).append(path)
    found = {
        name: files[key][0]
        for name in recordings
        if len(files.get(key := recording_key(name), [])) == 1
    }
    if not found:
        raise DataNotFoundError(
            f"{folder} has the sound of none of the recordings.",
            hint=f"Files must be named after recordings, such as {recordings[0]}.wav.",
        )
    return found
