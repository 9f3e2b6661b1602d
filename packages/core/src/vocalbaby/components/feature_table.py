"""Feature tables: one row per clip, stored as Parquet with the feature set as metadata."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from vocalbaby.entity.bundle import ModelFile
from vocalbaby.entity.features import ModelFiles, as_files
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import COPY_KEY
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.utils.extras import needs_extra

with needs_extra("tables"):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = [
    "META_COLUMNS",
    "FeatureTable",
    "checksum",
    "children",
    "concat",
    "join",
    "read_feature_table",
    "to_parquet",
    "write_feature_table",
]

#: Columns that precede the features; ``corpus`` and ``clip_ID`` are the key.
META_COLUMNS: Final = ("clip_ID", "child_ID", "Answer", "corpus", "split")

_FORMAT = "1"
_FILE = "vocalbaby.feature_set_file"
_FILES: Final[TypeAdapter[ModelFile | tuple[ModelFile, ...]]] = TypeAdapter(
    ModelFile | tuple[ModelFile, ...]
)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of labelled clips.

    Attributes:
        feature_set: Name of the feature set.
        feature_set_version: Version of the feature set.
        meta: Text columns ``META_COLUMNS``. The ``clip_ID`` of an augmented copy is that
            of its clip, followed by ``#1``, ``#2`` and so on.
        values: Features of the same rows, float32; NaN means "not measurable".
        file: The pretrained model that the features were computed with; None for most sets,
            several for joined sets.
    """

    feature_set: str
    feature_set_version: str
    meta: pd.DataFrame
    values: pd.DataFrame
    file: ModelFiles = None

    def __post_init__(self) -> None:
        """Check the contract.

        Raises:
            DataError: Rows or columns do not match, a key occurs twice, a class is
                unknown, or a value is infinite or not float32.
        """
        what = f"A table of '{self.feature_set}' features"
        if tuple(self.meta.columns) != META_COLUMNS:
            raise DataError(f"{what} has the columns {list(self.meta.columns)}.", hint=_HINT)
        if len(self.meta) != len(self.values):
            raise DataError(f"{what} has {len(self.meta)} keys, {len(self.values)} rows.")
        twice = self.meta.duplicated(["corpus", "clip_ID"])
        if doubled := sorted(self.meta.clip_ID[twice])[:3]:
            raise DataError(f"{what} has duplicate clip_IDs, e.g. {doubled}.", hint=_HINT)
        if unknown := sorted(set(self.meta.Answer) - set(CLASSES) - {""}):
            raise DataError(f"{what} has unknown classes {unknown}.", hint=f"Use {CLASSES}.")
        if not self.values.columns.is_unique or set(self.values.columns) & set(META_COLUMNS):
            raise DataError(f"{what} has duplicate column names.", hint=_HINT)
        array = self.array
        if array.dtype != np.float32:
            raise DataError(f"{what} holds {array.dtype}, not float32.", hint=_HINT)
        infinite = np.flatnonzero(np.isinf(array).any(axis=0))
        if infinite.size:
            raise DataError(f"{what} is infinite in {[self.columns[i] for i in infinite]}.")

    @property
    def array(self) -> NDArray[np.float32]:
        """The values as an array, float32, shape (n_clips, n_columns)."""
        array: NDArray[np.float32] = self.values.to_numpy()
        return array

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features in order."""
        return tuple(self.values.columns)

    @property
    def originals(self) -> "FeatureTable":
        """The rows of clips, without augmented copies."""
        copy = [re.search(COPY_KEY, key) is not None for key in self.meta.clip_ID]
        return self.where(~np.array(copy, np.bool_))

    def __len__(self) -> int:
        return len(self.meta)

    def where(self, mask: "pd.Series[bool] | NDArray[np.bool_]") -> "FeatureTable":
        """Select the rows for which ``mask``, shape (n_clips,), is true."""
        keep = np.flatnonzero(np.asarray(mask))
        return replace(
            self,
            meta=self.meta.iloc[keep].reset_index(drop=True),
            values=self.values.iloc[keep].reset_index(drop=True),
        )


def children(meta: pd.DataFrame) -> NDArray[np.int64]:
    """Number the children of a table, who are identified by corpus and ``child_ID``.

    Args:
        meta: Columns ``child_ID`` and ``corpus``.

    Returns:
        Numbers in the order of ``child_ID`` and then ``corpus``, from 0, int64, shape (n_clips,).

    Examples:
        >>> meta = pd.DataFrame({"child_ID": ["2", "1", "1"], "corpus": ["A", "B", "A"]})
        >>> children(meta).tolist()
        [2, 1, 0]
    """
    numbers = meta.groupby(["child_ID", "corpus"], sort=True).ngroup()
    return np.asarray(numbers, np.int64)


_HINT = "Write feature tables with 'vocalbaby features'."


def concat(tables: list[FeatureTable]) -> FeatureTable:
    """Concatenate tables of one feature set.

    Raises:
        DataError: The feature sets differ, or a clip is in two tables.
    """
    first = tables[0]
    for table in tables:
        if (table.feature_set, table.feature_set_version, table.columns) != (
            first.feature_set,
            first.feature_set_version,
            first.columns,
        ):
            raise DataError(
                f"Tables of different feature sets: {first.feature_set} "
                f"{first.feature_set_version} and {table.feature_set} {table.feature_set_version}.",
                hint="Compute the features of every part again.",
            )
    return replace(
        first,
        meta=pd.concat([t.meta for t in tables], ignore_index=True),
        values=pd.concat([t.values for t in tables], ignore_index=True),
    )


def join(tables: list[FeatureTable]) -> FeatureTable:
    """Join tables of different feature sets of the same clips side by side.

    Args:
        tables: Two tables or more, with the same rows in the same order.

    Returns:
        The columns of all tables; names and versions of the sets are joined with ``+``.

    Raises:
        DataError: The rows or their metadata differ, or a column is in two tables.

    Examples:
        >>> meta = pd.DataFrame([["a", "1", "Junk", "x", "test"]], columns=list(META_COLUMNS))
        >>> one, two = (
        ...     FeatureTable(name, "1", meta, pd.DataFrame({name: np.zeros(1, np.float32)}))
        ...     for name in ("p", "q")
        ... )
        >>> join([one, two]).feature_set, join([one, two]).columns
        ('p+q', ('p', 'q'))
    """
    first = tables[0]
    for table in tables[1:]:
        if not table.meta.equals(first.meta):
            raise DataError(
                f"The tables of {first.feature_set} and {table.feature_set} have different clips.",
                hint="Run 'vocalbaby features', which computes all sets of the same clips.",
            )
    files = tuple(file for table in tables for file in as_files(table.file))
    return FeatureTable(
        "+".join(table.feature_set for table in tables),
        "+".join(table.feature_set_version for table in tables),
        first.meta,
        pd.concat([table.values for table in tables], axis=1),
        files if len(files) > 1 else next(iter(files), None),
    )


def write_feature_table(path: str | Path, table: FeatureTable) -> None:
    """Write a table as Parquet. The same table gives the same bytes."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_parquet(table))


def to_parquet(table: FeatureTable) -> bytes:
    """Serialize a table as Parquet. The same table gives the same bytes."""
    columns = {name: pa.array(table.meta[name], pa.string()) for name in META_COLUMNS}
    columns |= {name: pa.array(table.values[name].to_numpy()) for name in table.columns}
    metadata = {
        "vocalbaby.format": _FORMAT,
        "vocalbaby.feature_set": table.feature_set,
        "vocalbaby.feature_set_version": table.feature_set_version,
    }
    if table.file is not None:
        metadata[_FILE] = _FILES.dump_json(table.file).decode()
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, metadata=metadata), buffer, compression="zstd")
    return bytes(buffer.getvalue())


def read_feature_table(path: str | Path) -> FeatureTable:
    """Read a table that `write_feature_table` wrote.

    Args:
        path: Parquet file. If there is none, and its folder has the name of joined sets
            (``mfcc+egemaps/train.parquet``), the tables of the parts are read and joined.

    Raises:
        DataNotFoundError: There is no such file, nor the files of the parts.
        DataError: A file is not Parquet or not a feature table, breaks the contract, or the
            parts are of different clips.

    Examples:
        >>> read_feature_table("features/mfcc/missing.parquet")
        Traceback (most recent call last):
        vocalbaby.exception.DataNotFoundError: There is no feature table ...
    """
    path = Path(path)
    names = path.parent.name.split("+")
    if len(names) > 1 and not path.is_file():
        parts = [path.parent.with_name(name) / path.name for name in names]
        return join([read_feature_table(part) for part in parts])
    if not path.is_file():
        raise DataNotFoundError(f"There is no feature table {path}.", hint=_HINT)
    try:
        arrow = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is not Parquet: {error}.", hint=_HINT) from error
    metadata = {k.decode(): v.decode() for k, v in (arrow.schema.metadata or {}).items()}
    if metadata.get("vocalbaby.format") != _FORMAT:
        raise DataError(f"{path} is not a feature table of this version.", hint=_HINT)
    if missing := [name for name in META_COLUMNS if name not in arrow.column_names]:
        raise DataError(f"{path} lacks the columns {missing}.", hint=_HINT)
    features = [name for name in arrow.column_names if name not in META_COLUMNS]
    values = np.empty((arrow.num_rows, len(features)), np.float32)
    for index, name in enumerate(features):
        values[:, index] = arrow[name].to_numpy()
    return FeatureTable(
        metadata.get("vocalbaby.feature_set", ""),
        metadata.get("vocalbaby.feature_set_version", ""),
        pd.DataFrame({n: arrow[n].to_pylist() for n in META_COLUMNS}).fillna("").astype(object),
        pd.DataFrame(values, columns=features),
        _file(metadata[_FILE], path) if _FILE in metadata else None,
    )


def checksum(tables: Iterable[FeatureTable]) -> str:
    """Hash the keys and values of tables, whatever Parquet writer stored them (SHA-256)."""
    digest = hashlib.sha256()
    for table in tables:
        digest.update(table.meta.to_csv(index=False).encode())
        digest.update(np.where(np.isnan(table.array), np.float32(np.nan), table.array).tobytes())
    return digest.hexdigest()


def _file(text: str, path: Path) -> ModelFile | tuple[ModelFile, ...]:
    try:
        return _FILES.validate_json(text)
    except ValidationError as error:
        raise DataError(f"{path} names no valid model file: {error}.", hint=_HINT) from error
