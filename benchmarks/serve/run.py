"""Compare the service with two baselines: throughput, latency, memory and start-up time.

    python -m benchmarks.serve.run [--seconds 2] [--rounds 5] [--starts 5]

Each server runs in a process of its own on one core, and this process sends requests from
another core. Starts and rounds alternate between the servers, so that other load on the
machine affects all of them alike. The tables show medians.
"""

import argparse
import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.serve.contenders import WIDTHS, train
from benchmarks.serve.load import load, wait_for_response

CONNECTIONS = (1, 8, 32)
SINGLE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
CORES = sorted(os.sched_getaffinity(0))


@dataclass
class Server:
    """A running server."""

    pid: int
    port: int
    first_response_s: float

    def cpu_seconds(self) -> float:
        """CPU time of all threads of the server, from its CPU-time clock (Linux only)."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory_mib(self, key: str = "VmRSS") -> float:
        """Resident memory in MiB: the current value (``VmRSS``) or the peak (``VmHWM``)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


@dataclass
class Figures:
    """Results of one server at one number of connections, with one item per round."""

    per_cpu_s: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)


@contextmanager
def serving(name: str, model: Path) -> Iterator[Server]:
    """Start a server on the last core and wait for its first response."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = str(Path(__file__).with_name("contenders.py"))
    command = ["taskset", "-c", str(CORES[-1]), sys.executable, script, name, str(port)]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, str(model)], env=os.environ | SINGLE_THREAD, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for_response(port, timeout=180)
            yield Server(process.pid, port, time.perf_counter() - start)
        finally:
            process.kill()


def measure(server: Server, connections: int, seconds: float, figures: Figures) -> None:
    """Measure one round, and append its results to ``figures``."""
    load(server.port, connections, 0.2)
    before = server.cpu_seconds()
    latencies = load(server.port, connections, seconds)
    figures.per_cpu_s.append(len(latencies) / (server.cpu_seconds() - before))
    p50, p99 = np.percentile(latencies, [50, 99]) * 1000
    figures.p50_ms.append(p50)
    figures.p99_ms.append(p99)
    figures.memory_mib.append(server.memory_mib("VmHWM"))


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a table in Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def start_table(models: dict[str, Path], starts: int) -> None:
    """Print the time until the first response, and the memory after it."""
    seconds: dict[str, list[float]] = {name: [] for name in models}
    memory: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(starts):
        for name, model in models.items():
            with serving(name, model) as server:
                seconds[name].append(server.first_response_s)
                memory[name].append(server.memory_mib())
    median_s = {name: statistics.median(values) for name, values in seconds.items()}
    median_mib = {name: statistics.median(values) for name, values in memory.items()}
    rows = [
        [
            name,
            f"{median_s[name]:.2f}",
            f"{median_s[name] / median_s['vocalbaby']:.1f}x",
            f"{median_mib[name]:.0f}",
            f"{median_mib[name] / median_mib['vocalbaby']:.1f}x",
        ]
        for name in models
    ]
    ratio = "ratio to vocalbaby"
    table(["server", "first response, s", ratio, "memory after it, MiB", ratio], rows)


def load_tables(models: dict[str, Path], rounds: int, seconds: float) -> None:
    """Print one table with all servers at each number of connections."""
    figures = {(name, n): Figures() for name in models for n in CONNECTIONS}
    for _ in range(rounds):
        for name, model in models.items():
            with serving(name, model) as server:
                for n in CONNECTIONS:
                    measure(server, n, seconds, figures[name, n])
    rows = []
    for n in CONNECTIONS:
        reference = figures["vocalbaby", n].per_cpu_s
        for name in models:
            own = figures[name, n]
            ratio = statistics.median(a / b for a, b in zip(reference, own.per_cpu_s, strict=True))
            rows.append(
                [
                    str(n),
                    name,
                    f"{statistics.median(own.per_cpu_s):,.0f}",
                    f"{ratio:.1f}x",
                    f"{statistics.median(own.p50_ms):.1f}",
                    f"{statistics.median(own.p99_ms):.1f}",
                    f"{statistics.median(own.memory_mib):.0f}",
                ]
            )
    head = ["connections", "server", "requests per CPU s", "ratio", "p50 ms", "p99 ms"]
    table([*head, "peak memory, MiB"], rows)


def main() -> int:
    """Measure all servers whose packages are installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the load")
    parser.add_argument("--starts", type=int, default=5, help="starts of each server")
    flags = parser.parse_args()
    names = ["vocalbaby", "http", "librosa"]
    if importlib.util.find_spec("opensmile"):
        names.append("opensmile")
    else:
        print(
            "openSMILE (for research only) is not installed and is skipped: pip install opensmile\n"
        )
    os.sched_setaffinity(0, CORES[:1])
    with tempfile.TemporaryDirectory() as folder:
        models = {name: Path(folder, f"{name}.ubj") for name in names}
        for name in WIDTHS.keys() & models.keys():
            train(name, models[name])
        load_tables(models, flags.rounds, flags.seconds)
        start_table(models, flags.starts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
