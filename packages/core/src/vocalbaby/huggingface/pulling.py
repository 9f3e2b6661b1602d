"""Reading a bundle from a Hugging Face repository."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.bundle.parsing import check, collect, parse
from vocalbaby.bundle.writing import replace_folder
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.huggingface.address import RepositoryAddress
from vocalbaby.huggingface.repository import RepositoryFiles

__all__ = ["Pulled", "pull"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """A bundle that was read from a repository.

    Attributes:
        manifest: Its manifest.
        commit: The commit that was read.
        ignored: Names of the files of the repository that are not of the bundle and were not
            downloaded.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> manifest = read_bundle(default_bundle_path()).manifest
        >>> Pulled(manifest, "0" * 40, ("train.py",)).ignored
        ('train.py',)
    """

    manifest: BundleManifest
    commit: str
    ignored: tuple[str, ...]


def pull(
    address: RepositoryAddress, folder: str | Path, progress: TaskProgressCallback | None = None
) -> Pulled:
    """Download a bundle, check it, and write it as a folder.

    Only ``manifest.json`` and the files that it lists are downloaded, all of one commit, and
    none that is larger than listed. Nothing of a repository is executed.

    Args:
        address: Repository and revision.
        folder: Folder of the bundle; an older bundle there is replaced.
        progress: Called with ("download", files done, files in all).

    Returns:
        The manifest, the commit, and the files that were ignored.

    Raises:
        BundleChecksumError: A file is not the one that the manifest lists.
        BundleError: The repository has no bundle, or one that cannot be used.
        ModelNotFoundError: There is no such repository or revision.
        StorageError: Hugging Face cannot be reached or refuses the request.

    Examples:
        >>> pull(RepositoryAddress("lab/babble"), "model").manifest.name  # doctest: +SKIP
        'babble'
    """
    with tempfile.TemporaryDirectory(prefix="vocalbaby-") as scratch:
        files = RepositoryFiles(address, scratch, progress)
        contents = collect(files)
    bundle = parse(contents, str(address))
    check(bundle)
    replace_folder(folder, contents)
    return Pulled(bundle.manifest, files.commit, files.ignored)
