"""The files of a bundle in a Hugging Face repository."""

from pathlib import Path
from typing import Final

from vocalbaby.bundle.layout import MANIFEST, MAX_MANIFEST_BYTES
from vocalbaby.bundle.parsing import parse_manifest
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.exception import BundleError
from vocalbaby.huggingface.address import RepositoryAddress
from vocalbaby.huggingface.failures import translated
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.regular_files import read_regular

with needs_extra("huggingface"):
    from huggingface_hub import HfApi

__all__ = ["RepositoryFiles"]

#: Files that Hugging Face itself keeps in each repository.
_USUAL: Final = {"README.md", ".gitattributes"}


class RepositoryFiles:
    """The bundle in a commit of a repository, for `vocalbaby.bundle.parsing.collect`.

    Only ``manifest.json`` and files that it lists are downloaded. All sizes are known before.

    Args:
        address: Repository and revision.
        folder: Folder for the downloaded files.
        progress: Called with ("download", files done, files in all).

    Attributes:
        where: The address.
        commit: The commit that the revision means now.
        ignored: Names of other files.

    Raises:
        BundleError: The manifest is not valid or too large.
        ModelNotFoundError: There is no such repository or revision.
        StorageError: Hugging Face cannot be reached or refuses the request.

    Examples:
        >>> files = RepositoryFiles(RepositoryAddress("lab/babble"), "new")  # doctest: +SKIP
        >>> files.names()  # doctest: +SKIP
        ['booster.json', 'calibration.json', 'card.md', 'manifest.json', 'reference.parquet']
    """

    def __init__(
        self,
        address: RepositoryAddress,
        folder: str,
        progress: TaskProgressCallback | None = None,
    ) -> None:
        self.where = str(address)
        self._address = address
        self._api = HfApi()
        self._folder = folder
        self._progress = progress
        with translated(address):
            info = self._api.model_info(
                address.repository, revision=address.revision or None, files_metadata=True
            )
        self.commit = str(info.sha)
        self._sizes = {file.rfilename: file.size for file in info.siblings or ()}
        self._done = 0
        self._listed = {MANIFEST}
        if MANIFEST in self._sizes:
            data = self.read(MANIFEST, MAX_MANIFEST_BYTES)
            self._listed |= {*parse_manifest(data, self.where).parts}
        self.ignored = tuple(sorted({*self._sizes} - self._listed - _USUAL))

    def names(self) -> list[str]:
        """Return the names of the bundle's files that the repository has."""
        return [name for name in self._sizes if name in self._listed]

    def read(self, name: str, limit: int) -> bytes:
        """Return the contents of a file, or its first ``limit + 1`` bytes if it has more.

        Args:
            name: One of the names.
            limit: Most bytes that the caller accepts.

        Raises:
            BundleError: It is larger than the limit; it is not downloaded then.
            StorageError: It cannot be downloaded.
        """
        size = self._sizes[name]
        if size is None or size > limit:
            found = "unknown" if size is None else f"{size} bytes"
            raise BundleError(
                f"The size of {name} in {self.where} is {found}, and the limit {limit} bytes.",
                hint="Push the bundle again.",
            )
        if not (Path(self._folder) / name).exists():
            with translated(self._address):
                self._api.hf_hub_download(
                    self._address.repository,
                    name,
                    revision=self.commit,
                    local_dir=self._folder,
                )
        if self._progress is not None:
            self._done += 1
            self._progress("download", min(self._done, len(self.names())), len(self.names()))
        return read_regular(Path(self._folder) / name, limit=limit, cut=True)
