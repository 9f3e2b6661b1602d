"""The window of production as it was read, before any check."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vocalbaby.cloud.opening import open_storage
from vocalbaby.components.feature_table import META_COLUMNS
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.monitoring.drift.sample import ABSTAINED, Predictions
from vocalbaby.monitoring.prediction_log import LeftOut, MixedModelsError, Rows, read

__all__ = ["Window", "read_log", "read_table"]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Rows of production.

    Attributes:
        columns: Names of the features.
        values: float64, shape (n, n_columns).
        groups: Child or request of each row, shape (n,), in the order of time if it is known.
        predictions: Recorded predictions of the model, or None.
        feature_set: Recorded name and version of the feature set, or None.
        model_versions: Recorded versions of the models that predicted.
        since: Recorded time of the oldest row in Unix seconds, or None.
        until: Recorded time of the newest row in Unix seconds, or None.
        left_out: Damaged, missing or unreadable parts of the log.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    groups: NDArray[np.str_]
    predictions: Predictions | None = None
    feature_set: tuple[str, str] | None = None
    model_versions: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    left_out: tuple[LeftOut, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)

    def thinned(self, max_rows: int) -> "Window":
        """An even subsample of at most this many rows."""
        if len(self) <= max_rows:
            return self
        at = np.linspace(0, len(self) - 1, max_rows).round().astype(np.intp)
        predictions = self.predictions and Predictions(
            self.predictions.labels[at], self.predictions.probabilities[at]
        )
        return replace(
            self, values=self.values[at], groups=self.groups[at], predictions=predictions
        )


def read_log(
    source: str, since: datetime | None, until: datetime | None, manifest: BundleManifest
) -> Window:
    """Read the rows of the prediction log that a model predicted.

    Damaged parts of the log are left out. If there are only rows of other models,
    ``model_versions`` names these models. The window is then empty if their rows have different
    columns.

    Args:
        source: Folder of the log, or ``s3://bucket/prefix`` that it is shipped to.
        since: Time of the oldest row, with a time zone; None for no limit.
        until: Time of the newest row, with a time zone; None for no limit.
        manifest: Manifest of the model.

    Raises:
        DataNotFoundError: The folder does not exist.
        StorageError: S3 cannot be read.
    """
    if "://" not in source and not Path(source).is_dir():
        raise DataNotFoundError(
            f"There is no prediction log {source}.", hint="Name its folder, or s3://bucket/prefix."
        )
    log = open_storage(source) if "://" in source else source
    rows = read(log, since, until, manifest.version)
    if not len(rows):
        try:
            rows = read(log, since, until)
        except MixedModelsError as error:
            nothing = np.empty((0, 0)), np.empty(0, np.str_)
            return Window((), *nothing, model_versions=error.versions, left_out=rows.left_out)
    return _from_rows(rows, manifest.classes)


def _from_rows(rows: Rows, classes: tuple[str, ...]) -> Window:
    times = rows.time.astype("datetime64[us]").astype(np.float64) / 1e6
    sets = sorted(set(zip(rows.feature_set, rows.feature_set_version, strict=True)))
    labels = np.array([label or ABSTAINED for label in rows.label], np.str_)
    predictions = None
    if set(rows.classes) == set(classes):
        indices = [rows.classes.index(name) for name in classes]
        predictions = Predictions(labels, rows.probabilities[:, indices])
    return Window(
        columns=rows.columns,
        values=rows.features.astype(np.float64),
        groups=rows.request_id.astype(np.str_),
        predictions=predictions,
        feature_set=sets[0] if sets else None,
        model_versions=tuple(sorted(set(rows.model_version))),
        since=float(times[0]) if len(rows) else None,
        until=float(times[-1]) if len(rows) else None,
        left_out=rows.left_out,
    )


def read_table(path: Path) -> Window:
    """Read a feature table: Parquet as ``vocalbaby features`` writes it, or CSV with its columns.

    Raises:
        DataNotFoundError: The file does not exist.
        DataError: The file cannot be read, or a feature contains text.
    """
    if not path.is_file():
        raise DataNotFoundError(f"There is no feature table {path}.", hint="Name a file.")
    try:
        if path.suffix.lower() == ".csv":
            frame, metadata = pd.read_csv(path, low_memory=False), {}
        else:
            table = pq.read_table(path)
            frame = table.to_pandas()
            metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path} is not a feature table: {error}") from error
    features = [str(name) for name in frame.columns if name not in META_COLUMNS]
    # Without rows pandas knows no types, and the missing rows are reported instead.
    filled = features if len(frame) else []
    text = [name for name in filled if not pd.api.types.is_numeric_dtype(frame[name])]
    if text:
        raise DataError(
            f"{path} contains text in {', '.join(text[:5])}.",
            hint=f"Besides features, only the columns {', '.join(META_COLUMNS)} are allowed.",
        )
    named = (metadata.get(f"vocalbaby.{key}") for key in ("feature_set", "feature_set_version"))
    name, version = named
    known = "child_ID" in frame.columns
    groups = frame["child_ID"].fillna("").astype(str) if known else pd.Series(map(str, frame.index))
    if known and "corpus" in frame.columns:  # a child is one of its corpus
        groups += "\0" + frame["corpus"].fillna("").astype(str)
    return Window(
        columns=tuple(features),
        values=frame[features].to_numpy(np.float64),
        groups=groups.to_numpy(np.str_),
        feature_set=(name, version) if name is not None and version is not None else None,
    )
