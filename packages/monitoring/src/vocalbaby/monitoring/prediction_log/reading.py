"""Reading the log: from its folder, or from where its files are shipped."""

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
from vocalbaby.monitoring.prediction_log.rows import Rows, join, select
from vocalbaby.monitoring.prediction_log.stores import Folder, Source

__all__ = ["read"]


def read(
    source: str | Path | Source,
    since: datetime | None = None,
    until: datetime | None = None,
    model_version: str | None = None,
) -> Rows:
    """Rows of the log, sorted by time.

    The end of a file that is torn, because its process was killed or is just writing, is
    left out; :attr:`Rows.torn` counts such files.

    Args:
        source: The folder of the log; or, for what was shipped, a
            ``vocalbaby.cloud.storage.Storage``, or anything else that lists and gets.
        since: No row shall be older; with a time zone.
        until: Every row shall be older; with a time zone.
        model_version: Only rows of this model.

    Raises:
        MixedModelsError: The rows have different features or classes, as those of several
            models may.
        LogFormatError: A file is not of this version of the log.
        ValueError: ``since`` or ``until`` has no time zone.
    """
    for time in (since, until):
        if time is not None and time.tzinfo is None:
            raise ValueError(f"{time.isoformat()} has no time zone")
    reader = Folder(Path(source)) if isinstance(source, str | Path) else source
    prefix = "" if model_version is None else f"{version_folder(model_version)}/"
    batches: list[Rows] = []
    torn = 0
    for place in _places(reader.list(prefix), since, until):
        stream = _stream(reader, place)
        batches += stream.batches
        torn += stream.torn
    # A file may hold rows of before and after, of another model, that nobody asked for.
    inside = [batch for batch in batches if _within(batch, since, until).any()]
    rows = replace(_joined(inside or batches[:1]), torn=torn)
    wanted = _within(rows, since, until)
    return select(rows, np.flatnonzero(wanted)[np.argsort(rows.time[wanted], kind="stable")])


def _places(
    keys: Iterable[str], since: datetime | None, until: datetime | None
) -> list[LogFileKey]:
    """The files that may hold rows of the time, each once, in the order of their hours."""
    # A file that was finished while the folder was listed may stand there twice.
    found = {place[:3]: place for place in map(parse, keys) if place is not None}
    return sorted(
        place
        for place in found.values()
        if (since is None or place.ends > since) and (until is None or place.begins < until)
    )


def _stream(reader: Source, place: LogFileKey) -> Stream:
    for name in (place, place._replace(ending=FINISHED)):  # it may have been finished by now
        stored = reader.get(name.key)
        if stored is not None:
            try:
                return decode(stored.data)
            except LogFormatError as error:
                raise LogFormatError(f"{name.key}: {error}") from error
    return Stream([], 0, torn=False)  # retention removed it


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
    return join(batches)


def _instant(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "ns")
