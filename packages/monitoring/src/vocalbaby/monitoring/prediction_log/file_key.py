"""Keys of the files of the log: ``<model version>/<hour>/<writer>-<number>``."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

__all__ = ["FINISHED", "OPEN", "LogFileKey", "hour_of", "parse", "version_folder"]

#: Suffix of a file that is being written, or whose writer was killed.
OPEN: Final = ".part"
#: Suffix of a finished file; the registered suffix of an Arrow IPC stream.
FINISHED: Final = ".arrows"

_HOUR: Final = "%Y-%m-%dT%H"
_KEY: Final = re.compile(
    r"(?P<version>[^/]+)/(?P<hour>\d{4}-\d\d-\d\dT\d\d)/(?P<name>[0-9a-f]{16}-\d{6,})"
    r"(?P<suffix>\.part|\.arrows)"
)
_LONGEST: Final = 200


class LogFileKey(NamedTuple):
    """Key of a file of the log in parts.

    Attributes:
        version: Folder of the model version, see `version_folder`.
        hour: Folder of the hour, UTC.
        name: Name of the file without suffix: writer and number.
        suffix: `OPEN` or `FINISHED`.
    """

    version: str
    hour: str
    name: str
    suffix: str

    @property
    def key(self) -> str:
        """Path of the file in the folder of the log, and its key in the store."""
        return f"{self.version}/{self.hour}/{self.name}{self.suffix}"

    @property
    def begins(self) -> datetime:
        """Start of the hour: no row of the file is older."""
        return datetime.strptime(self.hour, _HOUR).replace(tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """End of the hour: every row of the file is older."""
        return self.begins + timedelta(hours=1)


def parse(key: str) -> LogFileKey | None:
    """Parse a key, or return None if it is not the key of a file of the log."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    file_key = LogFileKey(**found.groupdict())
    try:
        file_key.begins  # noqa: B018 - raises if there is no such hour
    except ValueError:
        return None
    return file_key


def hour_of(time_ns: int) -> str:
    """Folder of the hour of a time."""
    return datetime.fromtimestamp(time_ns // 10**9, UTC).strftime(_HOUR)


def version_folder(version: str) -> str:
    """Folder of the rows of a model: its version, encoded to be valid as a folder and in S3.

    Other bytes than letters, digits and ``_.+-`` are written as ``=2F``. A long name is cut and
    ends in its hash.
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
