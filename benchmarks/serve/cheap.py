"""Predictions per second while other clients request cheap paths again and again.

    python -m benchmarks.serve.cheap [CHECKOUT] [--clients 16] [--seconds 3] [--rounds 3]

The service of a checkout (this one by default) runs on the last core. One client sends clips,
alone and then while ``--clients`` others request each path; both alternate. The table has the
medians and their ratio.
"""

import argparse
import asyncio
import os
import statistics
import time
from pathlib import Path

from benchmarks.serve.load import send
from benchmarks.serve.pair import HERE, serving
from benchmarks.serve.run import CORES, table

PATHS = ("/health", "/docs", "/openapi.json", "/metrics", "/model", "/v2/models/vocalbaby", "/none")


async def _hammer(port: int, path: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while time.perf_counter() < until:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        answers += 1
    writer.close()
    return answers


async def _predict(port: int, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while time.perf_counter() < until:
        await send(reader, writer)
        answers += 1
    writer.close()
    return answers


async def _rates(port: int, path: str, clients: int, seconds: float) -> tuple[float, float]:
    """Predictions and other answers per second."""
    until = time.perf_counter() + seconds
    others = [_hammer(port, path, until) for _ in range(clients)]
    predicted, *answered = await asyncio.gather(_predict(port, until), *others)
    return predicted / seconds, sum(answered) / seconds


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, nargs="?", default=HERE)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES[:1])
    rows = []
    with serving(options.checkout.resolve()) as server:
        for path in PATHS:
            alone, beside, others = [], [], []
            for _ in range(options.rounds):
                alone.append(asyncio.run(_rates(server.port, path, 0, options.seconds))[0])
                rates = asyncio.run(_rates(server.port, path, options.clients, options.seconds))
                beside.append(rates[0])
                others.append(rates[1])
            middle = [statistics.median(values) for values in (alone, beside, others)]
            ratio = middle[1] / middle[0]
            rows.append([path, *(f"{value:.0f}" for value in middle), f"{ratio:.2f}"])
    head = ["path", "predictions/s alone", "predictions/s beside", "other answers/s", "ratio"]
    table(head, rows)


if __name__ == "__main__":
    main()
