"""Measure the cost of the prediction log: CPU time, memory and disk.

    python -m benchmarks.prediction_log.run [--service] [--seconds 2] [--rounds 7]

The records are predictions of the built-in model for clips of 0.4 s. The service is measured
with and without a log in alternation.
"""

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.serve.run import CORES, Figures, measure, serving, table
from vocalbaby import inference
from vocalbaby.api.inference.prediction_logging import prediction_logger
from vocalbaby.api.inference.requests import InferenceRequest
from vocalbaby.api.models.routing import RouteTarget
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.metrics import ServiceMetrics
from vocalbaby.monitoring.prediction_log import LogOptions, PredictionLog, Record, read
from vocalbaby.monitoring.prediction_log.encoding import encode
from vocalbaby.monitoring.prediction_log.sealing import seal
from vocalbaby.monitoring.prediction_log.writer import Writer

CONNECTIONS = (1, 8, 32)
SETTING = "VOCALBABY_API__PREDICTION_LOG"


#: Bytes of the checksum of a batch.
SEAL = 64


def _ignore(_: Sequence[InferenceRequest]) -> None:
    """Notify nobody."""


def clips(count: int) -> list[Clip]:
    """Create clips of 0.4 s of noise."""
    rng = np.random.default_rng(0)
    shape = (count, 6400)
    return [
        Clip("clip.wav", samples, 0.4)
        for samples in (0.1 * rng.standard_normal(shape)).astype(np.float32)
    ]


def answered_requests(predictor: Predictor, sent: list[Clip]) -> list[InferenceRequest]:
    """Return one answered request for each clip."""
    features = predictor.extract(sent)
    requests, target = [], RouteTarget(predictor)
    for row, prediction in enumerate(predictor.predict_from_features(sent, features)):
        request = InferenceRequest((), "", mock.sentinel.future, request_id=os.urandom(16).hex())
        request.outcomes, request.features = [prediction], [features[row : row + 1]]
        request.target = target
        requests.append(request)
    return requests


def logging_cpu_us(predictor: Predictor, size: int, batches: int) -> list[float]:
    """Measure the CPU microseconds per clip that logging adds to the engine's thread, per batch."""
    found = []
    sent = clips(size)
    metrics = ServiceMetrics(classes=CLASSES).log
    with (
        tempfile.TemporaryDirectory() as folder,
        PredictionLog(LogOptions(Path(folder)), None, metrics) as log,
    ):
        log_predictions = prediction_logger(log)
        for _ in range(batches):
            requests = answered_requests(predictor, sent)
            clock = time.thread_time_ns()  # reading the clock has a cost of its own
            began = time.thread_time_ns()
            log_predictions(requests, _ignore)
            ended = time.thread_time_ns()
            found.append((ended - began - (began - clock)) / 1000 / size)
        log.flush()
        assert log.counts.written == batches * size
    return found


def engine_table(predictor: Predictor) -> None:
    """Print the CPU time in the engine's thread: creation of the records and their handover."""
    rows = []
    for size in (1, 4, 16):
        found = logging_cpu_us(predictor, size, 800)
        low, median, high = np.percentile(found, [25, 50, 99])
        rows.append([str(size), f"{low:.1f}", f"{median:.1f}", f"{high:.1f}"])
    table(["clips in the batch", "CPU us per clip, quartile", "median", "p99"], rows)


def logged_records(predictor: Predictor) -> list[Record]:
    """Return the records that the log receives, one per request."""
    records: list[Record] = []
    log = mock.Mock()
    log.append = records.extend
    prediction_logger(log)(answered_requests(predictor, clips(256)), _ignore)
    return records


def writer_table(records: list[Record]) -> None:
    """Print the CPU time in the writer's thread, and the size of the Arrow batches."""
    rows = []
    for size in (1, 16, 256):
        part, seconds = records[:size], []
        length = len(encode(part)) + SEAL
        for _ in range(200):
            began = time.thread_time()
            seal(encode(part), "0123456789abcdef-000001", 1, size, 0)
            seconds.append(time.thread_time() - began)
        us = statistics.median(seconds) * 1e6
        rows.append([str(size), f"{us:.0f}", f"{us / size:.1f}", f"{length / size:.0f}"])
    table(["rows in the write", "CPU us", "per row", "bytes per row"], rows)


def alternatives_table(records: list[Record], rows: int = 20_000) -> None:
    """Print the cost of appending the same rows to the log's own files and to alternatives."""
    found = []
    for size in (1, 16, 256):
        batches = [
            list(islice(cycle(records), start % len(records), start % len(records) + size))
            for start in range(0, rows // (20 if size == 1 else 1), size)
        ]
        for name, append in ALTERNATIVES.items():
            with tempfile.TemporaryDirectory() as folder:
                began, cpu = time.perf_counter(), time.thread_time()
                append(Path(folder), batches)
                seconds, cpu = time.perf_counter() - began, time.thread_time() - cpu
                size_bytes = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
            count = size * len(batches)
            figures = count / seconds, 1e6 * cpu / count, size_bytes / count
            found.append([str(size), name, *(f"{figure:,.0f}" for figure in figures)])
    table(["rows in the write", "log", "rows per s", "CPU us per row", "bytes per row"], found)


def append_to_files(folder: Path, batches: list[list[Record]]) -> None:
    """Append with the writer of the prediction log."""
    writer = Writer(folder, max_bytes=64 * 2**20)
    for batch in batches:
        assert not writer.write(batch)
    writer.close()


def append_to_sqlite(folder: Path, batches: list[list[Record]]) -> None:
    """Insert into SQLite with the durability of the log's files: a commit survives the process."""
    with closing(sqlite3.connect(folder / "log.db", isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute(
            "create table log (time integer, request_id text, model_version text, feature_set text,"
            " feature_set_version text, features blob, label text, probabilities blob,"
            " duration_s real, warnings text)"
        )
        database.execute("create index by_model_and_time on log (model_version, time)")
        for batch in batches:
            values = [
                (
                    *(row.time_ns, row.request_id, row.model.version, row.model.feature_set),
                    *(row.model.feature_set_version, row.features.tobytes(), row.label),
                    np.array([row.probabilities[c] for c in row.model.classes]).tobytes(),
                    *(row.duration_s, json.dumps(row.warnings)),
                )
                for row in batch
            ]
            database.execute("begin")
            database.executemany("insert into log values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            database.execute("commit")


def append_as_json(folder: Path, batches: list[list[Record]]) -> None:
    """Append lines of JSON, which a log shipper can read."""
    with (folder / "log.jsonl").open("ab", buffering=0) as file:
        for batch in batches:
            lines = [
                json.dumps(
                    row._asdict() | {"model": row.model[:3], "features": row.features.tolist()}
                )
                for row in batch
            ]
            file.write(("\n".join(lines) + "\n").encode())


ALTERNATIVES = {
    "Arrow files": append_to_files,
    "SQLite WAL": append_to_sqlite,
    "JSON lines": append_as_json,
}


def memory(predictor: Predictor, rows: int) -> float:
    """Measure the memory, in MiB, of a full queue of single clips whose writer does not run."""
    with tempfile.TemporaryDirectory() as folder:
        log = PredictionLog(LogOptions(Path(folder), queue_rows=rows))
        log_predictions = prediction_logger(log)
        one = clips(1)
        tracemalloc.start()
        for _ in range(rows):
            log_predictions(answered_requests(predictor, one), _ignore)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert log.counts.waiting == rows
    return held / 2**20


def reading(records: list[Record], rows: int) -> float:
    """Measure the number of rows read per second from one file."""
    with tempfile.TemporaryDirectory() as folder:
        with PredictionLog(LogOptions(Path(folder), queue_rows=rows)) as log:
            for start in range(0, rows, len(records)):
                log.append(records[: rows - start])
        began = time.perf_counter()
        assert len(read(folder)) == rows
        return rows / (time.perf_counter() - began)


@contextmanager
def logging_to(folder: str, durability: str | None) -> Iterator[None]:
    """Let servers that start in this context log to a folder, or not log without a durability."""
    settings = {} if durability is None else {SETTING: folder, f"{SETTING}_DURABILITY": durability}
    with mock.patch.dict(os.environ, settings):
        yield


def service_table(rounds: int, seconds: float, root: Path) -> None:
    """Print the throughput and latency of the service without a log, and with each durability.

    Args:
        rounds: Rounds; each measures every kind of service once.
        seconds: Duration of each measurement.
        root: Folder of the logs, whose disk is measured.
    """
    kinds = (None, "gathered", "answered")
    figures = {(kind, n): Figures() for kind in kinds for n in CONNECTIONS}
    for _ in range(rounds):
        for kind in kinds:
            with (
                tempfile.TemporaryDirectory(dir=root) as folder,
                logging_to(folder, kind),
                serving("vocalbaby", Path()) as server,
            ):
                for n in CONNECTIONS:
                    measure(server, n, seconds, figures[kind, n])
    rows = []
    for n in CONNECTIONS:
        bare = figures[None, n].per_cpu_s
        for kind in kinds:
            found = figures[kind, n]
            ratios = np.divide(found.per_cpu_s, bare)
            low, middle, high = np.percentile(ratios, [25, 50, 75])
            medians = found.p50_ms, found.p99_ms, found.memory_mib
            rows.append(
                [
                    *(str(n), kind or "no log", f"{statistics.median(found.per_cpu_s):,.0f}"),
                    f"{middle:.2f} ({low:.2f} to {high:.2f})",
                    *(f"{statistics.median(values):.1f}" for values in medians),
                ]
            )
    head = ["connections", "log", "requests per CPU s", "ratio (quartiles)"]
    table([*head, "p50 ms", "p99 ms", "peak MiB"], rows)


def main() -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of each measurement")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of the load")
    parser.add_argument("--service", action="store_true", help="only measure the service")
    parser.add_argument("--folder", type=Path, help="where logs are written (default: /tmp)")
    flags = parser.parse_args()
    os.sched_setaffinity(0, CORES[:1])
    if flags.service:
        service_table(flags.rounds, flags.seconds, flags.folder)
        return 0
    predictor = inference.load()
    records = logged_records(predictor)
    engine_table(predictor)
    writer_table(records)
    alternatives_table(records)
    print(f"A full queue of 10,000 rows takes {memory(predictor, 10_000):.1f} MiB.")
    print(f"The log is read at {reading(records, 100_000):,.0f} rows per second.\n")
    service_table(flags.rounds, flags.seconds, flags.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
