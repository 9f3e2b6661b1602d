"""Compare the service of this checkout with that of another one, in alternation.

    git worktree add ../before REVISION && (cd ../before && scripts/env.sh)
    python -m benchmarks.serve.pair ../before [--rounds 12] [--seconds 2]

Each service runs from the ``.venv`` that ``scripts/env.sh`` creates in its checkout. Each round
starts one server after the other on the last core and sends requests from the first core. A
round gives one ratio of two measurements that are adjacent in time, so that other load on the
machine affects both. The table shows the medians, the median ratio and its quartiles.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.serve.load import load, wait_for_response
from benchmarks.serve.run import CONNECTIONS, CORES, SINGLE_THREAD, Server, table

HERE = Path(__file__).parents[2]


@contextmanager
def serving(checkout: Path) -> Iterator[Server]:
    """Start the service of a checkout on the last core and wait for its first response."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["taskset", "-c", str(CORES[-1]), str(checkout / ".venv/bin/vocalbaby-serve")]
    flags = ["--host=127.0.0.1", f"--port={port}", "--log-level=warning", "--drain-seconds=0"]
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, *flags], env=os.environ | SINGLE_THREAD, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for_response(port, timeout=60)
            yield Server(process.pid, port, time.perf_counter() - start)
        finally:
            process.kill()


def per_cpu_second(server: Server, connections: int, seconds: float) -> float:
    """Measure the number of requests per CPU second of the server."""
    load(server.port, connections, 0.2)
    before = server.cpu_seconds()
    answered = len(load(server.port, connections, seconds))
    return answered / (server.cpu_seconds() - before)


def main() -> int:
    """Measure both services and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="the checkout to compare with")
    parser.add_argument("--rounds", type=int, default=12, help="number of ratios")
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of each measurement")
    flags = parser.parse_args()
    os.sched_setaffinity(0, CORES[:1])
    checkouts = {"before": flags.before.resolve(), "after": HERE}
    kinds = [f"requests per CPU s, {n} connections" for n in CONNECTIONS]
    kinds += ["first response, s", "peak memory, MiB"]
    measured: dict[str, dict[str, list[float]]] = {k: {n: [] for n in checkouts} for k in kinds}
    for number in range(flags.rounds):
        for name in sorted(checkouts, reverse=number % 2 == 0):
            with serving(checkouts[name]) as server:
                for kind, n in zip(kinds, CONNECTIONS, strict=False):
                    measured[kind][name].append(per_cpu_second(server, n, flags.seconds))
                measured["first response, s"][name].append(server.first_response_s)
                measured["peak memory, MiB"][name].append(server.memory_mib("VmHWM"))
    rows = []
    for kind, values in measured.items():
        ratios = np.divide(values["after"], values["before"])
        low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        medians = [f"{statistics.median(values[name]):,.2f}" for name in checkouts]
        rows.append([kind, *medians, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"])
    table(["", "before", "after", "after / before", "quartiles"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
