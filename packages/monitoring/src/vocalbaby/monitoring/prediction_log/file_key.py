"""Where a file of the log stands: ``<model version>/<hour>/<writer>-<n>``."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

__all__ = ["FINISHED", "OPEN", "LogFileKey", "hour_of", "parse", "version_folder"]

#: Ending of a file that is being written, or whose writer was killed.
OPEN: Final = ".part"
#: Ending of a file that will not change: an Arrow IPC stream, as its ending is registered.
FINISHED: Final = ".arrows"

_HOUR: Final = "%Y-%m-%dT%H"
_KEY: Final = re.compile(
    r"(?P<version>[^/]+)/(?P<hour>\d{4}-\d\d-\d\dT\d\d)/(?P<name>[0-9a-f]{16}-\d{6,})"
    r"(?P<ending>\.part|\.arrows)"
)
_LONGEST: Final = 200


class LogFileKey(NamedTuple):
    """A file of the log by the parts of its path.

    Attributes:
        version: Folder of the model version, see :func:`version_folder`.
        hour: Folder of the hour, UTC.
        name: Of the writer and the file, without ending.
        ending: :data:`OPEN` or :data:`FINISHED`.
    """

    version: str
    hour: str
    name: str
    ending: str

    @property
    def key(self) -> str:
        """Its path in the log's folder, and its key where it is shipped to."""
        return f"{self.version}/{self.hour}/{self.name}{self.ending}"

    @property
    def begins(self) -> datetime:
        """No row of the file is older."""
        return datetime.strptime(self.hour, _HOUR).replace(tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """Every row of the file is older."""
        return self.begins + timedelta(hours=1)


def parse(key: str) -> LogFileKey | None:
    """The place of a file, or None if it is not one of the log."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    place = LogFileKey(**found.groupdict())
    try:
        place.begins  # noqa: B018 - raises where there is no such hour
    except ValueError:
        return None
    return place


def hour_of(time_ns: int) -> str:
    """Folder of the rows of this time."""
    return datetime.fromtimestamp(time_ns // 10**9, UTC).strftime(_HOUR)


def version_folder(version: str) -> str:
    """Folder of a model's rows: its version, where that can be a folder and a key of S3.

    Other bytes are written ``=2F``; a name that is too long ends in its hash instead.
    """
    text = "".join(
        chr(byte) if chr(byte).isascii() and re.match(r"[\w.+-]", chr(byte)) else f"={byte:02X}"
        for byte in version.encode()
    )
    if text.startswith("."):
        text = f"=2E{text[1:]}"
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 33]}={hashlib.sha256(version.encode()).hexdigest()[:32]}"
    return text or "="
