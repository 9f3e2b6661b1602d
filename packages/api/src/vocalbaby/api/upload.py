"""An uploaded file, and the hints for an upload that was sent to the wrong path."""

from dataclasses import dataclass
from typing import Final

__all__ = ["ARCHIVE_HINT", "MEMBER_MAGIC", "RECORDING_HINT", "Upload"]

#: The first bytes of a ZIP archive that has at least one member.
MEMBER_MAGIC: Final = b"PK\x03\x04"
#: Hints for an archive where a recording is expected, and vice versa.
ARCHIVE_HINT: Final = "Send an archive of recordings to /predict_zip."
RECORDING_HINT: Final = "Send a single recording to /predict; this path takes a whole ZIP archive."


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a request: its name as sent, never used as a path, and its bytes."""

    name: str
    data: bytes
