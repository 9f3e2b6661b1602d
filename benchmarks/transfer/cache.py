"""Results on disk under a hash of all that determines them, the code included."""

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import vocalbaby.audio
import vocalbaby.components
import vocalbaby.corpora
import vocalbaby.features
import vocalbaby.models
from vocalbaby.components.feature_table import (
    FeatureTable,
    read_feature_table,
    write_feature_table,
)

__all__ = ["cached_table", "code_key", "files_key", "key_of", "table_key"]

_PACKAGES = {
    "audio": vocalbaby.audio,
    "components": vocalbaby.components,
    "corpora": vocalbaby.corpora,
    "features": vocalbaby.features,
    "models": vocalbaby.models,
}


def key_of(*parts: object) -> str:
    """Hash values that JSON can hold; others by their text."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@cache
def code_key(*packages: str) -> str:
    """Hash the source of packages of ``vocalbaby`` (names in `_PACKAGES`)."""
    folders = [Path(str(_PACKAGES[name].__file__)).parent for name in packages]
    return files_key(path for folder in folders for path in folder.rglob("*.py"))


def files_key(paths: Iterable[Path]) -> str:
    """Hash names and contents of files, in any order."""
    return key_of(sorted((p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in paths))


def table_key(table: FeatureTable) -> str:
    """Hash the rows of a feature table."""
    digest = hashlib.sha256(table.meta.to_csv(index=False).encode())
    digest.update(table.array.tobytes())
    return key_of(table.feature_set, table.feature_set_version, digest.hexdigest())


def cached_table(path: Path, compute: Callable[[], FeatureTable]) -> FeatureTable:
    """Read a feature table, or compute and write it."""
    if not path.is_file():
        write_feature_table(path, compute())
    return read_feature_table(path)
