"""Storage of small objects under keys, in a folder or in S3."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from vocalbaby.exception import StorageError

__all__ = [
    "MAX_BYTES",
    "NotAnObjectError",
    "Storage",
    "Stored",
    "TooLargeError",
    "check_key",
    "check_size",
]

#: Most bytes of an object that are read, where a reader names no other limit.
MAX_BYTES: Final = 2**30
_KEY: Final = re.compile(
    r"[A-Za-z0-9_=+%-][A-Za-z0-9._=+%-]*(/[A-Za-z0-9_=+%-][A-Za-z0-9._=+%-]*)*"
)


class TooLargeError(StorageError):
    """An object with more bytes than its reader allows.

    Examples:
        >>> from vocalbaby.cloud.opening import open_storage
        >>> storage = open_storage("models")
        >>> storage.put_if_absent("notes.txt", b"text")
        True
        >>> storage.get("notes.txt", max_bytes=3)
        Traceback (most recent call last):
        vocalbaby.cloud.storage.TooLargeError: notes.txt in models has more than 3 bytes.
    """


class NotAnObjectError(StorageError):
    """What is stored under a key is no object: a FIFO, a device, a socket.

    Examples:
        >>> from vocalbaby.cloud.opening import open_storage
        >>> open_storage("/dev").get("null")
        Traceback (most recent call last):
        vocalbaby.cloud.storage.NotAnObjectError: null in /dev is not a regular file.
    """


@dataclass(frozen=True, slots=True)
class Stored:
    """The contents of an object.

    Attributes:
        data: Its bytes.
        tag: Changes with the bytes; `Storage.replace` compares it.

    Examples:
        >>> Stored(b"text", "1").data
        b'text'
    """

    data: bytes
    tag: str


class Storage(Protocol):
    """Objects under keys such as ``models/x-1/bundle.zip``.

    Every method raises StorageError when the storage does not answer or refuses access, or
    when a key is not made of plain parts. A reader never sees half of an object.

    Examples:
        >>> from vocalbaby.cloud.opening import open_storage
        >>> storage = open_storage("models")
        >>> storage.put_if_absent("a.txt", b"one"), storage.put_if_absent("a.txt", b"two")
        (True, False)
        >>> old = storage.get("a.txt")
        >>> storage.replace("a.txt", b"three", tag=old.tag), storage.get("a.txt").data
        (True, b'three')
    """

    def get(self, key: str, *, max_bytes: int = MAX_BYTES) -> Stored | None:
        """Return an object, or None when there is none.

        Args:
            key: Key of the object.
            max_bytes: Refuse a larger one, without reading more than this.
        """

    def exists(self, key: str) -> bool:
        """Whether there is an object.

        Args:
            key: Key of the object.
        """

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet.

        Args:
            key: Key of the object.
            data: Its bytes.

        Returns:
            True if it was written: of several writers exactly one gets True.
        """

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, or write a new one.

        Args:
            key: Key of the object.
            data: The new bytes.
            tag: Write only if the object still has this tag.

        Returns:
            False if the object was changed or removed since ``tag``; nothing is written.
        """

    def delete(self, key: str) -> None:
        """Remove an object, if there is one.

        Args:
            key: Key of the object.
        """

    def list(self, prefix: str = "") -> list[str]:
        """Return all keys that begin with a prefix, sorted.

        Args:
            prefix: Begin of the keys; empty for all.
        """


def check_key(key: str) -> str:
    """Return the key if it cannot leave the storage.

    Args:
        key: A key that somebody named.

    Raises:
        StorageError: It is empty, absolute, contains ``..`` or unusual characters.

    Examples:
        >>> check_key("models/x-1/bundle.zip")
        'models/x-1/bundle.zip'
        >>> check_key("../x")
        Traceback (most recent call last):
        vocalbaby.exception.StorageError: '../x' is not a storage key. Use parts of letters, ...
    """
    if not _KEY.fullmatch(key):
        raise StorageError(
            f"{key!r} is not a storage key.", hint="Use parts of letters, digits and . _ = + % -."
        )
    return key


def check_size(where: str, size: int, max_bytes: int) -> None:
    """Refuse an object that is larger than allowed.

    Args:
        where: What to call the object in the message.
        size: Its size in bytes.
        max_bytes: Largest size.

    Raises:
        TooLargeError: It has more than ``max_bytes`` bytes.

    Examples:
        >>> check_size("a.txt", 4, 4)
        >>> check_size("a.txt", 4, 3)
        Traceback (most recent call last):
        vocalbaby.cloud.storage.TooLargeError: a.txt has more than 3 bytes.
    """
    if size > max_bytes:
        raise TooLargeError(f"{where} has more than {max_bytes} bytes.")
