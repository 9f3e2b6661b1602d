"""Reads rows from the folder of the log or from the store that its files are shipped to."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vocalbaby.monitoring.prediction_log.decoding import (
    MixedModelsError,
    Stream,
    decode,
)
from vocalbaby.monitoring.prediction_log.file_key import FINISHED, LogFileKey, parse, version_folder
from vocalbaby.monitoring.prediction_log.rows import LeftOut, Rows, concatenate, select
from vocalbaby.monitoring.prediction_log.stores import Folder, Source

__all__ = ["LogFile", "files", "read"]

_MOVED: Final = "rows of another hour or model: the file was moved or copied"


class LogFile(NamedTuple):
    """A file of the log that was read.

    Attributes:
        key: Its key; None for a folder whose files cannot be listed.
        stream: Its rows.
        left_out: What is wrong with it.
    """

    key: LogFileKey | None
    stream: Stream
    left_out: list[LeftOut]


def read(
    source: str | Path | Source,
    since: datetime | None = None,
    until: datetime | None = None,
    model_version: str | None = None,
) -> Rows:
    """Read rows of the log, sorted by time.

    An incomplete batch at the end of a file, of a process that was killed or is writing, is left
    out; `Rows.torn` counts such files. Damaged batches and files that cannot be read are left out
    too, and `Rows.left_out` lists them.

    Args:
        source: Folder of the log, or the store that its files are shipped to, such as a
            ``vocalbaby.cloud.storage.Storage``.
        since: Time of the oldest row, inclusive, with a time zone; None for no limit.
        until: Time of the newest row, exclusive, with a time zone; None for no limit.
        model_version: Version of the model whose rows are read; None for all models.

    Returns:
        The rows, with one array per column.

    Raises:
        MixedModelsError: The rows have different features or classes, because they are of
            several models.
        ValueError: ``since`` or ``until`` has no time zone.

    Examples:
        >>> len(read("empty", since=datetime(2026, 1, 1, tzinfo=UTC)))
        0
    """
    for time in (since, until):
        if time is not None and time.tzinfo is None:
            raise ValueError(f"{time.isoformat()} has no time zone")
    reader = Folder(Path(source)) if isinstance(source, str | Path) else source
    prefix = "" if model_version is None else f"{version_folder(model_version)}/"
    batches: list[Rows] = []
    torn = unchecked = 0
    left_out: list[LeftOut] = []
    for file in files(reader, prefix, since, until):
        batches += file.stream.batches
        torn += file.stream.found.torn
        unchecked += not file.stream.sealed
        left_out += file.left_out
    # A file may also hold rows outside the range, of a model that is not wanted.
    inside = [batch for batch in batches if _within(batch, since, until).any()]
    rows = replace(
        _joined(inside or batches[:1]), torn=torn, unchecked=unchecked, left_out=tuple(left_out)
    )
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


def files(
    reader: Source, prefix: str = "", since: datetime | None = None, until: datetime | None = None
) -> Iterator[LogFile]:
    """Read the files that may hold rows of a range, one after the other.

    Args:
        reader: The folder or store.
        prefix: Begin of the keys.
        since: Start of the range.
        until: End of the range.
    """
    for file_key in _keys(reader.list(prefix), since, until):
        for key in (file_key, file_key._replace(suffix=FINISHED)):  # it may be finished by now
            try:
                stored = reader.get(key.key)
                if stored is None:
                    continue
                finished = key.suffix == FINISHED
                stream = decode(stored.data, key.name, finished=finished)
            except Exception as error:  # noqa: BLE001 - a store may raise anything
                reader.list(key.key)  # raises if not only this object cannot be read
                yield _unread(key.key, error, key)
            else:
                left_out = [LeftOut(key.key, *fault) for fault in stream.found.faults]
                moved = [batch for batch in stream.batches if not _belongs(batch, key)]
                if moved:
                    left_out.append(LeftOut(key.key, 0, sum(map(len, moved)), _MOVED))
                    kept = [batch for batch in stream.batches if _belongs(batch, key)]
                    stream = stream._replace(batches=kept)
                yield LogFile(key, stream, left_out)
            break
    if isinstance(reader, Folder):
        for name, fault in reader.faults.items():
            yield _unread(name, fault)


def _unread(name: str, error: Exception, key: LogFileKey | None = None) -> LogFile:
    reason = f"unreadable: {getattr(error, 'strerror', None) or error}"
    return LogFile(key, Stream(), [LeftOut(name, 0, None, reason)])


def _belongs(batch: Rows, key: LogFileKey) -> bool:
    """Whether rows are of the hour and the model of their folder, which may be a copy."""
    versions = {version_folder(str(version)) for version in set(batch.model_version)}
    return versions <= {key.version} and bool(_within(batch, key.begins, key.ends).all())


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
