"""Checks of a manifest and its audio before training."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from vocalbaby.audio import decode, read_file
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.identity import ChildKey, ClipKey
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError, DataError, SplitLeakError

__all__ = ["Finding", "ValidationConfig", "ValidationReport", "check_manifest", "require_valid"]

EXAMPLES: Final = 5

#: Tolerated difference between the duration in the manifest and of the audio, in seconds.
DURATION_TOLERANCE_S: Final = 1e-3


class ValidationConfig(StrictModel):
    """Settings of validation: thresholds of errors and warnings.

    Attributes:
        missing_class: Whether a split that lacks a class is an error or a warning.
        min_clips: Number of clips of a class in a split below which a warning is given.
        min_children: Number of children in a split below which a warning is given.
        max_imbalance: Ratio of the largest to the smallest class of a split above which
            a warning is given.
    """

    missing_class: Literal["error", "warning"] = "error"
    min_clips: int = Field(default=10, ge=1)
    min_children: int = Field(default=3, ge=1)
    max_imbalance: float = Field(default=10.0, ge=1.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that was found, with all clips, children or classes it concerns.

    Attributes:
        severity: ``error`` or ``warning``.
        code: Stable name, e.g. ``split_leak``.
        message: Description of the problem.
        count: Number of clips, children or classes concerned.
        examples: The first few of them.
    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    count: int
    examples: tuple[str, ...]


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
        _audio(records, progress),
        _balance(of_split, config),
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
    raise kind(
        f"The manifest has {len(report.errors)} kind(s) of error: "
        + " ".join(f"{f.message} E.g. {', '.join(f.examples)}." for f in report.errors),
        hint=hint,
    )


def _finding(
    severity: Literal["error", "warning"], code: str, message: str, concerned: Sequence[str]
) -> Iterator[Finding]:
    """Yield a finding unless ``concerned`` is empty; ``{}`` in the message is the count."""
    if concerned:
        count = len(concerned)
        yield Finding(severity, code, message.format(count), count, tuple(concerned[:EXAMPLES]))


def _schema(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    if not records:
        yield Finding("error", "empty", "The manifest holds no clip.", 0, ("no rows",))
    unknown = [r.clip_ID for r in records if r.Answer not in CLASSES]
    yield from _finding("error", "label_unknown", "{} clips have an unknown label.", unknown)
    unsplit = [r.clip_ID for r in records if r.split not in SPLITS]
    yield from _finding("error", "split_unknown", "{} clips have no known split.", unsplit)
    orphans = [r.clip_ID for r in records if not r.child_ID]
    yield from _finding("error", "child_missing", "{} clips have no child.", orphans)


def _duplicates(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    keys: dict[ClipKey, list[str]] = defaultdict(list)
    audio: dict[str, list[ClipRecord]] = defaultdict(list)
    for record in records:
        keys[record.key].append(record.clip_ID)
        audio[record.sha256].append(record)
    twice = [named[0] for named in keys.values() if len(named) > 1]
    yield from _finding("error", "duplicate_clip_id", "{} clip_IDs occur twice in a corpus.", twice)
    shared = [
        " = ".join(r.clip_ID for r in same)
        for same in audio.values()
        if len({r.split for r in same}) > 1
    ]
    yield from _finding(
        "error", "duplicate_audio", "{} recordings are in more than one split.", shared
    )
    within = [
        " = ".join(r.clip_ID for r in same)
        for same in audio.values()
        if len(same) > 1 and len({r.split for r in same}) == 1
    ]
    yield from _finding("warning", "repeated_audio", "{} recordings occur twice.", within)


def _leakage(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    splits: dict[ChildKey, dict[str, str]] = defaultdict(dict)
    for record in records:
        splits[record.child].setdefault(record.split, record.child_ID)
    leaking = []
    for found in splits.values():
        names = " = ".join(sorted(set(found.values())))
        if len(found) > 1:
            leaking.append(f"{names} ({', '.join(sorted(found))})")
    yield from _finding("error", "split_leak", "{} children are in more than one split.", leaking)


def _audio(records: Sequence[ClipRecord], progress: ProgressCallback | None) -> Iterator[Finding]:
    errors: dict[str, list[str]] = defaultdict(list)
    warnings: dict[str, list[str]] = defaultdict(list)
    for done, record in enumerate(records, start=1):
        faults, notes = _check_audio(record)
        for code in faults:
            errors[code].append(record.clip_ID)
        for code in notes:
            warnings[code].append(record.clip_ID)
        if progress is not None:
            progress(done, len(records))
    for code, clips in errors.items():
        yield from _finding("error", code, f"{{}} clips fail with {code}.", clips)
    for code, clips in warnings.items():
        yield from _finding("warning", code, f"{{}} clips have the warning {code}.", clips)


def _check_audio(record: ClipRecord) -> tuple[list[str], list[str]]:
    """Decode a clip; return the codes of its errors and of its warnings."""
    try:
        data = read_file(Path(record.path))
        clip = decode(data, name=record.clip_ID)
    except OSError:
        return ["file_missing"], []
    except AudioError as error:
        return [error.code], []
    faults = []
    if hashlib.sha256(data).hexdigest() != record.sha256:
        faults.append("audio_changed")
    if not abs(clip.duration_s - record.duration_s) <= DURATION_TOLERANCE_S:  # NaN as well
        faults.append("duration_wrong")
    return faults, [f"audio_{warning.code}" for warning in clip.warnings]


def _balance(of_split: dict[str, list[ClipRecord]], config: ValidationConfig) -> Iterator[Finding]:
    missing, few, few_children, imbalanced = [], [], [], []
    for split, rows in of_split.items():
        counts = {label: sum(r.Answer == label for r in rows) for label in CLASSES}
        present = [n for n in counts.values() if n]
        missing += [
            f"{split}/{label} ({_why_missing(label, of_split)})"
            for label, n in counts.items()
            if n == 0
        ]
        few += [f"{split}/{label} ({n})" for label, n in counts.items() if 0 < n < config.min_clips]
        children = len({r.child for r in rows})
        if children < config.min_children:
            few_children.append(f"{split} ({children})")
        if present and max(present) > config.max_imbalance * min(present):
            imbalanced.append(f"{split} ({max(present)}:{min(present)})")
    yield from _finding(
        config.missing_class, "class_missing", "{} classes are missing from a split.", missing
    )
    yield from _finding(
        "warning", "few_clips", f"{{}} classes have fewer than {config.min_clips} clips.", few
    )
    yield from _finding(
        "warning",
        "few_children",
        f"{{}} splits have fewer than {config.min_children} children.",
        few_children,
    )
    yield from _finding(
        "warning",
        "imbalance",
        f"{{}} splits are more imbalanced than {config.max_imbalance:g}:1.",
        imbalanced,
    )


def _why_missing(label: str, of_split: dict[str, list[ClipRecord]]) -> str:
    """Say why a split has no clip of a class."""
    having = {r.child: split for split, rows in of_split.items() for r in rows if r.Answer == label}
    if not having:
        return "no clip has this label"
    where = ", ".join(sorted(set(having.values())))
    if len(having) < len(SPLITS):
        return f"only {len(having)} of the 3 children that it takes have it, in {where}"
    return f"its {len(having)} children are in {where}, by `split` or for the sake of other classes"
