"""Compare the cost of shared metrics with the multiprocess mode of Prometheus' client.

    python -m benchmarks.metrics.run [--workers 1 2 4] [--rounds 5]

Each measurement runs in separate processes: a parent forks the workers one after the other, each
worker counts the events of a service, and the last worker measures. ``alone`` is one process
without shared memory, ``shared`` is VocalBaby's shared memory, and ``files`` is the multiprocess
mode of Prometheus' client with its files in /dev/shm.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import MultiProcessCollector

from vocalbaby.entity.clip import WARNING_CODES
from vocalbaby.entity.labels import CLASSES
from vocalbaby.exception.table import TABLE
from vocalbaby.monitoring.exposition import exposition
from vocalbaby.monitoring.metrics import ServiceMetrics
from vocalbaby.monitoring.model_metrics import ServedModel
from vocalbaby.monitoring.shared_metrics import SharedMetrics

CONTENDERS: Final = ("alone", "shared", "files")
ROUTES: Final = ("/predict", "/health", "/ready", "/metrics", "/model", "/v2/models")
_FILES: Final = "PROMETHEUS_MULTIPROC_DIR"


def microseconds(call: Callable[[], object], times: int) -> float:
    """Return the CPU microseconds of one call: the median of nine series of ``times`` calls."""
    found = []
    for _ in range(9):
        began = time.thread_time_ns()
        for _ in range(times):
            call()
        found.append((time.thread_time_ns() - began) / 1000 / times)
    return statistics.median(found)


def populated_metrics() -> ServiceMetrics:
    """Return the metrics of a service that has answered requests on all routes with two models."""
    metrics = ServiceMetrics(classes=CLASSES, error_codes=TABLE, warning_codes=WARNING_CODES)
    metrics.models.set_models([ServedModel(v, "n", "f", 0.5) for v in ("v1", "v2")])
    for route in ROUTES:
        for status in (200, 400, 503):
            metrics.count_request(method="POST", route=route, status=status, seconds=0.003)
    for version in ("v1", "v2"):
        metrics.count_prediction(
            label="Crying", model_version=version, duration_s=0.4, confidence=0.9
        )
    return metrics


def scraper(contender: str, metrics: ServiceMetrics) -> Callable[[], bytes]:
    """Return the function that produces the response to a scrape."""
    if contender != "files":
        return metrics.exposition
    collector = MultiProcessCollector(None)
    return partial(exposition, collector, metrics.models.versions(), metrics.drift)


def measure(contender: str, workers: int) -> None:
    """Fork the workers from this process, and print the figures of the last one as JSON."""
    shared = SharedMetrics(workers) if contender == "shared" else None
    for worker in range(workers):
        if os.fork() > 0:
            os.wait()
            continue
        if shared is not None:
            shared.attach_worker(worker)
        metrics = populated_metrics()
        if worker == workers - 1:
            count = partial(
                metrics.count_request, method="POST", route="/predict", status=200, seconds=0.003
            )
            scrape = scraper(contender, metrics)
            figures = {
                "count_us": microseconds(count, 5000),
                "gauge_us": microseconds(metrics.in_flight.inc, 5000),
                "scrape_ms": microseconds(scrape, 20) / 1000,
                "series": sum(line[:1] != b"#" for line in scrape().splitlines()),
            }
            print(json.dumps(figures), flush=True)
        os._exit(0)


def figures(contender: str, workers: int) -> dict[str, float]:
    """Return the figures of one run in separate processes."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.metrics.run", contender, str(workers)],
            env=os.environ | ({_FILES: folder} if contender == "files" else {}),
            capture_output=True,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print the table, or measure one contender if it is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("contender", nargs="?", choices=CONTENDERS)
    parser.add_argument("count", nargs="?", type=int, default=1)
    flags = parser.parse_args()
    if flags.contender:
        measure(flags.contender, flags.count)
        return
    print("| workers | metrics | count a request, us | gauge, us | scrape, ms | series |")
    print("| --- | --- | --- | --- | --- | --- |")
    for workers in flags.workers:
        for contender in CONTENDERS if workers == 1 else CONTENDERS[1:]:
            rounds = [figures(contender, workers) for _ in range(flags.rounds)]
            found = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            print(
                f"| {workers} | {contender} | {found['count_us']:.2f} | {found['gauge_us']:.2f} "
                f"| {found['scrape_ms']:.1f} | {found['series']:.0f} |"
            )


if __name__ == "__main__":
    main()
