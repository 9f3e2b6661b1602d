"""Reads rows from the folder of the log or from the store that its files are shipped to."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.monitoring.prediction_log.decoding import (
    LogFormatError,
    MixedModelsError,
    Stream,
    decode,
)
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, LogFileKey, parse, version_folder
from vocalbaby.monitoring.prediction_log.rows import Rows, concatenate, select
from vocalbaby.monitoring.prediction_log.stores import Folder, Source

__all__ = ["read"]


def read(
    source: str | Path | Source,
    since: datetime | None = None,
    until: datetime | None = None,
    model_version: str | None = None,
) -> Rows:
    """Read rows of the log, sorted by time.

    An incomplete batch at the end of a file, of a process that was killed or is writing, is left
    out; :attr:`Rows.torn` counts such files.

    Args:
        source: Folder of the log, or the store that its files are shipped to, such as a
            ``vocalbaby.cloud.storage.Storage``.
        since: Time of the oldest row, inclusive, with a time zone; None for no limit.
        until: Time of the newest row, exclusive, with a time zone; None for no limit.
        model_version: Version of the model whose rows are read; None for all models.

    Raises:
        MixedModelsError: The rows have different features or classes, because they are of
            several models.
        LogFormatError: A file has another version of the format.
        ValueError: ``since`` or ``until`` has no time zone.
    """
    for time in (since, until):
        if time is not None and time.tzinfo is None:
            raise ValueError(f"{time.isoformat()} has no time zone")
    reader = Folder(Path(source)) if isinstance(source, str | Path) else source
    prefix = "" if model_version is None else f"{version_folder(model_version)}/"
    batches: list[Rows] = []
    torn = 0
    for file_key in _keys(reader.list(prefix), since, until):
        stream = _stream(reader, file_key)
        batches += stream.batches
        torn += stream.torn
    # A file may also hold rows outside the range, of a model that is not wanted.
    inside = [batch for batch in batches if _within(batch, since, until).any()]
    rows = replace(_joined(inside or batches[:1]), torn=torn)
    wanted = _within(rows, since, until)
    return select(rows, np.flatnonzero(wanted)[np.argsort(rows.time[wanted], kind="stable")])


def _keys(keys: Iterable[str], since: datetime | None, until: datetime | None) -> list[LogFileKey]:
    """Files that may hold rows of the range, each once, in the order of their hours."""
    # A file that was finished while the folder was listed may be listed twice.
    found = {key[:3]: key for key in map(parse, keys) if key is not None}
    return sorted(
        key
        for key in found.values()
        if (since is None or key.ends > since) and (until is None or key.begins < until)
    )


def _stream(reader: Source, file_key: LogFileKey) -> Stream:
    for key in (file_key.key, file_key._replace(suffix=FINISHED).key):  # it may be finished by now
        stored = reader.get(key)
        if stored is not None:
            try:
                return decode(stored.data)
            except LogFormatError as error:
                raise LogFormatError(f"{key}: {error}") from error
    return Stream([], 0, torn=False)  # it was removed because of its age


def _within(rows: Rows, since: datetime | None, until: datetime | None) -> NDArray[np.bool_]:
    wanted = np.ones(len(rows), bool)
    if since is not None:
        wanted &= rows.time >= _instant(since)
    if until is not None:
        wanted &= rows.time < _instant(until)
    return wanted


def _joined(batches: list[Rows]) -> Rows:
    shapes = {(batch.columns, batch.classes) for batch in batches}
    if len(shapes) > 1:
        raise MixedModelsError(tuple(sorted({str(batch.model_version[0]) for batch in batches})))
    return concatenate(batches)


def _instant(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")
