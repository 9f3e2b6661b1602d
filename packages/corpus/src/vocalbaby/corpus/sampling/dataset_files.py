"""Predictions from Parquet files of segments, without an object for each segment.

The result is that of `predictions.predictions_of` for each timeline of the file, about
50 times as fast: an archive has millions of segments.
"""

import io
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vocalbaby import annotations
from vocalbaby.annotations.vocabulary import infant_class
from vocalbaby.corpus.sampling.predictions import (
    Predictions,
    RecordingInfo,
    class_probabilities,
    in_order,
    predictions_of,
)
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment
from vocalbaby.exception import DataError

__all__ = ["read_predictions"]

_METADATA: Final = b"vocalbaby.timelines"
#: Columns by which the class of a segment is found.
_TEXTS: Final = ("label", "speaker", "tier", "vcm_type", "speaker_type")


def read_predictions(data: bytes, name: str) -> tuple[Predictions, ...]:
    """Read the predictions of the recordings of a Parquet file.

    Args:
        data: Content of a file of the format ``parquet`` of `vocalbaby.annotations`.
        name: Name of the file, for errors, and for the recording where the file names none.

    Returns:
        Predictions of each recording.

    Raises:
        DataError: The file is damaged, or not such a table.

    Examples:
        >>> from vocalbaby.entity.timeline import Timeline
        >>> day = Timeline("day1", (Segment(1.0, 2.0, "Crying"),), duration_s=60.0)
        >>> data, _ = annotations.serialize(day, "parquet")
        >>> read_predictions(data, "day1.parquet")[0].label.tolist()
        [2]
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name} is damaged: {str(error)[:200]}.") from None
    about = json.loads((table.schema.metadata or {}).get(_METADATA, b"[]"))
    if len(about) != 1 or not _is_plain(table):
        # Several recordings, or a table of someone else.
        return tuple(predictions_of(each) for each in annotations.parse(data, "parquet", name))
    return (_predictions(table, about[0]),)


def _is_plain(table: pa.Table) -> bool:
    """Whether the columns are those that the format writes, without missing times."""
    names = set(table.column_names)
    return {"recording_id", "onset_s", "offset_s", *_TEXTS[:3]} <= names and all(
        table.schema.field(name).type == pa.float64() and not table.column(name).null_count
        for name in ("onset_s", "offset_s")
    )


def _predictions(table: pa.Table, about: dict[str, Any]) -> Predictions:
    onsets, offsets = (_numbers(table, name) for name in ("onset_s", "offset_s"))
    given = np.column_stack([_numbers(table, f"p_{label}") for label in CLASSES])
    totals = given.sum(axis=1)
    label = np.full(len(table), -1, np.int64)
    used = totals > 0
    probabilities = np.divide(given, totals[:, None], out=given, where=used[:, None])
    texts = [
        table.column(name).to_pylist() if name in table.column_names else [None] * len(table)
        for name in _TEXTS
    ]
    known: dict[tuple[str | None, ...], tuple[int, tuple[float, ...] | None]] = {}
    for i, key in enumerate(zip(*texts, strict=True)):
        if key not in known:
            known[key] = _of_texts(key)
        label[i], own = known[key]
        if not used[i] and own is not None:
            used[i] = True
            probabilities[i] = own
    duration, child = about["duration_s"], about["child"] or {}
    info = RecordingInfo(
        about["recording_id"],
        child.get("child_id", ""),
        child.get("corpus", ""),
        about["attributes"].get("model_version", ""),
        float(offsets.max(initial=0.0)) if duration is None else duration,
    )
    return in_order(
        info,
        onsets[used],
        offsets[used],
        label[used],
        probabilities[used],
        is_length_known=duration is not None,
    )


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.zeros(len(table))
    column = table.column(name).to_numpy()
    return np.nan_to_num(np.array(column, np.float64), nan=0.0)


def _of_texts(key: tuple[str | None, ...]) -> tuple[int, tuple[float, ...] | None]:
    label, speaker, tier, *rest = key
    names = zip(_TEXTS[3:], rest, strict=True)
    attributes = {name: text for name, text in names if text is not None}
    segment = Segment(0.0, 0.0, label, speaker=speaker, tier=tier, attributes=attributes)
    found = infant_class(segment)
    return -1 if found is None else CLASSES.index(found), class_probabilities(segment)
