"""Writes files for annotators, with what they were given beside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from vocalbaby import annotations
from vocalbaby.corpus.corrections.prefilled import (
    REGIONS,
    aclew_timeline,
    elan_timeline,
    given_segments,
)
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import ConfigError

__all__ = ["GIVEN", "MUTED", "Exported", "export_timelines", "file_of"]

#: Folder of what annotators were given, which `vocalbaby import` compares with.
GIVEN: Final = "given"

#: Table of the recordings in which others are muted.
MUTED: Final = "child_only.csv"

#: Notes on segments. Others are on what the files of annotators are not for: names and metadata.
_REPORTED: Final = frozenset({"overlap", "rounded_times", "negative_times", "points", "characters"})

#: Suffix of the files by format.
_SUFFIXES: Final = {"eaf": ".eaf", "aclew": ".eaf", "textgrid": ".TextGrid"}


@dataclass(slots=True)
class Exported:
    """What was exported.

    Attributes:
        files: Files for annotators.
        segments: Segments in them.
        uncertain: Of these, uncertain ones.
        notes: What the files do not hold.
        left_out: Recordings without a region, where regions were asked for.
    """

    files: list[Path] = field(default_factory=list)
    segments: int = 0
    uncertain: int = 0
    notes: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)


def file_of(recording_id: str, suffix: str) -> Path:
    """Return the path of a recording's file below the folder of an export.

    Examples:
        >>> file_of("c07/day1", ".eaf").as_posix()
        'c07/day1.eaf'
        >>> file_of("../day1", ".eaf")
        Traceback (most recent call last):
        vocalbaby.exception.ConfigError: The recording '../day1' would be written ...
    """
    path = Path(recording_id)
    if path.is_absolute() or ".." in path.parts:
        raise ConfigError(
            f"The recording {recording_id!r} would be written outside of the folder.",
            hint="Rename it.",
        )
    return path.with_name(path.name + suffix)


def export_timelines(  # noqa: PLR0913 - options of an export
    timelines: Iterable[Timeline],
    out: Path,
    *,
    format_: str,
    uncertain_below: float = 0.6,
    junk: bool = False,
    regions: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    media: Mapping[str, str] | None = None,
    written: Callable[[Path], None] | None = None,
) -> Exported:
    """Write a file for annotators for each recording, and beside it what they were given.

    Args:
        timelines: The model's segments.
        out: Folder of the files.
        format_: ``eaf``, ``aclew`` (ELAN in the ACLEW scheme) or ``textgrid``.
        uncertain_below: A segment whose label has a lower probability is on the tier ``uncertain``.
        junk: Whether segments of other sound are given.
        regions: Stretches in seconds that are to be annotated, by recording; only their segments
            are given, and recordings without a stretch get no file. None for whole recordings.
        media: Path of the sound of each recording, relative to its file.
        written: Called with each file.
    """
    made = Exported()
    for timeline in timelines:
        own = None if regions is None else regions.get(timeline.recording_id, ())
        if own is not None and not own:
            made.left_out.append(timeline.recording_id)
            continue
        given = given_segments(timeline, uncertain_below=uncertain_below, junk=junk)
        if own is not None:
            given = tuple(s for s in given if any(a <= s.onset_s < b for a, b in own))
        path = out / file_of(timeline.recording_id, _SUFFIXES[format_])
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = (media or {}).get(timeline.recording_id, "")
        prefilled = (
            aclew_timeline(timeline, given, own or (), media=sound)
            if format_ == "aclew"
            else elan_timeline(
                timeline,
                given,
                own or (),
                media=sound,
                junk=junk,
                dependents=format_ == "eaf",
            )
        )
        notes = annotations.write(prefilled, path, "eaf" if format_ == "aclew" else format_)
        made.notes.update(note.message for note in notes if note.code in _REPORTED)
        _write_given(timeline, given, own or (), out)
        made.files.append(path)
        made.segments += len(given)
        made.uncertain += sum(segment.tier == "uncertain" for segment in given)
        if written is not None:
            written(path)
    return made


def _write_given(
    timeline: Timeline,
    given: Sequence[Segment],
    regions: Sequence[tuple[float, float]],
    out: Path,
) -> None:
    stretches = tuple(Segment(a, b, tier=REGIONS) for a, b in regions)
    path = out / GIVEN / file_of(timeline.recording_id, ".parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = replace(timeline, segments=(*stretches, *given), tiers=())
    annotations.write(kept, path, "parquet")
