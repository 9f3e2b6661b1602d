"""Checks of a manifest and its audio before training."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from vocalbaby.audio import decode, load, read_file
from vocalbaby.components.class_balance import check_balance
from vocalbaby.components.findings import Finding, ValidationConfig, finding
from vocalbaby.components.landmarks import Landmarks, landmarks
from vocalbaby.components.near_duplicates import NearDuplicate, find_near_duplicates, groups
from vocalbaby.entity.identity import ChildKey, ClipKey
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError, DataError, SplitLeakError
from vocalbaby.utils.wording import counted

__all__ = ["Finding", "ValidationConfig", "ValidationReport", "check_manifest", "require_valid"]

#: Tolerated difference between the duration in the manifest and of the audio, in seconds.
DURATION_TOLERANCE_S: Final = 1e-3

#: Similarity of copies that differ in level or extent only; coding and other noise reduce it.
EXACT: Final = 0.9998


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Result of the checks.

    Attributes:
        clips: Number of clips per split and class.
        children: Number of children per split.
        duration_s: Duration of the audio per split, in seconds.
        findings: Problems found, errors first.
    """

    clips: dict[str, dict[str, int]]
    children: dict[str, int]
    duration_s: dict[str, float]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stop the pipeline."""
        return tuple(f for f in self.findings if f.severity == "error")


def check_manifest(
    records: Sequence[ClipRecord],
    config: ValidationConfig,
    *,
    progress: ProgressCallback | None = None,
) -> ValidationReport:
    """Check labels, duplicates, leakage, class balance and every audio file.

    Leakage is checked by child, and by sound: see `vocalbaby.components.near_duplicates`.

    Args:
        records: Clips with their splits, whose paths can be opened.
        config: Thresholds.
        progress: Called with (clips done, clips in all).

    Returns:
        Counts and findings; `require_valid` raises for the errors.
    """
    of_split = {split: [r for r in records if r.split == split] for split in SPLITS}
    found = chain(
        _schema(records),
        _duplicates(records),
        _leakage(records),
        _audio(records, config, progress),
        check_balance(of_split, config),
    )
    return ValidationReport(
        clips={
            split: {label: sum(r.Answer == label for r in rows) for label in CLASSES}
            for split, rows in of_split.items()
        },
        children={split: len({r.child for r in rows}) for split, rows in of_split.items()},
        duration_s={
            split: round(sum(r.duration_s for r in rows), 3) for split, rows in of_split.items()
        },
        findings=tuple(sorted(found, key=lambda f: f.severity)),
    )


def require_valid(report: ValidationReport) -> None:
    """Raise an exception if the report has errors.

    Raises:
        SplitLeakError: A child is in more than one split.
        DataError: There are other errors.
    """
    if not report.errors:
        return
    leak = any(f.code == "split_leak" for f in report.errors)
    kind = SplitLeakError if leak else DataError
    hint = "Correct the corpus or its `split` column, then run `vocalbaby ingest` again."
    if any(f.code == "class_missing" for f in report.errors):
        hint += (
            " To train without these classes, set `missing_class: warning` in the section "
            "validation of data.yaml."
        )
    if any(f.code == "near_duplicate" for f in report.errors):
        hint += (
            " Clips of one recording need one child_ID. To train with them in several splits, set "
            "`near_duplicates: warning` in the section validation of data.yaml."
        )
    raise kind(
        "The manifest has errors: "
        + "; ".join(f"{f.code}, e.g. {f.examples[0]}" for f in report.errors)
        + ".",
        hint=hint,
    )


def _schema(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    if not records:
        yield Finding("error", "empty", "The manifest holds no clip.", 0, ("no rows",))
    unknown = [r.clip_ID for r in records if r.Answer not in CLASSES]
    yield from finding("error", "label_unknown", "{} clip{s} {have} an unknown label.", unknown)
    unsplit = [r.clip_ID for r in records if r.split not in SPLITS]
    yield from finding("error", "split_unknown", "{} clip{s} {have} no known split.", unsplit)
    orphans = [r.clip_ID for r in records if not r.child_ID]
    yield from finding("error", "child_missing", "{} clip{s} {have} no child.", orphans)


def _duplicates(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    keys: dict[ClipKey, list[str]] = defaultdict(list)
    audio: dict[str, list[ClipRecord]] = defaultdict(list)
    for record in records:
        keys[record.key].append(record.clip_ID)
        audio[record.sha256].append(record)
    twice = [named[0] for named in keys.values() if len(named) > 1]
    yield from finding(
        "error", "duplicate_clip_id", "{} clip_ID{s} {occur} twice in a corpus.", twice
    )
    shared = [
        " = ".join(r.clip_ID for r in same)
        for same in audio.values()
        if len({r.split for r in same}) > 1
    ]
    yield from finding(
        "error", "duplicate_audio", "{} recording{s} {are} in more than one split.", shared
    )
    within = [
        " = ".join(r.clip_ID for r in same)
        for same in audio.values()
        if len(same) > 1 and len({r.split for r in same}) == 1
    ]
    yield from finding("warning", "repeated_audio", "{} recording{s} {occur} twice.", within)


def _leakage(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    splits: dict[ChildKey, dict[str, str]] = defaultdict(dict)
    for record in records:
        splits[record.child].setdefault(record.split, record.child_ID)
    leaking = []
    for found in splits.values():
        names = " = ".join(sorted(set(found.values())))
        if len(found) > 1:
            leaking.append(f"{names} ({', '.join(sorted(found))})")
    yield from finding(
        "error", "split_leak", "{} child{ren} {are} in more than one split.", leaking
    )


def _audio(
    records: Sequence[ClipRecord], config: ValidationConfig, progress: ProgressCallback | None
) -> Iterator[Finding]:
    errors: dict[str, list[str]] = defaultdict(list)
    warnings: dict[str, list[str]] = defaultdict(list)
    marks: list[Landmarks] = []
    for done, record in enumerate(records, start=1):
        faults, notes, found = _check_audio(record)
        for code in faults:
            errors[code].append(record.clip_ID)
        for code in notes:
            warnings[code].append(record.clip_ID)
        marks.append(found)
        if progress is not None:
            progress(done, len(records))
    for code, clips in errors.items():
        yield from finding("error", code, f"{{}} clip{{s}} {{fail}} with {code}.", clips)
    for code, clips in warnings.items():
        yield from finding("warning", code, f"{{}} clip{{s}} {{have}} the warning {code}.", clips)
    yield from _near_duplicates(records, marks, config)


def _near_duplicates(
    records: Sequence[ClipRecord], marks: Sequence[Landmarks], config: ValidationConfig
) -> Iterator[Finding]:
    """Find clips of different children that contain the same sound."""

    def relevant(first: int, second: int) -> bool:
        one, other = records[first], records[second]
        moved = one.child != other.child or one.split != other.split
        return moved and one.sha256 != other.sha256  # else it is a `duplicate_audio`

    pairs = find_near_duplicates(marks, lambda i: load(records[i].path).samples, relevant)
    across: list[str] = []
    within: list[str] = []
    common: list[str] = []
    for group in groups(pairs):
        clips = {index for pair in group for index in (pair.first, pair.second)}
        apart = len({records[index].split for index in clips}) > 1
        if group[0].similarity < EXACT and len(clips) > max(4, len(records) / 2):
            common.append(_described(records, group, len(clips)))
        else:
            (across if apart else within).append(_described(records, group, len(clips)))
    yield from finding(
        config.near_duplicates,
        "near_duplicate",
        "{} sound{s} {are} in clips of different splits.",
        across,
    )
    yield from finding(
        "warning",
        "near_duplicate_children",
        "{} sound{s} {are} in clips of different children in a split.",
        within,
    )
    yield from finding(
        "warning",
        "common_sound",
        "{} sound{s} {are} in more than half of all clips, each time with other noise. A tone or "
        "another sound of the experiment should be cut out.",
        common,
    )


def _described(records: Sequence[ClipRecord], group: Sequence[NearDuplicate], clips: int) -> str:
    """Describe the clips with one sound by the pair that is most similar."""
    pair = next((p for p in group if records[p.first].split != records[p.second].split), group[0])
    one, other = (
        f"{record.clip_ID} ({record.corpus}, {record.child_ID}, {record.split})"
        for record in (records[pair.first], records[pair.second])
    )
    more = f" and {counted(clips - 2, 'more clip')}" if clips > 2 else ""
    return f"{one} = {other}{more}, lag {pair.lag_s:.2f} s, similarity {pair.similarity:.2f}"


def _check_audio(record: ClipRecord) -> tuple[list[str], list[str], Landmarks]:
    """Decode a clip; return the codes of its errors and of its warnings, and its landmarks."""
    none = landmarks(np.zeros(0, np.float32))
    try:
        data = read_file(Path(record.path))
        clip = decode(data, name=record.clip_ID)
    except OSError:
        return ["file_missing"], [], none
    except AudioError as error:
        return [error.code], [], none
    faults = []
    if hashlib.sha256(data).hexdigest() != record.sha256:
        faults.append("audio_changed")
    if not abs(clip.duration_s - record.duration_s) <= DURATION_TOLERANCE_S:  # NaN as well
        faults.append("duration_wrong")
    notes = [f"audio_{warning.code}" for warning in clip.warnings]
    return faults, notes, landmarks(clip.samples)
