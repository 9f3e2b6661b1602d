"""Reading model bundles from a folder or a zip, and packing them."""

from importlib import resources
from pathlib import Path

from vocalbaby.bundle import archive
from vocalbaby.bundle.parsing import check, collect, parse
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import BundleError

__all__ = ["default_bundle_path", "pack_bundle", "read_bundle", "unpack_bundle", "verify_bundle"]


def default_bundle_path() -> Path:
    """Return the path of the bundle that is part of this package, a zip."""
    return Path(str(resources.files("vocalbaby.bundle"))) / "default.zip"


def read_bundle(path: str | Path) -> ModelBundle:
    """Read a bundle and check everything that its manifest promises.

    Args:
        path: Folder or zip file.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: Anything else that keeps the bundle from being used.
    """
    return parse(_read(Path(path)), str(path))


def unpack_bundle(data: bytes, where: str) -> ModelBundle:
    """Read a bundle from the bytes of its zip; see :func:`read_bundle`."""
    return parse(collect(archive.ZipFiles(data, where)), where)


def verify_bundle(path: str | Path) -> list[str]:
    """Read a bundle and check that its model can be evaluated.

    Returns:
        What is wrong with it, one sentence each; an empty list when it is valid.
    """
    try:
        check(read_bundle(path))
    except BundleError as error:
        return error.message.split("\n")
    return []


def pack_bundle(path: str | Path) -> bytes:
    """Zip a bundle (a folder or a zip); the same bundle gives the same bytes.

    Raises:
        BundleError: The bundle is not valid.
    """
    contents = _read(Path(path))
    check(parse(contents, str(path)))
    return archive.pack(contents)


def _read(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return collect(archive.FolderFiles(path))
    if path.is_file():
        return collect(archive.read_archive(path))
    raise BundleError(
        f"There is no model bundle at {path}.", hint="Give the path of its folder or zip file."
    )
