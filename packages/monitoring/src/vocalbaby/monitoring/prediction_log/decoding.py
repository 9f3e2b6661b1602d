"""Decodes the bytes of a log file into rows; incomplete and damaged batches are left out."""

import io
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import nanoarrow as na
import numpy as np
from nanoarrow.ipc import InputStream
from numpy.typing import NDArray

from vocalbaby.monitoring.prediction_log.encoding import CLASSES, COLUMNS, END, FORMAT
from vocalbaby.monitoring.prediction_log.inspection import CUT, EMPTY, Fault, Inspection, inspect
from vocalbaby.monitoring.prediction_log.rows import Rows, objects
from vocalbaby.monitoring.prediction_log.sealing import is_sealed
from vocalbaby.monitoring.prediction_log.unsealed import is_decodable

__all__ = ["LogFormatError", "Stream", "decode", "decode_arrow"]

#: An object of nanoarrow, which has no type annotations.
_Arrow: TypeAlias = Any


class LogFormatError(ValueError):
    """A file has another version of the format, or rows cannot be combined.

    Examples:
        >>> raise LogFormatError("It has version 9 of the format.")
        Traceback (most recent call last):
        vocalbaby.monitoring.prediction_log.decoding.LogFormatError: It has version 9 of ...
    """


class MixedModelsError(LogFormatError):
    """Rows of several models have different features or classes.

    Args:
        versions: Versions of these models, sorted.

    Attributes:
        versions: The argument.

    Examples:
        >>> MixedModelsError(("pets-1", "pets-2")).versions
        ('pets-1', 'pets-2')
    """

    def __init__(self, versions: tuple[str, ...]) -> None:
        super().__init__(
            f"The rows of {', '.join(versions)} have different features or classes. "
            "Select one of them with model_version."
        )
        self.versions = versions


class Stream(NamedTuple):
    """The rows of a file.

    Attributes:
        batches: Rows of each complete and undamaged batch.
        found: What is in the file; of one without checksums, only its length and faults, and
            whether it is torn.
        sealed: Whether the file has checksums.
    """

    batches: Sequence[Rows] = ()
    found: Inspection = Inspection()
    sealed: bool = True


def decode(data: bytes, name: str, *, finished: bool = False) -> Stream:
    """Decode every complete and undamaged batch of a file.

    Args:
        data: The file.
        name: Name of the file, `LogFileKey.name`.
        finished: Whether the file was finished; it is then whole, or at fault.

    Raises:
        LogFormatError: It is an Arrow stream of another format.
    """
    if is_sealed(data):
        return _decode_sealed(data, name, finished=finished)
    batches: list[Rows] = []
    length, torn = 0, bool(data)
    if data.startswith(END[:4]) and is_decodable(data):
        batches, length, torn = decode_arrow(data)
    faults = []
    if finished and data[length:] != END:
        faults = [Fault(length, None, CUT if data else EMPTY)]
    found = Inspection(faults=faults, length=length, torn=torn and not finished)
    return Stream(batches, found, sealed=not data)


def _decode_sealed(data: bytes, name: str, *, finished: bool) -> Stream:
    found = inspect(data, name, finished=finished)
    parts = [data[batch.start : batch.end] for batch in found.batches]
    batches: list[Rows] = []
    if found.schema:
        batches, _, torn = decode_arrow(b"".join((found.schema, *parts, END)))
        if torn:  # another program sealed it, and not rows of the log
            raise LogFormatError("its rows cannot be decoded")
    return Stream(batches, found)


def decode_arrow(data: bytes) -> tuple[list[Rows], int, bool]:
    """Complete batches, their length, and whether bytes follow that are not the end."""
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
    except Exception:  # noqa: BLE001 - of nanoarrow, numpy, text, or a damaged name or size
        return batches, length, bool(data)
    return batches, length, data[length:] not in {b"", END}


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
