"""A fixed set of files from a folder or a zip, into memory and no farther."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from vocalbaby.exception import BundleError
from vocalbaby.models.ubj import MAX_BYTES

__all__ = ["pack", "read_folder", "read_zip", "unpack"]

_NO_BUNDLE: Final = "Name the folder or zip of a model bundle."


def read_folder(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read exactly these files.

    Raises:
        BundleError: Files are missing, too many, too large or unreadable.
    """
    try:
        _compare((entry.name for entry in folder.iterdir()), names, str(folder))
        contents = {}
        for name in names:
            if (size := (folder / name).stat().st_size) > MAX_BYTES:
                raise _too_large(name, str(folder), size)
            if not (folder / name).is_file():  # a link to a device would never end
                raise BundleError(f"{name} in {folder} is not a file.", hint=_NO_BUNDLE)
            contents[name] = (folder / name).read_bytes()
    except OSError as error:
        raise BundleError(f"Cannot read {folder}: {error}.", hint=_NO_BUNDLE) from error
    return contents


def read_zip(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read exactly these members of a zip file; see :func:`unpack`."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _too_large("It all", str(path), size)
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error}.", hint=_NO_BUNDLE) from error
    return unpack(data, names, str(path))


def unpack(data: bytes, names: Sequence[str], where: str) -> dict[str, bytes]:
    """Read exactly these members of a zip; nothing is written to disk.

    Raises:
        BundleError: Not a zip, or members are missing, too many, too large or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            _compare((member.filename for member in members), names, where)
            contents = {}
            for member in members:
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise BundleError(f"{where} is packed in an unusual way.", hint=_NO_BUNDLE)
                with packed.open(member) as stream:
                    contents[member.filename] = stream.read(MAX_BYTES + 1)
                if (size := len(contents[member.filename])) > MAX_BYTES:
                    raise _too_large(member.filename, where, size)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError) as error:
        raise BundleError(f"{where} is not a sound zip: {error}.", hint=_NO_BUNDLE) from error
    return contents


def pack(contents: dict[str, bytes]) -> bytes:
    """A zip of these files; the same contents give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            packed.writestr(member, contents[name])
    return buffer.getvalue()


def _compare(found: Iterable[str], names: Sequence[str], where: str) -> None:
    listed = sorted(found)
    if missing := sorted(set(names) - set(listed)):
        raise BundleError(f"{where} lacks {', '.join(missing)}.", hint=_NO_BUNDLE)
    if listed != sorted(names):
        extra = sorted({name for name in listed if name not in names or listed.count(name) > 1})
        raise BundleError(f"{where} holds other files: {extra[:5]}.", hint="Remove them.")


def _too_large(name: str, where: str, size: int) -> BundleError:
    return BundleError(f"{name} in {where} has {size} bytes or more; the limit is {MAX_BYTES}.")
