"""Validation of the rows of a corpus: accepted records, and rejections with a reason."""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from vocalbaby.audio import SUFFIXES, decode, listing, read_file
from vocalbaby.corpora.file_names import FileNames
from vocalbaby.entity.identity import ClipKey
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import COPY_KEY, SPLITS, ClipRecord, Manifest, Note, Rejection
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import AudioError

__all__ = ["MAX_AGE_MONTHS", "OTHER_LABEL", "Candidate", "collect", "deduplicate"]

#: Higher ages are considered wrong; the oldest child of BabbleCor is 36 months old.
MAX_AGE_MONTHS: Final = 72

#: In the reason of a ``duplicate_audio`` whose label contradicts that of the clip that is kept.
OTHER_LABEL: Final = ", there labelled "

#: Cells with these texts count as empty.
UNKNOWN: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "unknown", "?"})

GENDERS: Final = {"m": "M", "male": "M", "f": "F", "female": "F"}

#: Other names of the splits.
_SPLIT_NAMES: Final = {
    **{name: name for name in SPLITS},
    "training": "train",
    **dict.fromkeys(("dev", "development", "val", "valid", "validation"), "devel"),
    **dict.fromkeys(("testing", "eval", "evaluation"), "test"),
}

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

    Examples:
        >>> Candidate("line 2", "a", "c1", "Crying", "Mine", Path("a.wav"), Path()).age
        ''
    """

    row: str
    clip_ID: str  # noqa: N815 - BabbleCor's column - BabbleCor's column names
    child_ID: str  # noqa: N815 - BabbleCor's column
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
        Accepted records and rejections, together as many as the candidates, and notes. A
        rejection gives the first problem found. Of clips with the same identifier or the same
        audio, the first is kept. An age or gender that cannot be used is left out, with a note.

    Examples:
        >>> row = Candidate("line 2", "a", "c1", "Crying", "Mine", Path("a.wav"), Path())
        >>> [(each.row, each.code) for each in collect([row]).rejections]
        [('line 2', 'file_missing')]
    """
    rows = list(candidates)
    names = FileNames()
    accepted: list[tuple[str, ClipRecord]] = []
    rejections: list[Rejection] = []
    notes: list[Note] = []
    for done, row in enumerate(rows, start=1):
        try:
            record, remarks = _record(row, names)
            accepted.append((row.row, record))
            notes += [Note(row.row, row.clip_ID, *remark) for remark in remarks]
        except _RejectedError as rejected:
            rejections.append(Rejection(row.row, row.clip_ID, rejected.code, rejected.reason))
        if progress is not None:
            progress(done, len(rows))
    unique, duplicates = deduplicate(accepted)
    dropped = {rejection.row for rejection in duplicates}
    kept = tuple(note for note in notes if note.row not in dropped)
    return Manifest(unique, (*rejections, *duplicates), kept)


def deduplicate(
    rows: Iterable[tuple[str, ClipRecord]],
) -> tuple[tuple[ClipRecord, ...], tuple[Rejection, ...]]:
    """Keep the first of the clips that share their identifier or their audio.

    An identifier counts within its corpus; see `vocalbaby.entity.identity`.

    Args:
        rows: Position (for messages) and record of each clip.

    Returns:
        The records that are kept, in order, and a rejection for each of the others.

    Examples:
        >>> record = ClipRecord(
        ...     clip_ID="a.wav", child_ID="c1", Answer="Junk", corpus="Mine", age_mo_round=None,
        ...     child_gender="", path="a.wav", split="", duration_s=0.5, sha256="0" * 64,
        ... )
        >>> kept, refused = deduplicate([("line 2", record), ("line 3", record)])
        >>> len(kept), refused[0].row, refused[0].code
        (1, 'line 3', 'duplicate_clip_id')
    """
    by_key: dict[ClipKey, ClipRecord] = {}
    by_audio: dict[str, ClipRecord] = {}
    rejections: list[Rejection] = []
    for row, record in rows:
        original = by_audio.get(record.sha256)
        if (first := by_key.get(record.key)) is not None:
            code, reason = "duplicate_clip_id", "another row has the same clip_ID"
            if first.sha256 != record.sha256:
                reason += (
                    f", but other audio ({first.path}); rename one of them, or give corpora that "
                    "use the same IDs different names (`corpus`)"
                )
        elif original is not None:
            labels = "" if original.Answer == record.Answer else f"{OTHER_LABEL}{original.Answer}"
            code, reason = "duplicate_audio", f"the same audio as {original.clip_ID}{labels}"
        else:
            by_key[record.key] = by_audio[record.sha256] = record
            continue
        rejections.append(Rejection(row, record.clip_ID, code, reason))
    return tuple(by_key.values()), tuple(rejections)


def _record(row: Candidate, names: FileNames) -> tuple[ClipRecord, list[tuple[str, str]]]:
    """Check a row; return its record, and the code and message of each note."""
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
    answer, split = _label(row.Answer), _split(row.split)
    age, age_problem = _age(row.age)
    gender, gender_problem = _gender(row.gender)
    path, path_problem = _find(row, names)
    try:
        data = _read(path)
        clip = decode(data, name=path.name)
    except AudioError as error:
        raise _RejectedError(error.code, error.message) from None
    problems = {
        "age_invalid": age_problem,
        "gender_invalid": gender_problem,
        "file_name_differs": path_problem,
    }
    record = ClipRecord(
        clip_ID=row.clip_ID,
        child_ID=row.child_ID,
        Answer=answer,
        corpus=row.corpus,
        age_mo_round=age,
        child_gender=gender,
        path=str(path),
        split=split,
        duration_s=clip.duration_s,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return record, [(code, message) for code, message in problems.items() if message]


def _find(row: Candidate, names: FileNames) -> tuple[Path, str]:
    """Find the file of a row; return its path, and a remark if its name is written differently."""
    # Checked by name only, since DVC links files to its cache.
    if not Path(os.path.normpath(row.path)).is_relative_to(os.path.normpath(row.root)):
        raise _RejectedError("path_outside", f"{row.path} leaves the folder {row.root}")
    if os.path.lexists(row.path):
        return row.path, ""
    found = names.like(row.path, row.root)
    if not found and PurePath(row.clip_ID).suffix.lower() not in SUFFIXES:  # .wav is assumed
        others = [row.path.with_suffix(suffix) for suffix in SUFFIXES]
        found = [path for other in others for path in names.like(other, row.root)]
    if len(found) > 1:
        listed = ", ".join(sorted(path.name for path in found))
        raise _RejectedError(
            "file_ambiguous",
            f"there is no {row.path}, and several files are named like it: {listed}",
        )
    if not found:
        return row.path, ""
    return found[0], f"the file is named {str(found[0].relative_to(row.root))!a}"


def _read(path: Path) -> bytes:
    file = listing.look_at(str(path))
    if file.lost:
        raise _RejectedError(file.reason, f"{file.message} {file.hint}".strip())
    try:
        return read_file(path)
    except FileNotFoundError:
        raise _RejectedError("file_missing", f"there is no {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _RejectedError("file_unreadable", f"{path}: {error}") from None


def _label(text: str) -> str:
    if text.strip().casefold() in UNKNOWN:
        raise _RejectedError("label_missing", "the clip has no label")
    label = LABELS.get(text.strip().casefold())
    if label is None:
        raise _RejectedError("label_unknown", f"{text!r} is not one of {', '.join(CLASSES)}")
    return label


def _age(text: str) -> tuple[int | None, str]:
    """Return the age, and the problem for which it is None although the cell is not empty."""
    if text.strip().casefold() in UNKNOWN:
        return None, ""
    try:
        age = float(re.sub(r"^(\s*\d+),(\d{1,2}\s*)$", r"\1.\2", text))
    except ValueError:
        return None, f"age {text!r} is not a number of months; the cell is left empty"
    if not 0 <= age <= MAX_AGE_MONTHS:
        return (
            None,
            f"age {text} is not within 0 to {MAX_AGE_MONTHS} months; the cell is left empty",
        )
    return round(age), ""


def _gender(text: str) -> tuple[str, str]:
    """Return the gender, and the problem for which it is empty although the cell is not."""
    if text.strip().casefold() in UNKNOWN:
        return "", ""
    gender = GENDERS.get(text.strip().casefold(), "")
    return gender, "" if gender else f"gender {text!r} is not M, F or empty; the cell is left empty"


def _split(text: str) -> str:
    name = text.strip().casefold()
    if name in UNKNOWN:
        return ""
    if name not in _SPLIT_NAMES:
        listed = ", ".join(_SPLIT_NAMES)
        raise _RejectedError("split_unknown", f"{text!r} is not one of {listed} or empty")
    return _SPLIT_NAMES[name]
