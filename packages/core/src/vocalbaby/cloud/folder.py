"""Storage in a folder, also when several processes share it."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vocalbaby.cloud.storage import MAX_BYTES, NotAnObjectError, Stored, TooLargeError, check_key
from vocalbaby.exception import StorageError
from vocalbaby.utils.file_lock import lock_file
from vocalbaby.utils.regular_files import LargeFileError, NotRegularError, read_regular

__all__ = ["FolderStorage"]


class FolderStorage:
    """Storage in a folder, as `vocalbaby.cloud.storage.Storage` describes it.

    Args:
        root: The folder; it is created by the first write.

    Examples:
        >>> storage = FolderStorage(Path("models"))
        >>> storage.exists("a.txt"), storage.replace("a.txt", b"text"), storage.exists("a.txt")
        (False, True, True)
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def get(self, key: str, *, max_bytes: int = MAX_BYTES) -> Stored | None:
        """Return an object, or None when there is none.

        Args:
            key: Key of the object.
            max_bytes: Refuse a larger one, without reading it.

        Raises:
            NotAnObjectError: It is a FIFO, a device or a socket.
            TooLargeError: It has more than ``max_bytes`` bytes.
        """
        with self._reported():
            try:
                data = read_regular(self._path(key), limit=max_bytes)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
            except NotRegularError as error:
                raise NotAnObjectError(f"{key} in {self} is not a regular file.") from error
            except LargeFileError as error:
                raise TooLargeError(f"{key} in {self} has more than {max_bytes} bytes.") from error
        return Stored(data, _tag(data))

    def exists(self, key: str) -> bool:
        """Whether there is an object.

        Args:
            key: Key of the object.
        """
        with self._reported():
            return self._path(key).is_file()

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet.

        Args:
            key: Key of the object.
            data: Its bytes.

        Returns:
            True if it was written.
        """
        with self._reported(), self._written(key, data) as scratch:
            try:
                self._path(key).hardlink_to(scratch)
            except FileExistsError:
                return False
        return True

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, or write a new one.

        Args:
            key: Key of the object.
            data: The new bytes.
            tag: Write only if the object still has this tag.

        Returns:
            False if the object was changed or removed since ``tag``; nothing is written.
        """
        with self._reported(), self._written(key, data) as scratch, self._locked():
            if tag is not None:
                old = self.get(key)
                if old is None or old.tag != tag:
                    return False
            scratch.replace(self._path(key))
        return True

    def delete(self, key: str) -> None:
        """Remove an object, and folders that it leaves empty.

        Args:
            key: Key of the object.
        """
        path = self._path(key)
        with self._reported(), suppress(NotADirectoryError):
            path.unlink(missing_ok=True)
        for folder in path.parents[: key.count("/")]:
            with suppress(OSError):
                folder.rmdir()

    def list(self, prefix: str = "") -> list[str]:
        """Return all keys that begin with a prefix, sorted.

        Args:
            prefix: Begin of the keys; empty for all.
        """
        with self._reported():
            keys = (path.relative_to(self.root).as_posix() for path in self._files())
            return sorted(key for key in keys if key.startswith(prefix))

    def _files(self) -> Iterator[Path]:
        """All files, without those whose name, or that of a folder, begins with a dot."""

        def report(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):  # else it was removed meanwhile
                raise error

        for folder, folders, names in os.walk(self.root, onerror=report):
            folders[:] = [name for name in folders if not name.startswith(".")]
            paths = (Path(folder, name) for name in names if not name.startswith("."))
            yield from (path for path in paths if path.is_file())

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    @contextmanager
    def _written(self, key: str, data: bytes) -> Iterator[Path]:
        """Write a synced scratch file beside the target, and remove it afterwards."""
        folder = self._path(key).parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                Path(name).chmod(0o644)
                file.write(data)
                file.flush()
                os.fsync(handle)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".lock").open("w") as lock:
            lock_file(lock.fileno())
            yield

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"The folder {self.root} cannot be used: {error}.",
                hint="Check its permissions, free space and mount.",
            ) from error


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
