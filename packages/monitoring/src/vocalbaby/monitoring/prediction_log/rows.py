"""Rows of the log as numpy arrays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LeftOut", "Rows", "concatenate", "objects", "select"]


class LeftOut(NamedTuple):
    """A part of the log that could not be read, or is not as it was written.

    Attributes:
        file: Key of the file: its path in the folder, or its key in the store.
        offset: Offset of the first byte that is affected.
        rows: Number of rows that were left out; None if it is not known.
        reason: What is wrong.

    Examples:
        >>> print(LeftOut("m-1/2026-03-01T10/0-000001.arrows", 976, 5, "damaged"))
        m-1/2026-03-01T10/0-000001.arrows, byte 976: damaged (5 rows)
        >>> print(LeftOut("m-1/2026-03-01T10/0-000001.arrows", 976, None, "cut"))
        m-1/2026-03-01T10/0-000001.arrows, byte 976: cut (unknown number of rows)
    """

    file: str
    offset: int
    rows: int | None
    reason: str

    def __str__(self) -> str:
        """The place, the reason and the number of rows."""
        rows = "unknown number of rows" if self.rows is None else f"{self.rows} rows"
        return f"{self.file}, byte {self.offset}: {self.reason} ({rows})"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of the log with one array per column.

    Attributes:
        columns: Names of the features; empty when there are no rows.
        classes: Names of the classes; empty when there are no rows.
        time: datetime64[ns], UTC, shape (n,).
        request_id: str objects, shape (n,).
        model_version: str objects, shape (n,).
        feature_set: str objects, shape (n,).
        feature_set_version: str objects, shape (n,).
        features: float32, shape (n, n_columns); NaN means "not measurable".
        label: str objects or None (abstained), shape (n,).
        probabilities: float64, shape (n, n_classes).
        duration_s: float64, shape (n,), in seconds.
        warnings: Tuples of codes, objects, shape (n,).
        torn: Number of files that ended in an incomplete batch, which was left out: their
            process was killed or was writing.
        unchecked: Number of files without checksums, which former versions wrote; damage of
            such a file may go unnoticed.
        left_out: Damaged, missing or unreadable parts of the log.

    Examples:
        >>> from vocalbaby.monitoring import prediction_log
        >>> rows = prediction_log.read("empty")
        >>> len(rows), rows.features.shape, rows.torn
        (0, (0, 0), 0)
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]
    time: NDArray[np.datetime64]
    request_id: NDArray[np.object_]
    model_version: NDArray[np.object_]
    feature_set: NDArray[np.object_]
    feature_set_version: NDArray[np.object_]
    features: NDArray[np.float32]
    label: NDArray[np.object_]
    probabilities: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    warnings: NDArray[np.object_]
    torn: int = 0
    unchecked: int = 0
    left_out: tuple[LeftOut, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.time)


_OTHERS: Final = {"columns", "classes", "torn", "unchecked", "left_out"}
_ARRAYS: Final = tuple(name for name in Rows.__dataclass_fields__ if name not in _OTHERS)


def objects(values: Collection[object]) -> NDArray[np.object_]:
    """Create an array of Python objects."""
    return np.fromiter(values, dtype=object, count=len(values))


def select(rows: Rows, indices: NDArray[np.intp]) -> Rows:
    """Select the rows at these indices, in this order."""
    return replace(rows, **{name: getattr(rows, name)[indices] for name in _ARRAYS})


def concatenate(parts: Sequence[Rows]) -> Rows:
    """Concatenate rows that have the same columns and classes."""
    if not parts:
        return _none()
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS
    }
    return replace(parts[0], **arrays)


def _none() -> Rows:
    texts = objects([])
    return Rows(
        columns=(),
        classes=(),
        time=np.empty(0, "datetime64[ns]"),
        request_id=texts,
        model_version=texts,
        feature_set=texts,
        feature_set_version=texts,
        features=np.empty((0, 0), np.float32),
        label=texts,
        probabilities=np.empty((0, 0)),
        duration_s=np.empty(0),
        warnings=texts,
    )
