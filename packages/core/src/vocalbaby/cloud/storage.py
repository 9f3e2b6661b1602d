"""Storage of small objects under keys, in a folder or in S3."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from vocalbaby.exception import StorageError

__all__ = ["Storage", "Stored", "TooLargeError", "check_key", "check_size"]

_KEY: Final = re.compile(r"[A-Za-z0-9_=+-][A-Za-z0-9._=+-]*(/[A-Za-z0-9_=+-][A-Za-z0-9._=+-]*)*")


class TooLargeError(StorageError):
    """An object with more bytes than its reader allows."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The contents of an object.

    Attributes:
        data: Its bytes.
        tag: Changes with the bytes; see :meth:`Storage.replace`.
    """

    data: bytes
    tag: str


class Storage(Protocol):
    """Objects under keys such as ``models/x-1/bundle.zip``.

    Every method raises StorageError when the storage does not answer or refuses access, or
    when a key is not made of plain parts. A reader never sees half of an object.
    """

    def get(self, key: str, *, max_bytes: int | None = None) -> Stored | None:
        """Return the object, or None when there is none.

        Args:
            key: Key of the object.
            max_bytes: Refuse a larger one, without reading it.
        """

    def exists(self, key: str) -> bool:
        """Whether there is an object."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet; of several writers exactly one gets True."""

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
        """Remove an object, if there is one."""

    def list(self, prefix: str = "") -> list[str]:
        """Return all keys that begin with ``prefix``, sorted."""


def check_key(key: str) -> str:
    """Return the key if it cannot leave the storage.

    Raises:
        StorageError: It is empty, absolute, contains ``..`` or unusual characters.
    """
    if not _KEY.fullmatch(key):
        raise StorageError(
            f"{key!r} is not a storage key.", hint="Use parts of letters, digits and . _ = + -."
        )
    return key


def check_size(key: str, size: int, max_bytes: int | None) -> None:
    """Refuse an object that is larger than allowed.

    Raises:
        TooLargeError: It has more than ``max_bytes`` bytes.
    """
    if max_bytes is not None and size > max_bytes:
        raise TooLargeError(f"{key} has {size} bytes; at most {max_bytes} are read.")
