"""The recordings of an archive, and what is known of each before it is heard."""

from dataclasses import dataclass
from datetime import datetime

from vocalbaby.entity.timeline import Child

__all__ = ["Archive", "ArchiveRecording"]


@dataclass(frozen=True, slots=True)
class ArchiveRecording:
    """A recording of an archive, or a file that is not used as one.

    Attributes:
        recording_id: Its path below the folder of recordings, without suffix; no two are equal.
        url: Path of the file, or ``s3://bucket/key``.
        corpus: Name of the corpus; empty when not known.
        child: The child; None when not known.
        clock_start: Time of day at which it starts; None when not known.
        duration_hint_s: Length by the metadata in seconds, for plans only; None when not known.
        size_bytes: Size of the file; None when not known.
        its: LENA's file of the recording; None if there is none.
        reason: Stable code of why it is passed over or lost; empty if it is to be processed.
        lost: Whether the reason is an error, as for a listed file that is missing.
        message: The reason in a sentence.
        hint: What to do.
        notes: Cells of the metadata that cannot be used.

    Examples:
        >>> recording = ArchiveRecording("c07/day1", "recordings/raw/c07/day1.wav")
        >>> recording.is_used
        True
    """

    recording_id: str
    url: str
    corpus: str = ""
    child: Child | None = None
    clock_start: datetime | None = None
    duration_hint_s: float | None = None
    size_bytes: int | None = None
    its: str | None = None
    reason: str = ""
    lost: bool = False
    message: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Whether the recording is to be processed."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Archive:
    """The recordings of an archive.

    Attributes:
        url: The folder, or ``s3://bucket/prefix``.
        recordings: All recordings in the order of their names, and all files that are passed over.

    Examples:
        >>> archive = Archive("days", (ArchiveRecording("a", "days/a.wav"),))
        >>> [each.recording_id for each in archive.used]
        ['a']
    """

    url: str
    recordings: tuple[ArchiveRecording, ...]

    @property
    def used(self) -> tuple[ArchiveRecording, ...]:
        """Recordings that are to be processed."""
        return tuple(each for each in self.recordings if each.is_used)
