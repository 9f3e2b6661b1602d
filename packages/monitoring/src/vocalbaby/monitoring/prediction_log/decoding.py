"""Decodes the bytes of a log file into rows; an incomplete batch at the end is left out."""

import io
import json
from typing import Any, NamedTuple, TypeAlias

import nanoarrow as na
import numpy as np
from nanoarrow.ipc import InputStream
from numpy.typing import NDArray

from vocalbaby.monitoring.prediction_log.encoding import CLASSES, COLUMNS, END, FORMAT
from vocalbaby.monitoring.prediction_log.rows import Rows, objects

__all__ = ["LogFormatError", "Stream", "decode"]

#: An object of nanoarrow, which has no type annotations.
_Arrow: TypeAlias = Any


class LogFormatError(ValueError):
    """A file has another version of the format, or rows cannot be combined."""


class MixedModelsError(LogFormatError):
    """Rows of several models have different features or classes.

    Attributes:
        versions: Versions of these models, sorted.
    """

    def __init__(self, versions: tuple[str, ...]) -> None:
        super().__init__(
            f"The rows of {', '.join(versions)} have different features or classes. "
            "Select one of them with model_version."
        )
        self.versions = versions


class Stream(NamedTuple):
    """The complete batches of a file.

    Attributes:
        batches: Rows of each complete batch.
        length: Number of bytes up to the end of the last complete batch.
        torn: Whether bytes follow that are neither a batch nor the end of the stream.
    """

    batches: list[Rows]
    length: int
    torn: bool


def decode(data: bytes) -> Stream:
    """Decode every complete batch of a file.

    Raises:
        LogFormatError: It is an Arrow stream of another format.
    """
    file = io.BytesIO(data)
    batches: list[Rows] = []
    length = 0
    try:
        with na.c_array_stream(InputStream.from_readable(file)) as stream:
            columns, classes = _names(stream.get_schema())
            length = file.tell()
            for batch in stream:
                batches.append(_rows(batch, columns, classes))
                length = file.tell()
    except LogFormatError:
        raise
    except (RuntimeError, ValueError, KeyError):  # of nanoarrow, of text, of a damaged name
        return Stream(batches, length, torn=bool(data))
    return Stream(batches, length, torn=data[length:] not in {b"", END})


def _names(schema: _Arrow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    metadata = dict(schema.metadata.items()) if schema.metadata else {}
    if metadata.get(FORMAT[0]) != FORMAT[1]:
        raise LogFormatError(f"not a prediction log of format {FORMAT[1].decode()}")
    return tuple(json.loads(metadata[COLUMNS])), tuple(json.loads(metadata[CLASSES]))


def _rows(batch: _Arrow, columns: tuple[str, ...], classes: tuple[str, ...]) -> Rows:
    part = {child.schema.name: child for child in batch.children}
    n = batch.length
    return Rows(
        columns=columns,
        classes=classes,
        time=_numbers(part["time"]).view("datetime64[ns]"),
        request_id=_texts(part["request_id"]),
        model_version=_texts(part["model_version"]),
        feature_set=_texts(part["feature_set"]),
        feature_set_version=_texts(part["feature_set_version"]),
        features=_numbers(part["features"].child(0)).reshape(n, len(columns)),
        label=_texts(part["label"]),
        probabilities=_numbers(part["probabilities"].child(0)).reshape(n, len(classes)),
        duration_s=_numbers(part["duration_s"]),
        warnings=objects([tuple(texts) for texts in na.Array(part["warnings"]).iter_py()]),
    )


def _numbers(column: _Arrow) -> NDArray[Any]:
    return np.array(column.view().buffer(1))


def _texts(column: _Arrow) -> NDArray[np.object_]:
    return objects(list(na.Array(column).iter_py()))
