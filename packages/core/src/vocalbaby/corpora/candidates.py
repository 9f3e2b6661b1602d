"""Validation of the rows of a corpus: accepted records, and rejections with a reason."""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vocalbaby.audio import decode, listing, read_file
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import COPY_KEY, SPLITS, ClipRecord, Manifest, Rejection
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError

__all__ = ["MAX_AGE_MONTHS", "Candidate", "collect", "deduplicate"]

#: Higher ages are considered wrong; the oldest child of BabbleCor is 36 months old.
MAX_AGE_MONTHS: Final = 72

#: Cells with these texts count as empty.
UNKNOWN: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "unknown", "?"})

GENDERS: Final = {"m": "M", "male": "M", "f": "F", "female": "F"}

LABELS: Final = {label.casefold(): label for label in CLASSES}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of a corpus before validation; cells are text as in the corpus.

    Attributes:
        row: Position of the row, for the messages of rejections.
        clip_ID: Identifier of the clip.
        child_ID: Identifier of the child or of the source recording.
        Answer: Label.
        corpus: Name of the corpus.
        age: Age in months.
        gender: Gender.
        split: Split.
        path: Audio file.
        root: Folder that must contain the audio file.
        rejected: Code and reason if the adapter has rejected the row.
    """

    row: str
    clip_ID: str  # noqa: N815 - BabbleCor's column names
    child_ID: str  # noqa: N815
    Answer: str
    corpus: str
    path: Path
    root: Path
    age: str = ""
    gender: str = ""
    split: str = ""
    rejected: tuple[str, str] | None = None


class _RejectedError(Exception):
    """The reason for which a row becomes a `Rejection`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def collect(
    candidates: Iterable[Candidate], *, progress: ProgressCallback | None = None
) -> Manifest:
    """Check every row and every audio file.

    Args:
        candidates: Rows of a corpus, in order.
        progress: Called with (rows done, rows in all) after each row.

    Returns:
        Accepted records and rejections, together as many as the candidates. A rejection
        gives the first problem found. Of clips with the same identifier or the same
        audio, the first is kept.
    """
    rows = list(candidates)
    accepted: list[tuple[str, ClipRecord]] = []
    rejections: list[Rejection] = []
    for done, row in enumerate(rows, start=1):
        try:
            accepted.append((row.row, _record(row)))
        except _RejectedError as rejected:
            rejections.append(Rejection(row.row, row.clip_ID, rejected.code, rejected.reason))
        if progress is not None:
            progress(done, len(rows))
    unique, duplicates = deduplicate(accepted)
    return Manifest(unique, (*rejections, *duplicates))


def deduplicate(
    rows: Iterable[tuple[str, ClipRecord]],
) -> tuple[tuple[ClipRecord, ...], tuple[Rejection, ...]]:
    """Keep the first of the clips that share their identifier or their audio.

    Args:
        rows: Position (for messages) and record of each clip.

    Returns:
        The records that are kept, in order, and a rejection for each of the others.
    """
    by_key: dict[str, ClipRecord] = {}
    by_audio: dict[str, ClipRecord] = {}
    rejections: list[Rejection] = []
    for row, record in rows:
        original = by_audio.get(record.sha256)
        if record.clip_ID in by_key:
            code, reason = "duplicate_clip_id", "another row has the same clip_ID"
        elif original is not None:
            labels = (
                "" if original.Answer == record.Answer else f", there labelled {original.Answer}"
            )
            code, reason = "duplicate_audio", f"the same audio as {original.clip_ID}{labels}"
        else:
            by_key[record.clip_ID] = by_audio[record.sha256] = record
            continue
        rejections.append(Rejection(row, record.clip_ID, code, reason))
    return tuple(by_key.values()), tuple(rejections)


def _record(row: Candidate) -> ClipRecord:
    if row.rejected is not None:
        raise _RejectedError(*row.rejected)
    if not row.clip_ID:
        raise _RejectedError("clip_id_missing", "the clip_ID cell is empty")
    if re.search(COPY_KEY, row.clip_ID):
        raise _RejectedError(
            "clip_id_invalid", "a trailing # and number are reserved for augmented copies"
        )
    if row.child_ID.casefold() in UNKNOWN:
        raise _RejectedError("child_missing", f"{row.child_ID!r} is not the name of a child")
    try:
        f"{row.child_ID}{row.path}".encode()
    except UnicodeEncodeError:
        raise _RejectedError("name_invalid", "the file's name is not UTF-8") from None
    answer = _label(row.Answer)
    age, gender, split = _age(row.age), _gender(row.gender), _split(row.split)
    try:
        data = _read(row)
        clip = decode(data, name=row.path.name)
    except AudioError as error:
        raise _RejectedError(error.code, error.message) from None
    return ClipRecord(
        clip_ID=row.clip_ID,
        child_ID=row.child_ID,
        Answer=answer,
        corpus=row.corpus,
        age_mo_round=age,
        child_gender=gender,
        path=str(row.path),
        split=split,
        duration_s=clip.duration_s,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _read(row: Candidate) -> bytes:
    # Checked by name only, since DVC links files to its cache.
    if not Path(os.path.normpath(row.path)).is_relative_to(os.path.normpath(row.root)):
        raise _RejectedError("path_outside", f"{row.path} leaves the folder {row.root}")
    file = listing.look_at(str(row.path))
    if file.lost:
        raise _RejectedError(file.reason, f"{file.message} {file.hint}".strip())
    try:
        return read_file(row.path)
    except FileNotFoundError:
        raise _RejectedError("file_missing", f"there is no {row.path}") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _RejectedError("file_unreadable", f"{row.path}: {error}") from None


def _label(text: str) -> str:
    if text.strip().casefold() in UNKNOWN:
        raise _RejectedError("label_missing", "the clip has no label")
    label = LABELS.get(text.strip().casefold())
    if label is None:
        raise _RejectedError("label_unknown", f"{text!r} is not one of {', '.join(CLASSES)}")
    return label


def _age(text: str) -> int | None:
    if text.strip().casefold() in UNKNOWN:
        return None
    try:
        age = float(text)
    except ValueError:
        raise _RejectedError("age_invalid", f"age {text!r} is not a number of months") from None
    if not 0 <= age <= MAX_AGE_MONTHS:
        raise _RejectedError(
            "age_invalid", f"age {text} is not within 0 to {MAX_AGE_MONTHS} months"
        )
    return round(age)


def _gender(text: str) -> str:
    if text.strip().casefold() in UNKNOWN:
        return ""
    gender = GENDERS.get(text.strip().casefold())
    if gender is None:
        raise _RejectedError("gender_invalid", f"gender {text!r} is not M, F or empty")
    return gender


def _split(text: str) -> str:
    split = text.strip().casefold()
    if split and split not in SPLITS:
        raise _RejectedError(
            "split_unknown", f"{text!r} is not one of {', '.join(SPLITS)} or empty"
        )
    return split
