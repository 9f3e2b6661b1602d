"""Files whose content git-annex, DVC or Git LFS has not fetched, and how to fetch it."""

import os
from typing import Final

from vocalbaby.audio.listing.names import RECORDINGS, suffix_of

__all__ = ["POINTER_BYTES", "fetch_hint", "link_hint"]

#: Largest size of a text file that stands for the content of another one.
POINTER_BYTES: Final = 1024

_ANNEX_POINTER: Final = b"/annex/objects/"
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"


def link_hint(path: str, target: str) -> str:
    """Return what to do about a link to a file that does not exist.

    Examples:
        >>> link_hint("a.wav", "../.git/annex/objects/x/y/MD5E-s1.wav/MD5E-s1.wav")
        'Fetch it with: git annex get a.wav (or datalad get a.wav).'
        >>> link_hint("a.wav", "/disk2/a.wav")
        'Restore that file, or remove the link.'
    """
    place = target.replace("\\", "/")
    if "/annex/objects/" in place:
        return f"Fetch it with: git annex get {path} (or datalad get {path})."
    if "/dvc/" in place or ".dvc/" in place or "/files/md5/" in place:
        return f"Fetch it with: dvc pull {path}"
    return "Restore that file, or remove the link."


def fetch_hint(path: str, head: bytes) -> str:
    """Return how to fetch a file of which only a stand-in is here; empty for other files.

    Args:
        path: The file. ``a.wav.dvc`` stands for ``a.wav`` if that is missing.
        head: The first `POINTER_BYTES` bytes, or fewer if the name is not that of a
            recording.

    Examples:
        >>> fetch_hint("a.wav", b"version https://git-lfs.github.com/spec/v1")
        'Fetch it with: git lfs pull --include a.wav'
        >>> fetch_hint("a.wav", b"RIFF....WAVE")
        ''
    """
    if head.startswith(_ANNEX_POINTER):
        return f"Fetch it with: git annex get {path} (or datalad get {path})."
    if head.startswith(_LFS_POINTER):
        return f"Fetch it with: git lfs pull --include {path}"
    stem, suffix = os.path.splitext(path)  # noqa: PTH122 - text
    is_stand_in = suffix == ".dvc" and (suffix_of(stem) in RECORDINGS or not suffix_of(stem))
    if is_stand_in and not os.path.lexists(stem):
        return f"Fetch it with: dvc pull {path}"
    return ""
