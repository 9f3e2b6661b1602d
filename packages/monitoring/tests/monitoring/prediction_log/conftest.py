"""Records, a log in a folder, and a store in memory."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from vocalbaby.monitoring.prediction_log import LoggedModel, LogOptions, PredictionLog, Record
from vocalbaby.monitoring.prediction_log.encoding import END, encode, encode_schema
from vocalbaby.monitoring.prediction_log.sealing import end_message, seal

#: Name of the files that tests make.
NAME = "0123456789abcdef-000001"
MODEL = LoggedModel("m-1", "spectral", "3", ("a", "b", "c"), ("Crying", "Junk"))


class Object(NamedTuple):
    data: bytes


class Memory:
    """A store that can be made to fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.fault: Exception | None = None

    def _ask(self) -> None:
        if self.fault is not None:
            raise self.fault

    def list(self, prefix: str = "") -> list[str]:
        self._ask()
        return [key for key in self.objects if key.startswith(prefix)]

    def get(self, key: str) -> Object | None:
        self._ask()
        return Object(self.objects[key]) if key in self.objects else None

    def replace(self, key: str, data: bytes) -> None:
        self._ask()
        self.objects[key] = data

    def delete(self, key: str) -> None:
        self._ask()
        self.objects.pop(key, None)


class Counted:
    """Metrics whose counts a test can read."""

    def __init__(self) -> None:
        self.rows = {"written": 0, "dropped": 0, "failed": 0}
        self.files = {"shipped": 0, "failed": 0}
        self.waiting = 0

    def count_rows(self, outcome: str, rows: int = 1) -> None:
        self.rows[outcome] += rows

    def count_file(self, outcome: str) -> None:
        self.files[outcome] += 1

    def set_waiting(self, rows: int) -> None:
        self.waiting = rows


def make_record(
    number: int = 0, *, time_ns: int | None = None, model: LoggedModel = MODEL
) -> Record:
    """A record whose every value follows from its number."""
    return Record(
        time.time_ns() if time_ns is None else time_ns,
        f"r{number}",
        model,
        np.array([number, np.nan, number / 3], np.float32)[: len(model.columns)],
        None if number % 3 == 0 else "Crying",
        {"Crying": number % 100 / 100, "Junk": 1 - number % 100 / 100},
        number / 10,
        ("quiet",) * (number % 3),
    )


def sealed_messages(batches: Sequence[Sequence[Record]], name: str = NAME) -> list[bytes]:
    """The messages of a file: schema, batches, end."""
    schema = encode_schema(batches[0][0].model)
    messages, rows = [seal(schema, name, 0, 0, 0)], 0
    for number, batch in enumerate(batches, 1):
        messages.append(seal(encode(batch), name, number, len(batch), rows))
        rows += len(batch)
    return [*messages, end_message(schema, name, len(messages), rows)]


def former_messages(batches: Sequence[Sequence[Record]]) -> list[bytes]:
    """The messages of a file without checksums, as former versions wrote it."""
    return [encode_schema(batches[0][0].model), *map(encode, batches), END]


@pytest.fixture
def record() -> Callable[..., Record]:
    return make_record


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def open_log(tmp_path: Path, counted: Counted) -> Iterator[Callable[..., PredictionLog]]:
    """A log in a folder of its own that writes at once; closed after the test."""
    logs: list[PredictionLog] = []

    def start(folder: Path = tmp_path / "log", store: Any = None, **options: Any) -> PredictionLog:
        chosen = {"gather_s": 0.0} | options
        open_store = None if store is None else lambda: store
        logs.append(PredictionLog(LogOptions(folder, **chosen), open_store, counted))
        logs[-1].start()
        return logs[-1]

    yield start
    for log in logs:
        log.close()
