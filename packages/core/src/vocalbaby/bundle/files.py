"""Reading model bundles from a folder or a zip, and packing them."""

from importlib import resources
from pathlib import Path
from typing import Final

from vocalbaby.bundle import archive
from vocalbaby.bundle.parsing import check, collect, parse
from vocalbaby.entity.bundle import MAX_TOTAL_BYTES, ModelBundle
from vocalbaby.exception import BundleError

__all__ = ["default_bundle_path", "pack_bundle", "read_bundle", "unpack_bundle", "verify_bundle"]

_PATH: Final = "Give the path of its folder or zip file."


def default_bundle_path() -> Path:
    """Return the path of the bundle that is part of this package, a zip.

    Examples:
        >>> default_bundle_path().name
        'default.zip'
    """
    return Path(str(resources.files("vocalbaby.bundle"))) / "default.zip"


def read_bundle(path: str | Path, *, max_bytes: int = MAX_TOTAL_BYTES) -> ModelBundle:
    """Read a bundle and check everything that its manifest promises.

    Args:
        path: Folder or zip file.
        max_bytes: Largest bundle that is read, packed and unpacked.

    Returns:
        The bundle.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.

    Examples:
        >>> bundle = read_bundle(default_bundle_path())
        >>> bundle.manifest.classes
        ('Canonical', 'Non-canonical', 'Crying', 'Laughing', 'Junk')
    """
    return parse(_read(Path(path), max_bytes), str(path))


def unpack_bundle(data: bytes, where: str, *, max_bytes: int = MAX_TOTAL_BYTES) -> ModelBundle:
    """Read a bundle from the bytes of its zip, as `read_bundle` reads one from a file.

    Args:
        data: Content of the zip.
        where: What to call the bundle in messages.
        max_bytes: Largest bundle that is unpacked.

    Returns:
        The bundle.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.

    Examples:
        >>> unpack_bundle(default_bundle_path().read_bytes(), "the built-in model").manifest.name
        'vocalbaby'
    """
    return parse(collect(archive.ZipFiles(data, where), max_bytes), where)


def verify_bundle(path: str | Path) -> list[str]:
    """Read a bundle and check that its model can be evaluated.

    Args:
        path: Folder or zip file.

    Returns:
        What is wrong with it, one sentence each; an empty list when it is valid.

    Examples:
        >>> verify_bundle(default_bundle_path()), verify_bundle("missing.zip")
        ([], ['There is no model bundle at missing.zip.'])
    """
    try:
        check(read_bundle(path))
    except BundleError as error:
        return error.message.split("\n")
    return []


def pack_bundle(path: str | Path) -> bytes:
    """Zip a bundle; the same bundle gives the same bytes.

    Args:
        path: Folder or zip file.

    Returns:
        Content of the zip.

    Raises:
        BundleError: The bundle is not valid.

    Examples:
        >>> data = pack_bundle(default_bundle_path())
        >>> unpack_bundle(data, "a copy").manifest == read_bundle(default_bundle_path()).manifest
        True
    """
    contents = _read(Path(path))
    check(parse(contents, str(path)))
    return archive.pack(contents)


def _read(path: Path, max_bytes: int = MAX_TOTAL_BYTES) -> dict[str, bytes]:
    try:
        if path.is_dir():
            return collect(archive.FolderFiles(path), max_bytes)
        exists = path.exists()
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error}.", hint=_PATH) from error
    if not exists:
        raise BundleError(f"There is no model bundle at {path}.", hint=_PATH)
    return collect(archive.read_archive(path, max_bytes), max_bytes)
