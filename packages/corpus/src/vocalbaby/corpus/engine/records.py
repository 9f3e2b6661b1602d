"""The record of a recording: written last, it says that the recording is done, or why it failed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

__all__ = ["FORMAT", "DatasetFile", "Keys", "Record", "Source"]

#: Version of the format of records; records of another version are made again.
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Source:
    """What tells a recording from another one.

    Attributes:
        content: Checksum of its bytes: SHA-256 of a file, the entity tag of an object in S3.
        quick: What is known without reading all of it: size, time of modification and a
            checksum of parts of a file; size and entity tag of an object.

    Examples:
        >>> Source("sha256:ab", "12 bytes").content
        'sha256:ab'
    """

    content: str
    quick: str


@dataclass(frozen=True, slots=True)
class Keys:
    """Hashes of everything that the results depend on.

    Attributes:
        heard: The sound, the model, the settings of the segmentation, and the version of VocalBaby.
        segments: The same, and the metadata of the recording.
        figures: The same, and the settings of the figures.

    Examples:
        >>> Keys("a", "b", "c").figures
        'c'
    """

    heard: str = ""
    segments: str = ""
    figures: str = ""


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """A file of the dataset.

    Attributes:
        name: Its key in the dataset.
        sha256: Checksum of its bytes.
        size_bytes: Its size.

    Examples:
        >>> DatasetFile("segments/child=c07/day1.parquet", "ab", 12).size_bytes
        12
    """

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a recording.

    Attributes:
        recording_id: The recording.
        url: Where it was.
        corpus: Name of its corpus; may be empty.
        child_id: The child; None if not known.
        source: Identity of the recording; None if it could not be read.
        keys: Hashes of everything that the results depend on.
        made_from: Version of the model, hashes of settings, and version of VocalBaby.
        segments: File of its segments; None if it failed.
        figures: File of its figures; None if it failed.
        duration_s: Its length in seconds; None if it failed.
        counts: Segments by label.
        error: Code, message and hint of what was wrong; empty if it is done.
        notes: What a user should know.

    Examples:
        >>> record = Record("day1", "day1.wav", error={"code": "audio_empty", "message": "Empty."})
        >>> record.is_done, Record.from_json(record.to_json()) == record
        (False, True)
    """

    recording_id: str
    url: str
    corpus: str = ""
    child_id: str | None = None
    source: Source | None = None
    keys: Keys = field(default_factory=Keys)
    made_from: Mapping[str, str] = field(default_factory=dict)
    segments: DatasetFile | None = None
    figures: DatasetFile | None = None
    duration_s: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the recording has results."""
        return not self.error

    @property
    def files(self) -> tuple[DatasetFile, ...]:
        """The files of the results."""
        return tuple(each for each in (self.segments, self.figures) if each is not None)

    def to_json(self) -> bytes:
        """Return the content of the record's file, the same bytes for the same record."""
        values = {"format": FORMAT, **asdict(self), "notes": list(self.notes)}
        return (json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Record | None":
        """Read the content of a record's file.

        Args:
            data: The content.

        Returns:
            The record; None if it is damaged or of another format.
        """
        try:
            values: dict[str, Any] = json.loads(data)
            if values.pop("format") != FORMAT:
                return None
            for name, kind in (
                ("source", Source),
                ("segments", DatasetFile),
                ("figures", DatasetFile),
            ):
                values[name] = None if values[name] is None else kind(**values[name])
            values["keys"] = Keys(**values["keys"])
            values["notes"] = tuple(values["notes"])
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
