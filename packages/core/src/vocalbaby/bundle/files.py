"""Reading model bundles, a folder or one zip, and packing them."""

from importlib import resources
from pathlib import Path

from vocalbaby.bundle import archive
from vocalbaby.bundle.layout import FILES, MANIFEST
from vocalbaby.bundle.parsing import check, parse
from vocalbaby.entity.bundle import ModelBundle
from vocalbaby.exception import BundleError

__all__ = ["default_bundle_path", "pack_bundle", "read_bundle", "unpack_bundle", "verify_bundle"]


def default_bundle_path() -> Path:
    """Folder of the bundle that ships with this package."""
    return Path(str(resources.files("vocalbaby.bundle"))) / "default"


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
    return parse(archive.unpack(data, (MANIFEST, *FILES), where), where)


def verify_bundle(path: str | Path) -> list[str]:
    """Read a bundle and evaluate its trees once.

    Returns:
        What is wrong with it, one sentence each; empty when it is sound.
    """
    try:
        check(read_bundle(path))
    except BundleError as error:
        return error.message.split("\n")
    return []


def pack_bundle(path: str | Path) -> bytes:
    """Zip a bundle (a folder or a zip); the same bundle gives the same bytes.

    Raises:
        BundleError: The bundle is not sound.
    """
    contents = _read(Path(path))
    check(parse(contents, str(path)))
    return archive.pack(contents)


def _read(path: Path) -> dict[str, bytes]:
    names = (MANIFEST, *FILES)
    if path.is_dir():
        return archive.read_folder(path, names)
    if path.is_file():
        return archive.read_zip(path, names)
    raise BundleError(f"There is no model bundle at {path}.", hint="Name a folder or a zip.")
