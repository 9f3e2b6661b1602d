"""Find or fetch the source of a repository's files."""

from pathlib import Path

from scripts.fetch_recordings.debian_source import DebianSource
from scripts.fetch_recordings.git_source import GitSource, is_repository
from scripts.fetch_recordings.source import FolderSource, Source, SourceError
from scripts.fetch_recordings.tables import Repository

__all__ = ["fetch_source", "find_source"]


def fetch_source(repository: Repository, commit: str, cache: Path) -> Source:
    """Prepare to download the files of a repository.

    Args:
        repository: The public source.
        commit: Which commit of it; ignored for a Debian package, whose version is pinned.
        cache: Folder for what is downloaded.

    Raises:
        SourceError: It cannot be reached, or is another one.
    """
    if repository.sha256:
        return DebianSource.fetched(cache, repository.address, repository.sha256)
    return GitSource.fetched(cache / f"{repository.key}.git", repository.address, commit)


def find_source(repository: Repository, commit: str, folder: Path) -> Source:
    """Find the files of a repository in a folder of clones, unpacked archives and packages.

    Args:
        repository: The public source.
        commit: Which commit of it. A folder without a history may hold any version.
        folder: A repository ``owner/name`` is looked for in its subfolders ``owner/name``,
            ``name``, ``name-COMMIT``, ``owner/name.git`` and ``name.git``; a package in
            ``name_*.deb`` and the subfolder ``name``, to which the paths of the table are relative.

    Raises:
        SourceError: It is not there, or does not have the commit.
    """
    if repository.sha256:
        name = repository.address.split("=", maxsplit=1)[0]
        if found := sorted(folder.glob(f"{name}_*.deb")):
            return DebianSource(found[-1], repository.sha256)
        names = [name]
    else:
        name = repository.name.split("/")[-1]
        names = [repository.name, name, f"{name}-{commit}", f"{repository.name}.git", f"{name}.git"]
    for place in (folder / each for each in names):
        if place.is_dir() and is_repository(place):
            return GitSource(place, commit)
        if place.is_dir():
            return FolderSource(place)
    raise SourceError(f"{folder} has no folder {', '.join(names[:-1])} or {names[-1]}")
