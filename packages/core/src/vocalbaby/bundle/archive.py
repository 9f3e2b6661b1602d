"""The files of a bundle in a folder or a zip, read into memory and nowhere else."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Final, Protocol

from vocalbaby.entity.bundle import MAX_TOTAL_BYTES
from vocalbaby.exception import BundleError
from vocalbaby.utils.regular_files import NotRegularError, read_regular

__all__ = ["Files", "FolderFiles", "ZipFiles", "pack", "read_archive"]

_NO_BUNDLE: Final = "Name the folder or zip of a model bundle."
#: An entry of a zip's directory begins with this; zipfile keeps some 400 bytes for each.
_ENTRY: Final = b"PK\x01\x02"
_MAX_ENTRIES: Final = 1000
#: What zipfile raises for damaged and unusual files.
_INVALID: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    RuntimeError,  # NotImplementedError too
    OSError,
)


class Files(Protocol):
    """Named files; reading never takes more memory than the caller allows.

    Attributes:
        where: What to call them in messages.

    Examples:
        >>> files: Files = ZipFiles(pack({"card.md": b"# Mine"}), "mine.zip")
        >>> files.names(), files.read("card.md", limit=3)
        (['card.md'], b'# Mi')
    """

    where: str

    def names(self) -> list[str]:
        """Return the names of all files, including doubled names.

        Raises:
            BundleError: The files cannot be listed.
        """

    def read(self, name: str, limit: int) -> bytes:
        """Return the contents of a file, or its first ``limit + 1`` bytes if it has more.

        Args:
            name: One of the names.
            limit: Most bytes that the caller accepts.

        Raises:
            BundleError: The file cannot be read.
        """


class FolderFiles:
    """The files of a folder.

    Args:
        folder: Its path.

    Examples:
        >>> Path("bundle").mkdir()
        >>> Path("bundle", "card.md").write_text("# Mine")
        6
        >>> FolderFiles(Path("bundle")).names()
        ['card.md']
    """

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all entries, without those that an operating system adds."""
        try:
            names = [entry.name for entry in self._folder.iterdir()]
        except OSError as error:
            raise self._unreadable(error) from error
        return [name for name in names if not _is_system_file(name)]

    def read(self, name: str, limit: int) -> bytes:
        """Return the contents of a file, or its first ``limit + 1`` bytes if it has more.

        Args:
            name: One of the names.
            limit: Most bytes that the caller accepts.

        Raises:
            BundleError: It is not a regular file, or cannot be read.
        """
        try:
            return read_regular(self._folder / name, limit=limit, cut=True)
        except (NotRegularError, IsADirectoryError) as error:
            raise BundleError(f"{name} in {self.where} is not a file.", hint=_NO_BUNDLE) from error
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> BundleError:
        return BundleError(f"Cannot read {self.where}: {error}.", hint=_NO_BUNDLE)


def _is_system_file(name: str) -> bool:
    """Whether an operating system has added a file, as macOS does."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last == ".DS_Store" or last.startswith("._")


class ZipFiles:
    """The members of a zip in memory, or those of its only folder.

    ``zip -r bundle.zip bundle`` makes a zip with one folder at the top.

    Args:
        data: Bytes of the zip.
        where: What to call it in messages.

    Raises:
        BundleError: The bytes are not a valid zip file, or have very many members.

    Examples:
        >>> ZipFiles(pack({"bundle/card.md": b"# Mine"}), "mine.zip").names()
        ['card.md']
    """

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        if data.count(_ENTRY) > _MAX_ENTRIES:
            raise BundleError(f"{where} has more than {_MAX_ENTRIES} members.", hint=_NO_BUNDLE)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _INVALID as error:
            raise self._invalid(error) from error

        files = [n for n in self._zip.namelist() if n[-1:] != "/" and not _is_system_file(n)]
        folder = files[0].partition("/")[0] + "/" if files else ""
        is_below = folder != "../" and all(name.startswith(folder) for name in files)
        self._folder = folder if is_below else ""
        self._names = [name.removeprefix(self._folder) for name in files]

    def names(self) -> list[str]:
        """Return the names of all members."""
        return self._names

    def read(self, name: str, limit: int) -> bytes:
        """Return the contents of a member, or its first ``limit + 1`` bytes if it has more.

        Args:
            name: One of the names.
            limit: Most bytes that the caller accepts.

        Raises:
            BundleError: It is packed in an unusual way, or damaged.
        """
        member = self._zip.getinfo(self._folder + name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BundleError(f"{self.where} is packed in an unusual way.", hint=_NO_BUNDLE)
        try:
            with self._zip.open(member) as stream:
                return stream.read(limit + 1)
        except _INVALID as error:
            raise self._invalid(error) from error

    def _invalid(self, error: Exception) -> BundleError:
        return BundleError(f"{self.where} is not a valid zip file: {error}.", hint=_NO_BUNDLE)


def read_archive(path: Path, max_bytes: int = MAX_TOTAL_BYTES) -> ZipFiles:
    """Read a zip file into memory.

    Args:
        path: The file.
        max_bytes: Size of the largest file that is read.

    Returns:
        Its members.

    Raises:
        BundleError: The file is too large or unreadable, or is not a valid zip file.

    Examples:
        >>> Path("mine.zip").write_bytes(pack({"card.md": b"# Mine"})) > 0
        True
        >>> read_archive(Path("mine.zip")).names()
        ['card.md']
    """
    try:
        return ZipFiles(read_regular(path, limit=max_bytes), str(path))
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error}.", hint=_NO_BUNDLE) from error


def pack(contents: dict[str, bytes]) -> bytes:
    """Return a zip of these files; the same contents give the same bytes.

    Args:
        contents: Name to content.

    Examples:
        >>> pack({"a": b"1", "b": b"2"}) == pack({"b": b"2", "a": b"1"})
        True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            packed.writestr(member, contents[name])
    return buffer.getvalue()
