"""Compare HTTP servers for the service: what they cost, and what they let clients do.

    scripts/uv.sh pip install --python .venv/bin/python granian hypercorn
    python -m benchmarks.serve.servers [--rounds 8] [--seconds 2]

Each server runs the same application, the service with a predictor that does nothing, in one
process on the last core: ``ours`` is uvicorn with httptools and the protocol of the service,
``httptools`` and ``h11`` are those of uvicorn, and ``granian`` and ``hypercorn`` are other
servers with their defaults. granian and hypercorn are in no lock file. Rounds alternate
between the servers. The second table shows what clients get that do what they should not.
"""

import argparse
import importlib
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from fastapi import FastAPI

from benchmarks.serve.contenders import idle_predictor, service
from benchmarks.serve.load import load, wait_for_response
from benchmarks.serve.misuse import MISUSES
from benchmarks.serve.run import CORES, SINGLE_THREAD, table
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

SERVERS: Final = ("ours", "httptools", "h11", "granian", "hypercorn")
CONNECTIONS: Final = (1, 8, 32)
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def application() -> FastAPI:
    """Return the service with a predictor that does nothing."""
    return create_app(Settings(), idle_predictor())


def serve(name: str, port: int) -> None:
    """Serve the application until the process ends."""
    if name == "ours":
        service(port, idle=True)
    elif name == "granian":
        granian: Any = importlib.import_module("granian")
        target = "benchmarks.serve.servers:application"
        granian.Granian(target, port=port, interface="asgi", factory=True, log_access=False).serve()
    elif name == "hypercorn":
        import uvloop  # noqa: PLC0415 - each server imports its own

        hypercorn: Any = importlib.import_module("hypercorn.asyncio")
        config = importlib.import_module("hypercorn.config").Config()
        config.bind = [f"127.0.0.1:{port}"]
        uvloop.run(hypercorn.serve(application(), config))
    else:
        import uvicorn  # noqa: PLC0415 - each server imports its own

        http: Any = name
        uvicorn.run(
            application(),
            port=port,
            loop="uvloop",
            http=http,
            log_level="warning",
            access_log=False,
        )


class Running:
    """A running server, with all of its processes."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    def _pids(self) -> Iterator[int]:
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        yield from found

    def cpu_seconds(self) -> float:
        """CPU time of all threads and processes."""
        fields = (
            Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in self._pids()
        )
        return sum(int(found[11]) + int(found[12]) for found in fields) / _TICKS

    def memory_mib(self) -> float:
        """Resident memory of all processes."""
        pages = (int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in self._pids())
        return sum(pages) * _PAGE / 2**20

    def end(self) -> None:
        """Kill all processes."""
        for pid in list(self._pids()):
            with suppress(OSError):
                os.kill(pid, 9)
        self.process.wait()


@contextmanager
def running(name: str) -> Iterator[Running]:
    """Start a server on the last core and wait for its first response."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["taskset", "-c", str(CORES[-1]), sys.executable, "-m", "benchmarks.serve.servers"]
    process = subprocess.Popen(
        [*command, "--serve", name, "--port", str(port)],
        env=os.environ | SINGLE_THREAD,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Running(process, port)
    try:
        wait_for_response(port, timeout=60)
        yield server
    finally:
        server.end()


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="rounds of each server")
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of each measurement")
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.serve:
        serve(flags.serve, flags.port)
        return 0
    os.sched_setaffinity(0, CORES[:1])
    cost: dict[tuple[str, int], list[float]] = {(n, c): [] for n in SERVERS for c in CONNECTIONS}
    memory: dict[str, list[float]] = {name: [] for name in SERVERS}
    for number in range(flags.rounds):
        for name in sorted(SERVERS, reverse=number % 2 == 0):
            with running(name) as server:
                for connections in CONNECTIONS:
                    load(server.port, connections, 0.2)
                    before = server.cpu_seconds()
                    answered = len(load(server.port, connections, flags.seconds))
                    cost[name, connections].append(answered / (server.cpu_seconds() - before))
                memory[name].append(server.memory_mib())
    ratios = {
        name: [statistics.median(np.divide(cost[name, c], cost["ours", c])) for c in CONNECTIONS]
        for name in SERVERS
    }
    table(
        ["requests per CPU s, ratio to ours", *(f"{c} connections" for c in CONNECTIONS), "MiB"],
        [
            [
                name,
                *(
                    f"{statistics.median(cost[name, c]):,.0f} ({ratio:.2f})"
                    for c, ratio in zip(CONNECTIONS, ratios[name], strict=True)
                ),
                f"{statistics.median(memory[name]):.0f}",
            ]
            for name in SERVERS
        ],
    )
    columns = []
    for name in SERVERS:
        with running(name) as server:
            columns.append([misuse(server.port, server.memory_mib) for misuse in MISUSES.values()])
    table(
        ["a client sends", *SERVERS],
        [[what, *found] for what, *found in zip(MISUSES, *columns, strict=True)],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
