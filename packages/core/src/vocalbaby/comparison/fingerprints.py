"""Fingerprints of everything that a result depends on, so that only stale ones are computed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

from vocalbaby.components.feature_table import FeatureTable, checksum

__all__ = ["code_fingerprint", "fingerprint"]

#: Packages whose code determines a model and its predictions.
_PACKAGES = ("bundle", "components", "entity", "inference", "models")

#: Libraries that do.
_LIBRARIES = ("imbalanced-learn", "numpy", "scikit-learn", "scipy", "xgboost-cpu")


def fingerprint(tables: Sequence[FeatureTable], settings: Mapping[str, object]) -> str:
    """Hash feature tables, settings and the code that uses them.

    Args:
        tables: The feature tables.
        settings: Settings that JSON can hold.

    Returns:
        64 hexadecimal digits.

    Examples:
        >>> fingerprint([], {"seed": 1}) == fingerprint([], {"seed": 2})
        False
    """
    found = {
        "tables": [
            [table.feature_set, table.feature_set_version, list(table.columns), checksum([table])]
            for table in tables
        ],
        "settings": settings,
        "code": code_fingerprint(),
    }
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


@cache
def code_fingerprint() -> str:
    """Hash the code that trains and predicts, and the versions of its libraries.

    Returns:
        64 hexadecimal digits.

    Examples:
        >>> len(code_fingerprint())
        64
    """
    digest = hashlib.sha256()
    for package in _PACKAGES:
        _add(digest, files(f"vocalbaby.{package}"), package)
    for library in _LIBRARIES:
        try:
            digest.update(f"{library} {metadata.version(library)}\n".encode())
        except metadata.PackageNotFoundError:
            digest.update(f"{library} -\n".encode())
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", folder: Traversable, name: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                _add(digest, entry, path)
        elif entry.name.endswith(".py"):
            digest.update(f"{path}\n".encode() + entry.read_bytes())
