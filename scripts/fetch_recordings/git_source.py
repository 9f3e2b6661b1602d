"""Read files of one commit of a git repository, and fetch only these files."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from scripts.fetch_recordings.source import SourceError

__all__ = ["GitSource", "is_repository"]

#: Files of one request; between requests, the progress is shown and an interruption loses nothing.
_REQUEST: Final = 32
#: git asks for no password, and fetches nothing by itself when a file is missing.
_ENVIRONMENT: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def is_repository(folder: Path) -> bool:
    """Return whether the folder is a clone, or a bare repository."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bare or (folder / ".git").exists()


class GitSource:
    """The files of a commit.

    The files are read from the commit and not from the work tree, so that changed files of a clone
    do not matter.

    Args:
        folder: A clone or a bare repository that has the commit.
        commit: The full hash, which also is a checksum of the files.
        complete: Whether the files are there; otherwise, :meth:`fetch` fetches them.

    Raises:
        SourceError: The repository does not have the commit, or git failed.
    """

    def __init__(self, folder: Path, commit: str, *, complete: bool = True) -> None:
        self._folder: Final = folder
        self._complete: Final = complete
        self._files: dict[str, str] = {}
        try:
            _git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
        except SourceError:
            raise SourceError(
                f"the repository {folder} does not have the commit {commit}"
            ) from None
        for entry in _git(folder, "ls-tree", "-r", "-z", commit).split(b"\0"):
            if entry:
                about, path = entry.split(b"\t", 1)
                mode, _, name = about.split()
                if mode.startswith(b"100"):  # a file; others are links and submodules
                    self._files[os.fsdecode(path)] = name.decode("ascii")

    @classmethod
    def fetched(cls, folder: Path, address: str, commit: str) -> "GitSource":
        """Fetch the commit without its files; if that was done before, fetch nothing.

        Args:
            folder: The bare repository to create or to use.
            address: What to fetch from.
            commit: The full hash.

        Raises:
            SourceError: git failed, or the repository does not have the commit.
        """
        pinned = f"refs/pinned/{commit}"
        if not is_repository(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _git(folder, "init", "--quiet", "--bare")
        _git(folder, "config", "remote.origin.url", address)
        if not _git(folder, "for-each-ref", pinned):
            _git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none",
                 "origin", commit)  # fmt: skip
            _git(folder, "update-ref", pinned, commit)
        return cls(folder, commit, complete=False)

    def fetch(self, paths: Sequence[str], advance: Callable[[int], None]) -> None:
        """Fetch the files that are not there yet; those that the commit lacks are left out.

        Args:
            paths: Paths in the repository.
            advance: Called with the number of files that are there.

        Raises:
            SourceError: git failed. Run again, it fetches the rest.
        """
        if self._complete:
            advance(len(paths))
            return
        show = ("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        there = set(_git(self._folder, *show).decode("ascii").split())
        names = {self._files[path] for path in paths if path in self._files}
        wanted = sorted(names - there)
        advance(len(paths) - len(wanted))
        for first in range(0, len(wanted), _REQUEST):
            some = wanted[first : first + _REQUEST]
            # What git itself runs when a partial clone needs files, but for many at once.
            _git(self._folder, "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet",
                 "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no",
                 "--filter=blob:none", "--stdin", "origin",
                 given="".join(f"{name}\n" for name in some).encode())  # fmt: skip
            advance(len(some))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            SourceError: The commit has no such file.
        """
        if path not in self._files:
            raise SourceError("the commit has no such file")
        return _git(self._folder, "cat-file", "blob", self._files[path])


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    environment = {**os.environ, **_ENVIRONMENT}
    # No maintenance in the background, while the next command already reads.
    command = ["git", "-C", str(folder), "-c", "maintenance.auto=false", *arguments]
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, env=environment, check=False
        )
    except FileNotFoundError:
        raise SourceError("git is not installed") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [str(done.returncode)]
        fatal = [line for line in said if line.startswith("fatal: ")]
        raise SourceError(f"git failed: {(fatal or said[-1:])[0]}")
    return done.stdout
