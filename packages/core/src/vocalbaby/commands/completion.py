"""Values of options that the shell completes with the Tab key.

Each function gets the part of the word that is typed, and returns the words that begin with it.
Nothing is read from a network: a key press must not wait for it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import typer

from vocalbaby.entity.labels import CLASSES

__all__ = [
    "age_kinds",
    "channels",
    "classes",
    "confusion_tables",
    "formats_read",
    "formats_written",
    "infant_classes",
    "key_children",
    "methods",
    "summary_formats",
    "versions",
]

_KINDS: Final = ("recording", "child", "hour", "age")
_KEY_CHILDREN: Final = ("CHI", "KCHI", "CHN", "CHF")


def _listed(words: Iterable[str], incomplete: str) -> list[str]:
    """Complete the last word of a list with commas.

    Examples:
        >>> _listed(("Crying", "Laughing"), "Crying,L")
        ['Crying,Laughing']
    """
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [
        f"{before}{comma}{word}"
        for word in words
        if word.casefold().startswith(last.casefold()) and word not in given
    ]


def formats_read(incomplete: str) -> list[str]:
    """Formats of annotations that can be read."""
    from vocalbaby.annotations import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


def formats_written(incomplete: str) -> list[str]:
    """Formats of annotations that can be written."""
    from vocalbaby.annotations import FORMATS

    names = (name for name, each in FORMATS.items() if each.write is not None)
    return [name for name in names if name.startswith(incomplete)]


def classes(incomplete: str) -> list[str]:
    """Classes, separated by commas."""
    return _listed(CLASSES, incomplete)


def infant_classes(incomplete: str) -> list[str]:
    """Classes of an infant, separated by commas."""
    return _listed((name for name in CLASSES if name != "Junk"), incomplete)


def key_children(incomplete: str) -> list[str]:
    """Speakers of the key child, separated by commas."""
    return _listed(_KEY_CHILDREN, incomplete)


def age_kinds(incomplete: str) -> list[str]:
    """Units of the rows of a summary, separated by commas."""
    return _listed(_KINDS, incomplete)


def summary_formats(incomplete: str) -> list[str]:
    """Formats of a summary."""
    return [name for name in ("csv", "json") if name.startswith(incomplete)]


def methods(incomplete: str) -> list[str]:
    """Corrections of errors."""
    return [name for name in ("matrix", "em") if name.startswith(incomplete)]


def confusion_tables(incomplete: str) -> list[str]:
    """Words for tables of errors; another word is a file, which the shell completes."""
    return [name for name in ("auto", "default", "none") if name.startswith(incomplete)]


def channels(context: typer.Context, incomplete: str) -> list[str]:
    """Channels of the store, if it is a folder; the usual names otherwise."""
    found = sorted(path.stem for path in _in_store(context, "channels", "*.json"))
    return [name for name in found or ("production", "staging") if name.startswith(incomplete)]


def versions(context: typer.Context, incomplete: str) -> list[str]:
    """Versions in the store, if it is a folder."""
    found = sorted(path.name for path in _in_store(context, "models", "*"))
    return [name for name in found if name.startswith(incomplete)]


def _in_store(context: typer.Context, folder: str, pattern: str) -> list[Path]:
    store = context.params.get("store") or ""
    if not store or "://" in store:
        return []
    try:
        return list((Path(store) / folder).glob(pattern))
    except OSError:
        return []
