"""Writing a bundle as a Hugging Face repository."""

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

from vocalbaby.bundle import archive
from vocalbaby.bundle.files import pack_bundle, unpack_bundle
from vocalbaby.bundle.parsing import collect
from vocalbaby.exception import BundleError, ConfigError
from vocalbaby.huggingface.address import RepositoryAddress
from vocalbaby.huggingface.card import repository_card
from vocalbaby.huggingface.failures import translated
from vocalbaby.huggingface.repository import RepositoryFiles
from vocalbaby.utils.extras import needs_extra

with needs_extra("huggingface"):
    from huggingface_hub import (
        CommitOperationAdd,
        CommitOperationCopy,
        CommitOperationDelete,
        HfApi,
    )

__all__ = ["push"]


def push(
    path: str | Path, address: RepositoryAddress, *, private: bool = False, licence: str = ""
) -> str:
    """Write a bundle as one commit; the repository and the branch are created if necessary.

    Args:
        path: Folder or zip of the bundle.
        address: Repository, and the branch as revision.
        private: Create the repository as a private one. One that exists stays as it is.
        licence: See `.card.repository_card`.

    Returns:
        The commit. If nothing has changed, it is the newest one.

    Raises:
        BundleError: The bundle is not valid.
        ConfigError: Hugging Face does not accept the card, e.g. because of the licence.
        StorageError: Hugging Face cannot be reached or refuses the request.

    Examples:
        >>> push("artifacts/training/bundle", RepositoryAddress("lab/babble"))  # doctest: +SKIP
        '4f0c3a6d1f2b7e9a8c5d4e3f2a1b0c9d8e7f6a5b'
    """
    data = pack_bundle(path)  # checks that the model can be used
    bundle = unpack_bundle(data, str(path))
    contents = collect(archive.ZipFiles(data, str(path)))
    contents["README.md"] = repository_card(bundle, address.repository, licence=licence).encode()
    api, repository, branch = HfApi(), address.repository, address.revision or None
    with translated(address, "write"):
        api.create_repo(repository, repo_type="model", private=private or None, exist_ok=True)
        if branch is not None:
            api.create_branch(repository, branch=branch, exist_ok=True)
        stale = _stale(address, contents)
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
            *(CommitOperationAdd(name, content) for name, content in sorted(contents.items())),
            *(CommitOperationDelete(name) for name in stale),
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a model repository may hold a Parquet file
            try:
                commit = api.create_commit(
                    repository,
                    operations,
                    revision=branch,
                    commit_message=f"Write {bundle.manifest.version}",
                )
            except ValueError as error:
                raise ConfigError(
                    f"Hugging Face does not accept the card of {address}: {error}",
                    hint="Use an identifier that Hugging Face knows as licence, e.g. cc-by-4.0.",
                ) from error
    return str(commit.oid)


def _stale(address: RepositoryAddress, contents: Mapping[str, bytes]) -> list[str]:
    """Return the files of the bundle that the repository has now which the new one lacks."""
    with tempfile.TemporaryDirectory(prefix="vocalbaby-") as scratch:
        try:
            return sorted({*RepositoryFiles(address, scratch).names()} - {*contents})
        except BundleError:  # a damaged manifest: it does not say which files are of the bundle
            return []
