"""Read files of a Debian package."""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from scripts.fetch_recordings.source import SourceError

__all__ = ["DebianSource"]


class DebianSource:
    """The files of a ``.deb`` file, which ``dpkg-deb`` unpacks into memory.

    Args:
        package: The file.
        sha256: Its checksum.

    Raises:
        SourceError: It is another file, or it cannot be unpacked.
    """

    def __init__(self, package: Path, sha256: str) -> None:
        if hashlib.sha256(package.read_bytes()).hexdigest() != sha256:
            raise SourceError(f"{package} is not the package with the SHA-256 {sha256}")
        try:
            command = ["dpkg-deb", "--fsys-tarfile", str(package)]
            unpacked = subprocess.run(command, capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise SourceError(f"dpkg-deb cannot unpack {package}: {error}") from error
        self._archive: Final = tarfile.open(fileobj=io.BytesIO(unpacked))  # noqa: SIM115 - kept

    @classmethod
    def fetched(cls, folder: Path, address: str, sha256: str) -> "DebianSource":
        """Download the package with apt, unless it is there.

        Args:
            folder: Where the package is or will be.
            address: Name and version, such as ``hello=2.10-3``.
            sha256: Its checksum.

        Raises:
            SourceError: apt failed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = address.split("=", maxsplit=1)[0]
        if not (found := sorted(folder.glob(f"{name}_*.deb"))):
            try:
                command = ["apt-get", "download", "--quiet", address]
                subprocess.run(command, cwd=folder, capture_output=True, check=True)
            except FileNotFoundError:
                reason = "apt-get is not installed; download the package, and name its folder"
                raise SourceError(f"{reason} with --sources") from None
            except subprocess.CalledProcessError as error:
                said = error.stderr.decode(errors="replace").strip().splitlines()
                raise SourceError(f"apt-get download {address} failed: {said[-1:]}") from error
            found = sorted(folder.glob(f"{name}_*.deb"))
        return cls(found[-1], sha256)

    def fetch(self, paths: Sequence[str], advance: Callable[[int], None]) -> None:
        """Do nothing but report the progress."""
        advance(len(paths))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            SourceError: The package has no such file.
        """
        try:
            member = self._archive.extractfile(f"./{path}")
        except KeyError:
            member = None
        if member is None:
            raise SourceError("the package has no such file")
        return member.read()
