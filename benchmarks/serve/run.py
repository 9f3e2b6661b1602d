"""Requests per CPU second, latency, memory and start of the service and of two baselines.

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
from benchmarks.serve.load import first_answer, load

CONNECTIONS = (1, 8, 32)
SINGLE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
CORES = sorted(os.sched_getaffinity(0))


@dataclass
class Server:
    """A running contender."""

    pid: int
    port: int
    first_answer_s: float

    def cpu_seconds(self) -> float:
        """CPU time of all threads: Linux' clock of another process, in nanoseconds."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory_mib(self, key: str = "VmRSS") -> float:
        """Resident memory now, or its peak (``VmHWM``)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


@dataclass
class Figures:
    """What the rounds of one contender gave at one number of connections."""

    per_cpu_s: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)


@contextmanager
def serving(name: str, model: Path) -> Iterator[Server]:
    """Start a contender on the last core and wait for its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = str(Path(__file__).with_name("contenders.py"))
    command = ["taskset", "-c", str(CORES[-1]), sys.executable, script, name, str(port)]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, str(model)], env=os.environ | SINGLE_THREAD, stderr=subprocess.DEVNULL
    ) as process:
        try:
            first_answer(port, timeout=60)
            yield Server(process.pid, port, time.perf_counter() - start)
        finally:
            process.kill()


def measure(server: Server, connections: int, seconds: float, figures: Figures) -> None:
    """One round."""
    load(server.port, connections, 0.2)
    before = server.cpu_seconds()
    latencies = load(server.port, connections, seconds)
    figures.per_cpu_s.append(len(latencies) / (server.cpu_seconds() - before))
    p50, p99 = np.percentile(latencies, [50, 99]) * 1000
    figures.p50_ms.append(p50)
    figures.p99_ms.append(p99)
    figures.memory_mib.append(server.memory_mib("VmHWM"))


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def start_table(models: dict[str, Path], starts: int) -> None:
    """First answer after start and memory then."""
    seconds: dict[str, list[float]] = {name: [] for name in models}
    memory: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(starts):
        for name, model in models.items():
            with serving(name, model) as server:
                seconds[name].append(server.first_answer_s)
                memory[name].append(server.memory_mib())
    first = {name: statistics.median(found) for name, found in seconds.items()}
    held = {name: statistics.median(found) for name, found in memory.items()}
    rows = [
        [
            name,
            f"{first[name]:.2f}",
            f"{first[name] / first['vocalbaby']:.1f}x",
            f"{held[name]:.0f}",
            f"{held[name] / held['vocalbaby']:.1f}x",
        ]
        for name in models
    ]
    table(["server", "first answer, s", "of ours", "memory then, MiB", "of ours"], rows)


def load_tables(models: dict[str, Path], rounds: int, seconds: float) -> None:
    """One table with every number of connections."""
    figures = {(name, n): Figures() for name in models for n in CONNECTIONS}
    for _ in range(rounds):
        for name, model in models.items():
            with serving(name, model) as server:
                for n in CONNECTIONS:
                    measure(server, n, seconds, figures[name, n])
    rows = []
    for n in CONNECTIONS:
        best = figures["vocalbaby", n].per_cpu_s
        for name in models:
            own = figures[name, n]
            ratio = statistics.median(a / b for a, b in zip(best, own.per_cpu_s, strict=True))
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
    head = ["connections", "server", "requests per CPU s", "ours is", "p50 ms", "p99 ms"]
    table([*head, "peak memory, MiB"], rows)


def main() -> int:
    """Measure all contenders that are installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=5)
    flags = parser.parse_args()
    names = ["vocalbaby", "http", "librosa"]
    if importlib.util.find_spec("opensmile"):
        names.append("opensmile")
    else:
        print("openSMILE is not installed (pip install opensmile, for research only): left out.\n")
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
