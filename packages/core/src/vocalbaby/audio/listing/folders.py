"""The files of a folder, each with the reason for which it is passed over, if any."""

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import PurePath

from vocalbaby.audio.listing.listed import REASONS, Listed
from vocalbaby.audio.listing.names import HEAD_BYTES, by_head, by_name, suffix_of
from vocalbaby.audio.listing.unfetched import POINTER_BYTES, fetch_hint, link_hint

__all__ = ["list_folder", "look_at"]


def list_folder(folder: str, *, recursive: bool = True) -> list[Listed]:
    """List a folder: its recordings, and everything else with a reason.

    Links to folders are followed. A folder that is reached twice is listed once, under its
    own name if it has one below ``folder``, so that links cannot make a circle. Hidden and
    system folders are one entry each; their content is not listed.

    Args:
        folder: The folder to list; a link to a folder, too.
        recursive: Whether to list the files of its subfolders. Otherwise each subfolder
            is an entry with the reason ``subfolder``.

    Returns:
        Entries sorted by the parts of their paths.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as root:
        ...     for name in ("b.wav", "A.M4A", "notes.txt", "._b.wav"):
        ...         _ = Path(root, name).write_bytes(b"")
        ...     [(Path(f.path).name, f.reason) for f in list_folder(root)]
        [('._b.wav', 'apple_double'), ('A.M4A', ''), ('b.wav', ''), ('notes.txt', 'not_audio')]
    """
    walk = _Walk(recursive=recursive)
    walk.folders.append(folder)
    while walk.folders or walk.links:
        # Links come after all folders, so that a folder is listed under its own name.
        if walk.folders:
            walk.enter(walk.folders.pop())
        else:
            walk.links.sort(reverse=True)
            walk.follow(walk.links.pop())
    return sorted(walk.found, key=lambda file: PurePath(file.path).parts)


def look_at(path: str) -> Listed:
    """Return what a file is that a user has named; its name does not matter.

    The entry is a recording unless the file cannot be read as one: a broken link,
    a file whose content has not been fetched, a pipe, socket or device. A missing or
    forbidden file counts as a recording, and opening it will raise.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - Path.stat fails for names with a null character
    except ValueError:
        return Listed(path)
    except OSError as error:
        is_link = os.path.islink(path)  # noqa: PTH114
        return _broken(path, error) if is_link and _is_broken(error) else Listed(path)
    if stat.S_ISDIR(status.st_mode) or (stat.S_ISFIFO(status.st_mode) and _is_open(path)):
        return Listed(path)
    return _regular(path, status, lost=True)


@dataclass(slots=True)
class _Walk:
    """State of `list_folder`: folders to list, entries found, and folders seen."""

    recursive: bool
    folders: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    found: list[Listed] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def follow(self, link: str) -> None:
        """List the target of a link, unless the link is below it."""
        target = os.path.realpath(link)
        parent = os.path.realpath(os.path.dirname(link) or ".")  # noqa: PTH120
        if os.path.commonpath([target, parent]) == target:
            self._add(link, "loop")
        else:
            self.enter(link)

    def enter(self, folder: str) -> None:
        """List a folder that has not been listed yet."""
        try:
            status = os.stat(folder)  # noqa: PTH116
            key = (status.st_dev, status.st_ino)
            if key in self.seen:
                self._add(folder, "same_folder")
                return
            self.seen.add(key)
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._entry(entry)
        except OSError as error:
            text = f"The folder {folder} cannot be read: {error.strerror or error}."
            hint = "Check its permissions."
            self.found.append(Listed(folder, "unreadable", text, hint, lost=True))

    def _entry(self, entry: os.DirEntry[str]) -> None:
        path, name = entry.path, entry.name
        try:
            status = entry.stat()
        except OSError as error:
            reason = by_name(name)
            if reason and (reason != "not_audio" or suffix_of(name)):
                self._add(path, reason)
            elif entry.is_symlink() and _is_broken(error):
                self.found.append(_broken(path, error))
            else:
                text = f"{path} cannot be read: {error.strerror or error}."
                hint = "Check its permissions."
                self.found.append(Listed(path, "unreadable", text, hint, lost=True))
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        reason = by_name(name, folder=is_folder)
        if is_folder and reason == "subfolder" and self.recursive:
            (self.links if entry.is_symlink() else self.folders).append(path)
        elif is_folder or reason not in {"", "not_audio"}:
            self._add(path, reason)
        else:
            self.found.append(_regular(path, status, lost=not reason))

    def _add(self, path: str, reason: str) -> None:
        self.found.append(Listed(path, reason, f"{path} is passed over: {REASONS[reason]}."))


def _regular(path: str, status: os.stat_result, *, lost: bool) -> Listed:
    """Return what a file is that exists; ``lost`` if its name is that of a recording."""
    if not stat.S_ISREG(status.st_mode):
        text = f"{path} is a pipe, socket or device, not a recording."
        hint = "Pass a recording on standard input with - as its name."
        return Listed(path, "special_file", text, hint, lost=lost)
    hint = ""
    head = b""
    try:
        if not lost or status.st_size <= POINTER_BYTES:
            with open(path, "rb") as stream:  # noqa: PTH123
                head = stream.read(POINTER_BYTES if lost else HEAD_BYTES)
        hint = fetch_hint(path, head)
    except OSError:  # reading it as a recording will raise the same error, and say why
        return Listed(path) if lost else Listed(path, "not_audio", f"{path} cannot be read.")
    if hint:
        return Listed(path, "not_fetched", f"The content of {path} is not here.", hint, lost=True)
    reason = "" if lost else by_head(path, head)
    return Listed(path, reason, f"{path}: {REASONS[reason]}." if reason else "")


def _broken(path: str, error: OSError) -> Listed:
    """Return the entry of a link that leads nowhere or in a circle."""
    if error.errno == errno.ELOOP:
        text = f"{path} is a link that leads back to itself."
        return Listed(path, "loop", text, "Make it anew.", lost=True)
    target = os.readlink(path)  # noqa: PTH115
    text = f"{path} is a link to {target}, which does not exist."
    return Listed(path, "broken_link", text, link_hint(path, target), lost=True)


def _is_open(path: str) -> bool:
    """Whether a pipe is open in this process, as the shell's ``<(command)`` is."""
    return os.path.realpath(path).startswith("/proc/")


def _is_broken(error: OSError) -> bool:
    return error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
