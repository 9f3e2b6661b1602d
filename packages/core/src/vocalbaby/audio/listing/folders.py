"""The files of a folder, each with the reason for which it is passed over, if any."""

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import PurePath

from vocalbaby.audio.listing.listed import REASONS, Listed
from vocalbaby.audio.listing.names import HEAD_BYTES, by_head, by_name, suffix_of
from vocalbaby.audio.listing.unfetched import POINTER_BYTES, fetch_hint, link_hint

__all__ = ["list_folder", "look_at", "unreadable"]


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

    Examples:
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
        is_link = os.path.islink(path)  # noqa: PTH114 - text
        return _without_status(path, "", error) if is_link and _is_broken(error) else Listed(path)
    if stat.S_ISDIR(status.st_mode) or (stat.S_ISFIFO(status.st_mode) and _is_open(path)):
        return Listed(path)
    return _regular(path, status, "")


def unreadable(path: str, error: OSError) -> Listed:
    """Return the entry of a file or folder that the system does not let us read."""
    what = "The folder " if os.path.isdir(path) else ""  # noqa: PTH112 - text
    text = f"{what}{path} cannot be read: {error.strerror or error}."
    return Listed(path, "unreadable", text, "Check its permissions.", lost=True)


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
        parent = os.path.realpath(os.path.dirname(link) or ".")  # noqa: PTH120 - text
        if os.path.commonpath([target, parent]) == target:
            self._add(link, "loop")
        else:
            self.enter(link)

    def enter(self, folder: str) -> None:
        """List a folder that has not been listed yet."""
        try:
            status = os.stat(folder)  # noqa: PTH116 - text
            key = (status.st_dev, status.st_ino)
            if key in self.seen:
                self._add(folder, "same_folder")
                return
            self.seen.add(key)
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._entry(entry)
        except OSError as error:
            self.found.append(unreadable(folder, error))

    def _entry(self, entry: os.DirEntry[str]) -> None:
        path, name = entry.path, entry.name
        try:
            status = entry.stat()
        except OSError as error:
            self.found.append(_without_status(path, by_name(name), error))
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        reason = by_name(name, folder=is_folder)
        if is_folder and reason == "subfolder" and self.recursive:
            (self.links if entry.is_symlink() else self.folders).append(path)
        elif is_folder or reason not in {"", "not_audio"}:
            self._add(path, reason)
        else:
            self.found.append(_regular(path, status, reason))

    def _add(self, path: str, reason: str) -> None:
        self.found.append(_passed(path, reason))


def _passed(path: str, reason: str) -> Listed:
    return Listed(path, reason, f"{path} is passed over: {REASONS[reason]}.")


def _may_be_recording(path: str, reason: str) -> bool:
    """Whether something that cannot be opened may hold recordings; ``reason`` is by its name.

    So may one whose name has no suffix, and a folder: `child.01`, or a link to such a name. Targets
    of git-annex and DVC are files, and their names do not tell.
    """
    if reason != "not_audio":
        return not reason
    if not _has_suffix(path):
        return True
    target = os.readlink(path) if os.path.islink(path) else path  # noqa: PTH114, PTH115 - text
    return not _has_suffix(target) and "Fetch" not in link_hint(path, target)


def _has_suffix(path: str) -> bool:
    return not suffix_of(path)[1:].isdigit() and bool(suffix_of(path))


def _without_status(path: str, reason: str, error: OSError) -> Listed:
    """Return the entry of a file that the system does not describe."""
    if not _may_be_recording(path, reason):
        return _passed(path, reason)
    is_link = os.path.islink(path)  # noqa: PTH114 - text
    return _broken(path, error) if is_link and _is_broken(error) else unreadable(path, error)


def _regular(path: str, status: os.stat_result, reason: str) -> Listed:
    """Return what a file is that exists; ``reason`` is that of its name, or ``not_audio``."""
    if not stat.S_ISREG(status.st_mode):
        text = f"{path} is a pipe, socket or device, not a recording."
        hint = "Pass a recording on standard input with - as its name."
        return Listed(path, "special_file", text, hint, lost=not reason)
    head = b""
    try:
        if reason or status.st_size <= POINTER_BYTES:
            with open(path, "rb") as stream:  # noqa: PTH123 - text
                head = stream.read(HEAD_BYTES if reason else POINTER_BYTES)
        hint = fetch_hint(path, head)
    except OSError as error:
        if not reason:  # reading it as a recording will raise the same error, and say why
            return Listed(path)
        is_lost = _may_be_recording(path, reason)
        return unreadable(path, error) if is_lost else _passed(path, reason)
    if hint:
        return Listed(path, "not_fetched", f"The content of {path} is not here.", hint, lost=True)
    reason = by_head(path, head) if reason else ""
    return Listed(path, reason, f"{path}: {REASONS[reason]}." if reason else "")


def _broken(path: str, error: OSError) -> Listed:
    """Return the entry of a link that leads nowhere or in a circle."""
    if error.errno == errno.ELOOP:
        text = f"{path} is a link that leads back to itself."
        return Listed(path, "loop", text, "Make it anew.", lost=True)
    target = os.readlink(path)  # noqa: PTH115 - text
    text = f"{path} is a link to {target}, which does not exist."
    return Listed(path, "broken_link", text, link_hint(path, target), lost=True)


def _is_open(path: str) -> bool:
    """Whether a pipe is open in this process, as the shell's ``<(command)`` is."""
    return os.path.realpath(path).startswith("/proc/")


def _is_broken(error: OSError) -> bool:
    return error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
