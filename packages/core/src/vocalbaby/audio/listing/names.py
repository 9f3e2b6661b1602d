"""What a file is, judging by its name and its first bytes."""

from pathlib import PurePosixPath
from typing import Final

__all__ = ["HEAD_BYTES", "RECORDINGS", "by_head", "by_name", "suffix_of"]

#: Endings of the names of recordings, in lower case, whether or not they can be read here:
#: a recording that cannot be read is refused by name instead of being passed over.
RECORDINGS: Final = frozenset(
    {
        *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".mp3", ".mp2", ".mpga"),
        *(".ogg", ".oga", ".ogv", ".ogx", ".opus", ".spx", ".aif", ".aiff", ".aifc", ".afc"),
        *(".au", ".snd", ".caf", ".sph", ".nist", ".voc", ".sd2", ".gsm", ".vox", ".ircam"),
        *(".m4a", ".m4b", ".m4r", ".m4v", ".mp4", ".mov", ".qt", ".3gp", ".3gpp", ".3g2"),
        *(".aac", ".adts", ".amr", ".awb", ".webm", ".weba", ".mkv", ".mka", ".wma", ".wmv"),
        *(".asf", ".avi", ".flv", ".mpg", ".mpeg", ".mts", ".m2ts", ".ac3", ".eac3", ".dts"),
        *(".ape", ".wv", ".tta", ".dss", ".ds2", ".ra", ".rm", ".rmvb", ".mpc", ".dsf", ".qcp"),
    }
)

#: Endings of the names of archives, which may hold recordings.
_ARCHIVES: Final = frozenset(
    {".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".zst", ".7z", ".rar"}
)

#: Bytes from the beginning of a file that `by_head` needs.
HEAD_BYTES: Final = 16

#: Files and folders that operating systems and file servers add on their own.
_SYSTEM_FILES: Final = frozenset(
    {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", ".localized"}
)
_SYSTEM_FOLDERS: Final = frozenset(
    {
        *("__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin", "lost+found"),
        *("system volume information", "__pycache__", ".git", ".dvc", ".datalad"),
        *(".trashes", ".spotlight-v100", ".fseventsd", ".temporaryitems"),
    }
)

#: Offset and value of the bytes of recordings; a name and a second offset are not needed.
_HEADS: Final = (
    *((8, b"WAVE"), (8, b"AVI "), (8, b"AIFF"), (8, b"AIFC"), (4, b"ftyp"), (0, b"caff")),
    *((0, b"fLaC"), (0, b"OggS"), (0, b"ID3"), (0, b".snd"), (0, b"#!AMR"), (0, b"NIST_1A")),
    *((0, b"riff\x2e\x91\xcf\x11"), (0, b"\x1a\x45\xdf\xa3"), (0, b"MAC "), (0, b"wvpk")),
    *((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), (0, b"TTA1"), (0, b"Creative Voice")),
)
#: Brands of pictures, which are in the same container as MP4.
_PICTURES: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})


def suffix_of(name: str) -> str:
    """Return the ending of a name in lower case, with its dot; empty if it has none."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def by_name(name: str, *, folder: bool = False) -> str:
    r"""Return why a name is not that of a recording; empty if it may be one.

    Args:
        name: Relative to the folder or archive that is listed; ``/`` or ``\`` separate
            folders. A name that ends so is a folder.
        folder: Whether the last part is a folder.

    Returns:
        ``system_folder``, ``system_file``, ``apple_double``, ``hidden``, ``subfolder``,
        ``archive`` or ``not_audio``. A file that is ``not_audio`` may still be a recording
        according to `by_head`.

    Examples:
        >>> [by_name(name) for name in ("a.m4a", "notes.txt", "__MACOSX/a.wav", "day1/")]
        ['', 'not_audio', 'system_folder', 'subfolder']
    """
    plain = name.replace("\\", "/")
    folder = folder or plain.endswith("/")
    parts = [part for part in plain.split("/") if part not in {"", ".", ".."}]
    for place, part in enumerate(parts, 1):
        lower = part.lower()
        is_folder = folder or place < len(parts)
        if lower in (_SYSTEM_FOLDERS if is_folder else _SYSTEM_FILES):
            return "system_folder" if is_folder else "system_file"
        if lower.startswith("."):
            return "apple_double" if lower.startswith("._") else "hidden"
    if folder:
        return "subfolder"
    suffix = suffix_of(name)
    others = "archive" if suffix in _ARCHIVES else "not_audio"
    return "" if suffix in RECORDINGS else others


def by_head(name: str, head: bytes) -> str:
    """Return the reason for a file that is ``not_audio`` by its name, given its first bytes.

    A recording without a suffix is read. One with another suffix is not, since files
    are renamed (``cry.wav.bad``) to exclude them; its reason differs from that of a document.

    Args:
        name: As for `by_name`.
        head: The first `HEAD_BYTES` bytes, or fewer.

    Returns:
        An empty text for a recording, ``other_suffix`` or ``not_audio``.

    Examples:
        >>> wav = b"RIFF....WAVEfmt "
        >>> by_head("REC001", wav), by_head("cry.wav.bad", wav), by_head("README", b"Read me")
        ('', 'other_suffix', 'not_audio')
    """
    if not _is_recording(head):
        return "not_audio"
    return "other_suffix" if suffix_of(name) else ""


def _is_recording(head: bytes) -> bool:
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURES:
        return False
    if any(head[at : at + len(magic)] == magic for at, magic in _HEADS):
        return True
    # MPEG audio of layer II or III, or AAC in ADTS. Text in UTF-16 begins like layer I.
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 6 != 6
