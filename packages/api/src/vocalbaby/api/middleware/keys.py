"""API keys: a file of names and hashes that is read again when it changes.

One line per key, as ``vocalbaby-serve new-key NAME`` writes it::

    # name  hash of the key  [until=YYYY-MM-DD] [revoked]
    lab     sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

A key has 256 random bits, so its plain SHA-256 cannot be inverted.
"""

import datetime as dt
import hashlib
import hmac
import logging
import re
import secrets
import time
from pathlib import Path
from typing import Final, NamedTuple

from vocalbaby.exception import ConfigError, KeyRefusedError, KeyRequiredError

__all__ = ["Key", "KeyFile", "add_key", "new_key", "read_keys"]

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")
#: How often the file is checked for changes.
_POLL_SECONDS: Final = 1.0
_HINT: Final = "Create lines with: vocalbaby-serve new-key NAME"

_log = logging.getLogger(__name__)


class Key(NamedTuple):
    """One key.

    Attributes:
        name: Name of the client; appears in logs.
        digest: SHA-256 of the key.
        until: Last day on which it is valid (UTC); None if it does not expire.
        revoked: Whether it is refused.
    """

    name: str
    digest: bytes
    until: dt.date | None = None
    revoked: bool = False


def new_key(name: str) -> tuple[str, str]:
    """A new key, and the line of the file that belongs to it.

    Raises:
        ConfigError: The name has characters other than letters, digits and ``._-``.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is not a name for a key.", hint="Use up to 64 letters, digits and ._-"
        )
    key = f"vb_{secrets.token_urlsafe(32)}"
    return key, f"{name} sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def add_key(path: Path, line: str) -> None:
    """Append a line to a file of keys; a new file is readable only by its owner.

    Raises:
        ConfigError: The file is malformed, already has the name, or cannot be written.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        text += "\n" * (not text.endswith("\n") and bool(text)) + line + "\n"
        read_keys(text, str(path))
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        beside.touch(mode=0o600)
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)  # atomic: a server reads the old or the new file
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be written.", hint="Check its permissions.") from error


def read_keys(text: str, where: str) -> tuple[Key, ...]:
    """The keys of a file.

    Args:
        text: The content of the file.
        where: The name of the file in errors.

    Raises:
        ConfigError: A line is malformed, or a name or hash occurs twice.
    """
    keys: list[Key] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            keys.append(_read_line(words, f"{where}, line {number}"))
    for what, values in (("name", [k.name for k in keys]), ("hash", [k.digest for k in keys])):
        if len(set(values)) != len(values):
            raise ConfigError(f"{where} has the same {what} twice.", hint="Remove one of them.")
    return tuple(keys)


def _read_line(words: list[str], where: str) -> Key:
    hashed = _HASH.fullmatch(words[1]) if len(words) > 1 else None
    if hashed is None or not _NAME.fullmatch(words[0]):
        raise ConfigError(f"{where} is not a name and a hash.", hint=_HINT)
    key = Key(words[0], bytes.fromhex(hashed[1]))
    for word in words[2:]:
        if word == "revoked":
            key = key._replace(revoked=True)
            continue
        try:
            key = key._replace(until=dt.date.fromisoformat(word.removeprefix("until=")))
        except ValueError as error:
            raise ConfigError(
                f"{where} has {word!r} after the hash.", hint="Use until=YYYY-MM-DD or revoked."
            ) from error
    return key


class KeyFile:
    """The current keys of a file.

    A change takes effect within a second. While the file is missing or malformed, an error is
    logged and the previous keys stay valid.

    Args:
        path: The file.

    Raises:
        ConfigError: It cannot be read, is malformed, or has no valid key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        self._keys = self._read()
        self._polled_at = time.monotonic()
        if not any(map(_is_valid, self._keys)):
            raise ConfigError(f"{path} holds no valid key.", hint=_HINT)

    def check(self, given: bytes | None) -> str:
        """The name of the client that a key belongs to.

        Raises:
            KeyRequiredError: No key is given, or one that is not in the file.
            KeyRefusedError: It was revoked, or its last day has passed.
        """
        self._poll()
        if given is None:
            raise KeyRequiredError("The request has no key.", hint=_SEND)
        digest = hashlib.sha256(given).digest()
        found: Key | None = None
        for key in self._keys:  # compare all of them, so that the time reveals nothing
            if hmac.compare_digest(key.digest, digest):
                found = key
        if found is None:
            raise KeyRequiredError("The service does not know the key.", hint=_SEND)
        if not _is_valid(found):
            how = "was revoked" if found.revoked else "has expired"
            raise KeyRefusedError(f"The key {found.name!r} {how}.", hint="Ask for a new one.")
        return found.name

    def _poll(self) -> None:
        now = time.monotonic()
        if now - self._polled_at < _POLL_SECONDS:
            return
        self._polled_at = now
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            self._keys = self._read()
        except ConfigError as error:
            _log.error("the API keys are not updated: %s", error)
        else:
            _log.info("%d API keys have been read", len(self._keys))

    def _stamp(self) -> tuple[int, int, int]:
        """A value that changes with the file, or when a link points to another file."""
        try:
            stat = self._path.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> tuple[Key, ...]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error
        return read_keys(text, str(self._path))

    def _unreadable(self, error: OSError | UnicodeDecodeError) -> ConfigError:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return ConfigError(f"The keys in {self._path} cannot be read: {why}.", hint=_HINT)


_SEND: Final = "Send it as the header: Authorization: Bearer KEY"


def _is_valid(key: Key) -> bool:
    today = dt.datetime.now(dt.UTC).date()
    return not key.revoked and (key.until is None or today <= key.until)
