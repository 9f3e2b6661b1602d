"""The production window as it was found: nothing about it is sure yet."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vocalbaby.cloud.opening import open_storage
from vocalbaby.components.feature_table import META_COLUMNS
from vocalbaby.entity.bundle import BundleManifest
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.monitoring.drift.sample import ABSTAINED, Answers
from vocalbaby.monitoring.prediction_log import LogFormatError, MixedModelsError, Rows, read

__all__ = ["Window", "read_log", "read_table"]

_CHILD: Final = META_COLUMNS[1]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Rows of production.

    Attributes:
        columns: Names of the features that were found.
        values: float64, shape (n, n_columns).
        groups: Child or request of each row, shape (n,); in order of time where known.
        answers: What the model said then; None where that is not recorded.
        feature_set: Name and version of the feature set, where recorded.
        model_versions: Models that answered, where recorded.
        since: Time of the oldest row, in Unix seconds, where recorded.
        until: Time of the newest row.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    groups: NDArray[np.str_]
    answers: Answers | None = None
    feature_set: tuple[str, str] | None = None
    model_versions: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    def __len__(self) -> int:
        """How many rows."""
        return len(self.values)

    def thinned(self, most: int) -> "Window":
        """At most so many rows, evenly over the window."""
        if len(self) <= most:
            return self
        at = np.linspace(0, len(self) - 1, most).round().astype(np.intp)
        answers = self.answers and Answers(self.answers.labels[at], self.answers.probabilities[at])
        return replace(self, values=self.values[at], groups=self.groups[at], answers=answers)


def read_log(
    source: str, since: datetime | None, until: datetime | None, manifest: BundleManifest
) -> Window:
    """Rows of the prediction log that a model answered.

    Where it answered none, but others did, these are named in ``model_versions``; there are
    no rows then where theirs do not go together.

    Args:
        source: Folder of the log, or ``s3://bucket/prefix`` that it is shipped to.
        since: Oldest row; with a time zone.
        until: Newest row.
        manifest: Of the model.

    Raises:
        DataNotFoundError: There is no such folder.
        DataError: A file of the log cannot be read.
        StorageError: S3 does not answer.
    """
    if "://" not in source and not Path(source).is_dir():
        raise DataNotFoundError(
            f"There is no prediction log {source}.", hint="Name its folder, or s3://bucket/prefix."
        )
    log = open_storage(source) if "://" in source else source
    try:
        rows = read(log, since, until, manifest.version)
        if not len(rows):
            try:
                rows = read(log, since, until)
            except MixedModelsError as error:
                return Window(
                    (), np.empty((0, 0)), np.empty(0, np.str_), None, None, error.versions
                )
    except LogFormatError as error:
        raise DataError(f"The prediction log {source}: {error}") from error
    return _from_rows(rows, manifest.classes)


def _from_rows(rows: Rows, classes: tuple[str, ...]) -> Window:
    times = rows.time.astype("datetime64[us]").astype(np.float64) / 1e6
    sets = sorted(set(zip(rows.feature_set, rows.feature_set_version, strict=True)))
    labels = np.array([label or ABSTAINED for label in rows.label], np.str_)
    answers = None
    if set(rows.classes) == set(classes):
        places = [rows.classes.index(name) for name in classes]
        answers = Answers(labels, rows.probabilities[:, places])
    return Window(
        columns=rows.columns,
        values=rows.features.astype(np.float64),
        groups=rows.request_id.astype(np.str_),
        answers=answers,
        feature_set=sets[0] if sets else None,
        model_versions=tuple(sorted(set(rows.model_version))),
        since=float(times[0]) if len(rows) else None,
        until=float(times[-1]) if len(rows) else None,
    )


def read_table(path: Path) -> Window:
    """A feature table: Parquet as ``vocalbaby features`` writes it, or CSV with its columns.

    Raises:
        DataNotFoundError: There is no such file.
        DataError: It cannot be read, or a feature holds text.
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
    # Without rows pandas knows no types: that there are none is what matters.
    filled = features if len(frame) else []
    text = [name for name in filled if not pd.api.types.is_numeric_dtype(frame[name])]
    if text:
        raise DataError(
            f"{path} holds text in {', '.join(text[:5])}.",
            hint=f"Beside the features only {', '.join(META_COLUMNS)} may stand.",
        )
    named = (metadata.get(f"vocalbaby.{key}") for key in ("feature_set", "feature_set_version"))
    name, version = named
    known = _CHILD in frame.columns
    groups = frame[_CHILD].fillna("").astype(str) if known else pd.Series(map(str, frame.index))
    return Window(
        columns=tuple(features),
        values=frame[features].to_numpy(np.float64),
        groups=groups.to_numpy(np.str_),
        feature_set=(name, version) if name is not None and version is not None else None,
    )
