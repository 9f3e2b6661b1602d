"""API keys: a text of names and hashes.

One line per key, as ``vocalbaby-serve new-key NAME`` writes it::

    # name  hash of the key  [until=YYYY-MM-DD] [revoked]
    lab     sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

A key has 256 random bits, so its plain SHA-256 cannot be inverted. The last line has an end too:
without it, a file that is written only in part could lose the word ``revoked``.
"""

import datetime as dt
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from vocalbaby.exception import ConfigError
from vocalbaby.utils.regular_files import read_regular

__all__ = ["HINT", "MAX_BYTES", "Key", "add_key", "new_key", "read_file", "read_keys"]

#: Largest file of keys in bytes; it has more than 10,000 of them.
MAX_BYTES: Final = 2**20
#: How to make a file of keys.
HINT: Final = "Create lines with: vocalbaby-serve new-key NAME"

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")


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
        path = path.resolve()  # a link stays one
        with _locked(path.parent):
            text = read_file(path).decode("utf-8-sig") if path.exists() else ""
            text += "\n" * (not text.endswith("\n") and bool(text)) + line + "\n"
            read_keys(text, str(path))
            _replace(path, text)
    except (OSError, UnicodeDecodeError) as error:
        reason = f": {error.strerror}" if isinstance(error, OSError) else ""
        raise ConfigError(
            f"{path} cannot be written{reason}.", hint="Check its permissions."
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let two commands write one after the other, or one key would be lost."""
    if sys.platform == "win32":  # where a folder cannot be locked
        yield
        return
    from vocalbaby.utils.file_lock import lock_file  # noqa: PLC0415 - not for Windows

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock_file(descriptor)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    """Write a file such that a server reads the old or the new one, also after a power cut."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("x", encoding="utf-8") as file:
            beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def read_file(path: Path) -> bytes:
    """The bytes of a file of keys.

    Raises:
        OSError: It cannot be read, has more than `MAX_BYTES`, or is not a regular file.
    """
    return read_regular(path, limit=MAX_BYTES)


def read_keys(text: str, where: str) -> tuple[Key, ...]:
    """The keys of a file.

    Args:
        text: The content of the file.
        where: The name of the file in errors.

    Raises:
        ConfigError: A line is malformed or has no end, or a name or hash occurs twice.
    """
    keys: list[Key] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.partition("#")[0].split()
        if words:
            keys.append(_read_line(words, f"{where}, line {number}"))
    if text and not text.endswith("\n"):
        raise ConfigError(
            f"{where} may not be complete: its last line has no end.",
            hint="End the last line with a newline.",
        )
    for what, values in (("name", [k.name for k in keys]), ("hash", [k.digest for k in keys])):
        if len(set(values)) != len(values):
            raise ConfigError(f"{where} has the same {what} twice.", hint="Remove one of them.")
    return tuple(keys)


def _read_line(words: list[str], where: str) -> Key:
    hashed = _HASH.fullmatch(words[1]) if len(words) > 1 else None
    if hashed is None or not _NAME.fullmatch(words[0]):
        raise ConfigError(f"{where} is not a name and a hash.", hint=HINT)
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
