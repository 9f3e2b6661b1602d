"""Storage in a folder, also when several processes share it."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vocalbaby.cloud.storage import Stored, check_key, check_size
from vocalbaby.exception import StorageError

__all__ = ["FolderStorage"]


class FolderStorage:
    """Storage in a folder; see :class:`vocalbaby.cloud.storage.Storage`.

    Args:
        root: The folder; it is created by the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def get(self, key: str, *, max_bytes: int | None = None) -> Stored | None:
        """Read an object."""
        with self._reported():
            try:
                with self._path(key).open("rb") as file:
                    check_size(key, os.fstat(file.fileno()).st_size, max_bytes)
                    data = file.read()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None
        return Stored(data, _tag(data))

    def exists(self, key: str) -> bool:
        """Whether there is an object."""
        with self._reported():
            return self._path(key).is_file()

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object that does not exist yet."""
        with self._reported(), self._written(key, data) as scratch:
            try:
                self._path(key).hardlink_to(scratch)
            except FileExistsError:
                return False
        return True

    def replace(self, key: str, data: bytes, *, tag: str | None = None) -> bool:
        """Replace an object, only if it still has ``tag`` where one is given."""
        with self._reported(), self._written(key, data) as scratch, self._locked():
            if tag is not None:
                old = self.get(key)
                if old is None or old.tag != tag:
                    return False
            scratch.replace(self._path(key))
        return True

    def delete(self, key: str) -> None:
        """Remove an object, and folders that it leaves empty."""
        path = self._path(key)
        with self._reported(), suppress(NotADirectoryError):
            path.unlink(missing_ok=True)
        for folder in path.parents[: key.count("/")]:
            with suppress(OSError):
                folder.rmdir()

    def list(self, prefix: str = "") -> list[str]:
        """List keys."""
        with self._reported():
            paths = (p.relative_to(self.root) for p in self.root.rglob("*") if p.is_file())
            keys = (p.as_posix() for p in paths if not any(x.startswith(".") for x in p.parts))
            return sorted(key for key in keys if key.startswith(prefix))

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
                os.fchmod(handle, 0o644)
                file.write(data)
                file.flush()
                os.fsync(handle)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
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
