"""The clip manifest: the clips of a corpus, the refused rows with their reasons, and notes."""

from dataclasses import dataclass, fields
from typing import Final

from vocalbaby.entity.identity import ChildKey, ClipKey, child_key, clip_key

__all__ = ["COPY_KEY", "MANIFEST_COLUMNS", "SPLITS", "ClipRecord", "Manifest", "Note", "Rejection"]

#: End of the key of an augmented copy, ``<clip_ID>#<n>``; no clip_ID ends like that.
COPY_KEY: Final = r"#\d+$"

#: Names of the splits; no child is in more than one.
SPLITS: Final = ("train", "devel", "test")


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One clip; the field names are BabbleCor's columns where it has them.

    Attributes:
        clip_ID: Identifier of the clip, unique within the corpus.
        child_ID: Identifier of the child (or source recording) within the corpus: the group
            that splits never share.
        Answer: One of the five classes, or empty when unlabelled.
        corpus: Name of the corpus.
        age_mo_round: Age in months, rounded; None when unknown.
        child_gender: ``M``, ``F`` or empty when unknown.
        path: Audio file, relative to the manifest's folder, or absolute.
        split: ``train``, ``devel``, ``test`` or empty before splitting.
        duration_s: Length in seconds.
        sha256: Hash of the audio file's bytes.

    Examples:
        >>> record = ClipRecord(
        ...     clip_ID="a1.wav", child_ID="007", Answer="Crying", corpus="Mine", age_mo_round=9,
        ...     child_gender="F", path="a1.wav", split="train", duration_s=0.8, sha256="0" * 64,
        ... )
        >>> record.child, record.key
        (('mine', '7'), ('mine', 'a1.wav'))
    """

    clip_ID: str
    child_ID: str
    Answer: str
    corpus: str
    age_mo_round: int | None
    child_gender: str
    path: str
    split: str
    duration_s: float
    sha256: str

    @property
    def child(self) -> ChildKey:
        """What identifies the child among all corpora."""
        return child_key(self.corpus, self.child_ID)

    @property
    def key(self) -> ClipKey:
        """What identifies the clip among all corpora."""
        return clip_key(self.corpus, self.clip_ID)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was refused.

    Attributes:
        row: Where it stood: a metadata line number or a file name.
        clip_ID: The clip's key where there was one.
        code: Stable reason, e.g. ``file_missing`` or an audio error's code.
        reason: The same in a sentence.

    Examples:
        >>> Rejection("line 7", "a7.wav", "file_missing", "There is no file a7.wav.").code
        'file_missing'
    """

    row: str
    clip_ID: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a row that was accepted, or about a table.

    Attributes:
        row: Where it stood: a metadata line number or a file name.
        clip_ID: The clip's key where there was one.
        code: Stable name, e.g. ``age_invalid`` for a cell that is left empty.
        message: The same in a sentence.

    Examples:
        >>> Note("line 7", "a7.wav", "age_invalid", "The age 'x' is no number.").row
        'line 7'
    """

    row: str
    clip_ID: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Accepted and refused rows, together as many as there were rows in, and notes.

    Attributes:
        records: The clips that were accepted.
        rejections: The rows that were refused.
        notes: Remarks about accepted rows and about tables.

    Examples:
        >>> refused = Rejection("line 7", "a7.wav", "file_missing", "There is no file a7.wav.")
        >>> manifest = Manifest(records=(), rejections=(refused,))
        >>> [each.reason for each in manifest.rejections]
        ['There is no file a7.wav.']
    """

    records: tuple[ClipRecord, ...]
    rejections: tuple[Rejection, ...] = ()
    notes: tuple[Note, ...] = ()


#: Column order of ``manifest.csv``.
MANIFEST_COLUMNS: Final = tuple(f.name for f in fields(ClipRecord))
