"""Features that were computed before, by the content that they were computed from.

A row is found by what it depends on: the bytes of the clip, how the copy was made, the code that
decodes and augments, and the name, version and model file of the feature set. Rows lie in files
of one set whose names are the checksums of their contents. A file is written once, atomically,
and never changed, so that several processes may share a cache; a damaged file is deleted, and its
rows are computed again.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.components.feature_rows import METHOD
from vocalbaby.entity.features import FeatureSet, as_files
from vocalbaby.utils.extras import needs_extra

with needs_extra("tables"):
    import pyarrow as pa

__all__ = ["FeatureCache", "fingerprint"]

Row = NDArray[np.float32]

#: Rows that are held before they are written.
_ROWS_PER_FILE: Final = 512
#: Values that are held before they are written: wide and slow sets are written more often.
_VALUES_PER_FILE: Final = 2**17
#: Files of a set above which they are joined into one.
_MAX_FILES: Final = 32
_SUFFIX: Final = ".arrow"


@cache
def fingerprint() -> str:
    """Return a checksum of the code that decodes and augments clips (SHA-256).

    Examples:
        >>> len(fingerprint())
        64
    """
    digest = hashlib.sha256(METHOD.encode())
    for folder in audio.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


class FeatureCache:
    """The rows of one feature set in a folder.

    Args:
        folder: Folder of the caches of all sets; it need not exist.
        feature_set: The set.

    Raises:
        OSError: The folder cannot be read or written.

    Examples:
        >>> from vocalbaby import features
        >>> cache = FeatureCache("cache", features.get("mfcc"))
        >>> cache.add("0" * 64, np.zeros(40, np.float32))
        >>> cache.close()
        >>> again = FeatureCache("cache", features.get("mfcc"))
        >>> len(again), again.get("0" * 64).shape
        (1, (40,))
    """

    def __init__(self, folder: str | Path, feature_set: FeatureSet) -> None:
        columns = ",".join(column.name for column in feature_set.columns)
        parts = [feature_set.name, feature_set.version, columns, fingerprint()]
        parts += [file.model_dump_json() for file in as_files(feature_set.file)]
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        self._folder = Path(folder) / f"{feature_set.name}-{digest[:32]}"
        self._width = len(feature_set.columns)
        self._rows: dict[str, Row] = {}
        self._files: list[Path] = []
        self._new: dict[str, Row] = {}
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            rows = _read(path, self._width)
            if rows is not None:
                self._rows.update(rows)
                self._files.append(path)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        """Return a row, or None if it is not known.

        Args:
            key: SHA-256 of what the row depends on apart from the feature set.

        Returns:
            float32, shape (n_columns,); NaN where not measurable.

        Examples:
            >>> from vocalbaby import features
            >>> FeatureCache("empty", features.get("mfcc")).get("0" * 64) is None
            True
        """
        return self._rows.get(key)

    def add(self, key: str, row: Row) -> None:
        """Remember a row; it is written with others, at the latest by `close`.

        Args:
            key: SHA-256 of what the row depends on apart from the feature set.
            row: float32, shape (n_columns,).

        Examples:
            >>> from vocalbaby import features
            >>> cache = FeatureCache("added", features.get("mfcc"))
            >>> cache.add("1" * 64, np.ones(40, np.float32))
            >>> cache.get("1" * 64)[0]
            np.float32(1.0)
        """
        self._rows[key] = self._new[key] = np.array(row, np.float32)
        full = len(self._new) * self._width >= _VALUES_PER_FILE
        if full or len(self._new) >= _ROWS_PER_FILE:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are not written yet.

        Examples:
            >>> from vocalbaby import features
            >>> FeatureCache("flushed", features.get("mfcc")).flush()
        """
        if self._new:
            self._files.append(self._write(self._new))
            self._new = {}

    def close(self) -> None:
        """Write all rows, and join the files of the set if there are many.

        Examples:
            >>> from vocalbaby import features
            >>> FeatureCache("closed", features.get("mfcc")).close()
        """
        self.flush()
        if len(self._files) > _MAX_FILES:
            joined = self._write(self._rows)
            for path in set(self._files) - {joined}:
                path.unlink(missing_ok=True)
            self._files = [joined]

    def _write(self, rows: Mapping[str, Row]) -> Path:
        content = _to_arrow(rows, self._width)
        path = self._folder / f"{hashlib.sha256(content).hexdigest()}{_SUFFIX}"
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return path


def _to_arrow(rows: Mapping[str, Row], width: int) -> bytes:
    values = np.stack(list(rows.values())).astype("<f4")
    keys = pa.array([bytes.fromhex(key) for key in rows], pa.binary(32))
    table = pa.table(
        {"key": keys, "row": pa.FixedSizeListArray.from_arrays(values.reshape(-1), width)}
    )
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def _read(path: Path, width: int) -> dict[str, Row] | None:
    """Read a file of the cache; one whose content is not that of its name is deleted."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # another process has joined it with others
        return None
    if hashlib.sha256(content).hexdigest() != path.stem:
        path.unlink(missing_ok=True)
        return None
    table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    keys = [key.hex() for key in table["key"].to_pylist()]
    rows = table["row"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return dict(zip(keys, rows.reshape(len(keys), width), strict=True))
