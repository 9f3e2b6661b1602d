"""Check a split manifest and its audio before anything is learnt from it."""

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
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError, DataError, SplitLeakError

__all__ = ["Finding", "ValidationConfig", "ValidationReport", "check_manifest", "require_valid"]

EXAMPLES: Final = 5

#: Lengths in the manifest and in the audio may differ by this much, in seconds.
DURATION_TOLERANCE_S: Final = 1e-3


class ValidationConfig(StrictModel):
    """What is an error and from where on to warn.

    Attributes:
        missing_class: Whether a split that lacks a class is an error or a warning.
        min_clips: Fewest clips of a class in a split without a warning.
        min_children: Fewest children in a split without a warning.
        max_imbalance: Most times that the largest class of a split may outnumber its
            smallest without a warning.

    """

    missing_class: Literal["error", "warning"] = "error"
    min_clips: int = Field(default=10, ge=1)
    min_children: int = Field(default=3, ge=1)
    max_imbalance: float = Field(default=10.0, ge=1.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault.

    Attributes:
        severity: ``error`` or ``warning``.
        code: Stable name, e.g. ``split_leak``.
        message: What was found, with the figures.
        count: How many clips, children or classes it concerns.
        examples: The first few of them.

    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What the check found.

    Attributes:
        clips: Clips per split and class.
        children: Children per split.
        duration_s: Seconds of audio per split.
        findings: Errors first.

    """

    clips: dict[str, dict[str, int]]
    children: dict[str, int]
    duration_s: dict[str, float]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the pipeline."""
        return tuple(f for f in self.findings if f.severity == "error")


def check_manifest(
    records: Sequence[ClipRecord],
    config: ValidationConfig,
    *,
    progress: ProgressCallback | None = None,
) -> ValidationReport:
    """Check schema, duplicates, leakage, balance and every audio file.

    Args:
        records: Clips with their split; paths as they can be opened.
        config: Thresholds.
        progress: Called with (clips done, clips in all).

    Returns:
        Figures and findings; see `require_valid` to raise for the errors.

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
        children={split: len({r.child_ID for r in rows}) for split, rows in of_split.items()},
        duration_s={
            split: round(sum(r.duration_s for r in rows), 3) for split, rows in of_split.items()
        },
        findings=tuple(sorted(found, key=lambda f: f.severity)),
    )


def require_valid(report: ValidationReport) -> None:
    """Raise for the report's errors.

    Raises:
        SplitLeakError: A child stands in more than one split.
        DataError: Any other error.

    """
    if not report.errors:
        return
    leak = any(f.code == "split_leak" for f in report.errors)
    kind = SplitLeakError if leak else DataError
    raise kind(
        f"The manifest has {len(report.errors)} kind(s) of error: "
        + " ".join(f"{f.message} E.g. {', '.join(f.examples)}." for f in report.errors),
        hint="Mend the corpus or its `split` column, then run `vocalbaby ingest` again.",
    )


def _finding(
    severity: Literal["error", "warning"], code: str, message: str, concerned: Sequence[str]
) -> Iterator[Finding]:
    """A finding if anything is concerned; ``{}`` in the message is the count."""
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
    yield from _finding("error", "child_missing", "{} clips name no child.", orphans)


def _duplicates(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    keys: dict[str, int] = defaultdict(int)
    audio: dict[str, list[ClipRecord]] = defaultdict(list)
    for record in records:
        keys[record.clip_ID] += 1
        audio[record.sha256].append(record)
    twice = [key for key, count in keys.items() if count > 1]
    yield from _finding("error", "duplicate_clip_id", "{} clip_IDs stand twice.", twice)
    shared = [
        " = ".join(r.clip_ID for r in twins)
        for twins in audio.values()
        if len({r.split for r in twins}) > 1
    ]
    yield from _finding(
        "error", "duplicate_audio", "{} recordings stand in more than one split.", shared
    )
    within = [
        " = ".join(r.clip_ID for r in twins)
        for twins in audio.values()
        if len(twins) > 1 and len({r.split for r in twins}) == 1
    ]
    yield from _finding("warning", "repeated_audio", "{} recordings stand twice.", within)


def _leakage(records: Sequence[ClipRecord]) -> Iterator[Finding]:
    splits: dict[str, set[str]] = defaultdict(set)
    for record in records:
        splits[record.child_ID].add(record.split)
    leaking = [
        f"{child} ({', '.join(sorted(found))})" for child, found in splits.items() if len(found) > 1
    ]
    yield from _finding("error", "split_leak", "{} children stand in more than one split.", leaking)


def _audio(records: Sequence[ClipRecord], progress: ProgressCallback | None) -> Iterator[Finding]:
    errors: dict[str, list[str]] = defaultdict(list)
    warnings: dict[str, list[str]] = defaultdict(list)
    for done, record in enumerate(records, start=1):
        faults, notes = _listen(record)
        for code in faults:
            errors[code].append(record.clip_ID)
        for code in notes:
            warnings[code].append(record.clip_ID)
        if progress is not None:
            progress(done, len(records))
    for code, clips in errors.items():
        yield from _finding("error", code, f"{{}} clips fail with {code}.", clips)
    for code, clips in warnings.items():
        yield from _finding("warning", code, f"{{}} clips carry the note {code}.", clips)


def _listen(record: ClipRecord) -> tuple[list[str], list[str]]:
    """Codes of the faults and of the notes of one recording."""
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
    missing, few, lonely, uneven = [], [], [], []
    for split, rows in of_split.items():
        counts = {label: sum(r.Answer == label for r in rows) for label in CLASSES}
        present = [n for n in counts.values() if n]
        missing += [f"{split}/{label}" for label, n in counts.items() if n == 0]
        few += [f"{split}/{label} ({n})" for label, n in counts.items() if 0 < n < config.min_clips]
        children = len({r.child_ID for r in rows})
        if children < config.min_children:
            lonely.append(f"{split} ({children})")
        if present and max(present) > config.max_imbalance * min(present):
            uneven.append(f"{split} ({max(present)}:{min(present)})")
    yield from _finding(
        config.missing_class, "class_missing", "{} classes are missing from a split.", missing
    )
    yield from _finding(
        "warning", "few_clips", f"{{}} classes have under {config.min_clips} clips.", few
    )
    yield from _finding(
        "warning", "few_children", f"{{}} splits have under {config.min_children} children.", lonely
    )
    yield from _finding(
        "warning", "imbalance", f"{{}} splits are over {config.max_imbalance:g}:1 uneven.", uneven
    )
