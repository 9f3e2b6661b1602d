"""Names of the files of a dataset, which hold whatever recordings and children are called."""

import hashlib
from typing import Final
from urllib.parse import quote

__all__ = ["encoded", "file_name", "partition"]

#: File systems allow 255 bytes for a name with its suffix.
_LONGEST: Final = 200

#: Partition of recordings whose child is not known. Readers would take Hive's own name for a
#: missing value, of which they know no type where no recording has a child.
_UNKNOWN: Final = "_unknown_"


def encoded(text: str) -> str:
    """Return a name of a file for any text, percent-encoded as in URLs.

    A long name is shortened, and made different from others by a hash.

    Examples:
        >>> encoded("c07/day 1"), encoded(".hidden"), encoded("Zoë")
        ('c07%2Fday%201', '%2Ehidden', 'Zo%C3%AB')
        >>> len(encoded("a" * 300)) <= 255
        True
    """
    name = quote(text, safe="").replace("~", "%7E")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST].rstrip('%')}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return name


def partition(corpus: str, child_id: str | None) -> str:
    """Return the folder of a child's files, such as ``child=c07``.

    Children of two corpora may have the same ID, so that the corpus is a part of the name.

    Examples:
        >>> partition("", "c07"), partition("homebank", "007"), partition("", None)
        ('child=c07', 'child=homebank%2F007', 'child=_unknown_')
    """
    if not child_id:
        return f"child={_UNKNOWN}"
    return f"child={encoded(f'{corpus}/{child_id}' if corpus else child_id)}"


def file_name(kind: str, corpus: str, child_id: str | None, recording_id: str) -> str:
    """Return the key of a recording's file.

    Args:
        kind: ``segments``, ``figures`` or ``records``.
        corpus: Name of the corpus; may be empty.
        child_id: The child; None if not known.
        recording_id: The recording.

    Examples:
        >>> file_name("segments", "", "c07", "c07/day1")
        'segments/child=c07/c07%2Fday1.parquet'
    """
    suffix = "json" if kind == "records" else "parquet"
    return f"{kind}/{partition(corpus, child_id)}/{encoded(recording_id)}.{suffix}"
