"""The prediction log, compared with the answers of the clients."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from benchmarks.soak.clips import Clip
from benchmarks.soak.ledger import Ledger
from vocalbaby.entity.prediction import Prediction

__all__ = ["compare_rows"]

#: Rows that are collected when a worker is killed are lost.
_COLLECTED_S = 2.0


class _Row(NamedTuple):
    """What a row says about a clip; the probabilities are sorted by class."""

    version: str
    label: str | None
    probabilities: tuple[float, ...]
    duration_s: float


def compare_rows(log: Path, shipped: Path, ledger: Ledger) -> int:
    """Compare the rows of a stopped service with what clients saw; returns their number.

    The files are read by pyarrow, not by the code that wrote them.

    Args:
        log: Folder of the log, which has to be empty if no worker was killed.
        shipped: Where its files were moved.
        ledger: The answers; gets the faults.
    """
    found: dict[str, Counter[_Row]] = defaultdict(Counter)
    for folder, pattern in ((shipped, "*.arrows"), (log, "*.arrows*")):
        for path in sorted(folder.rglob(pattern)):
            if folder == log and not ledger.kills:
                ledger.fault("log", f"{path.relative_to(log)} was not shipped")
            for request_id, row in _rows(path):
                found[request_id][row] += 1
    total = sum(rows.total() for rows in found.values())
    missing = {
        request_id: start
        for request_id, (start, clips) in ledger.rows.items()
        if found.pop(request_id, Counter()) != Counter(_expected(c, v) for c, v in clips)
    }
    lost = [i for i, start in missing.items() if not ledger.was_killed(start, start + _COLLECTED_S)]
    if lost:
        ledger.fault("log", f"{len(lost)} requests have no or other rows: {lost[:5]}")
    if found and not ledger.kills:
        ledger.fault("log", f"{len(found)} requests have rows but no answer: {list(found)[:5]}")
    return total


def _rows(path: Path) -> Iterator[tuple[str, _Row]]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
        classes = json.loads(stream.schema.metadata[b"vocalbaby.classes"])
        order = sorted(range(len(classes)), key=classes.__getitem__)
        while True:
            try:
                batch = stream.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowInvalid, OSError):
                return  # the end of the file of a worker that was killed
            for row in batch.drop_columns(["features", "time"]).to_pylist():
                probabilities = tuple(row["probabilities"][at] for at in order)
                values = (row["model_version"], row["label"], probabilities, row["duration_s"])
                yield row["request_id"], _Row(*values)


def _expected(clip: Clip, version: str) -> _Row:
    right = clip.answers[version]
    if not isinstance(right, Prediction):
        raise TypeError(f"{clip.name} has no prediction by {version}")
    probabilities = tuple(right.probabilities[c] for c in sorted(right.probabilities))
    return _Row(version, right.label, probabilities, right.duration_s)
