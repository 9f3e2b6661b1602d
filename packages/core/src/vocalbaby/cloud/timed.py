"""Storage whose every call ends within a time."""

from collections.abc import Callable
from typing import TypeVar

from vocalbaby.cloud.storage import MAX_BYTES, Storage, Stored
from vocalbaby.exception import StorageError
from vocalbaby.utils.time_limit import TimeLimit

__all__ = ["TimedStorage"]

Result = TypeVar("Result")


class TimedStorage:
    """Storage, as `vocalbaby.cloud.storage.Storage` describes it, with a time limit.

    A call that takes longer raises StorageError. Whether it has written its object is then not
    known.

    Args:
        storage: A folder or a bucket.
        seconds: Most time for a call.

    Examples:
        >>> from pathlib import Path
        >>> from vocalbaby.cloud.folder import FolderStorage
        >>> storage = TimedStorage(FolderStorage(Path("models")), 60.0)
        >>> storage.put_if_absent("a.txt", b"text"), storage.exists("a.txt")
        (True, True)
    """

    def __init__(self, storage: Storage, seconds: float) -> None:
        self._storage = storage
        self._limit = TimeLimit(seconds)

    def __str__(self) -> str:
        return str(self._storage)

    def get(self, key: str, *, max_bytes: int = MAX_BYTES) -> Stored | None:
        """Return an object, or None when there is none.

        Args:
            key: Key of the object.
            max_bytes: Refuse a larger one, without reading more than this.
        """
        return self._call(lambda: self._storage.get(key, max_bytes=max_bytes))

    def exists(self, key: str) -> bool:
        """Whether there is an object.

        Args:
            key: Key of the object.
        """
        return self._call(lambda: self._storage.exists(key))

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet.

        Args:
            key: Key of the object.
            data: Its bytes.

        Returns:
            True if it was written.
        """
        return self._call(lambda: self._storage.put_if_absent(key, data))

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, or write a new one.

        Args:
            key: Key of the object.
            data: The new bytes.
            tag: Write only if the object still has this tag.

        Returns:
            False if the object was changed or removed since ``tag``; nothing is written.
        """
        return self._call(lambda: self._storage.replace(key, data, tag=tag))

    def delete(self, key: str) -> None:
        """Remove an object, if there is one.

        Args:
            key: Key of the object.
        """
        self._call(lambda: self._storage.delete(key))

    def list(self, prefix: str = "") -> list[str]:
        """Return all keys that begin with a prefix, sorted.

        Args:
            prefix: Begin of the keys; empty for all.
        """
        return self._call(lambda: self._storage.list(prefix))

    def _call(self, function: Callable[[], Result]) -> Result:
        try:
            return self._limit.call(function)
        except OSError as error:  # not of the storage, whose errors are StorageError
            raise StorageError(
                f"{self._storage} cannot be used: {error}.",
                hint="Check its mount or network, or allow more time.",
            ) from error
