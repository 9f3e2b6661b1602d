"""The cost of requests that are made to be expensive, for each kind and each path.

    OMP_NUM_THREADS=1 python -m benchmarks.cost.run [--mib 4] [--kinds zip,form] [--repeats 2]

Each request is sent to an application in this process, with one size and twice the size. The
first table has every kind, the second the worst of each path. CPU is that of all threads, per
MiB of the body or of what the client chooses of the head; `doubled` is the ratio of the
times, which is 2 if the cost grows with the size; `frozen` is the longest time for which
nothing else ran in the event loop; memory is the most that was allocated at a time.
"""

import argparse
import asyncio
import logging
import tempfile
from typing import NamedTuple

from benchmarks.cost.kinds import KINDS
from benchmarks.cost.measuring import Cost, measure, running
from benchmarks.cost.sent import Kind
from benchmarks.serve.run import table
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

MIB = 2**20


class Row(NamedTuple):
    """The result of one kind."""

    name: str
    path: str
    size: int
    cost: Cost
    doubled: float

    @property
    def per_mib(self) -> float:
        """CPU seconds per MiB."""
        return self.cost.cpu_s / (self.size / MIB)

    @property
    def memory_per_mib(self) -> float:
        """MiB per MiB."""
        return self.cost.memory / self.size

    def cells(self) -> list[str]:
        """The row of a table."""
        return [
            self.name,
            f"{self.size / MIB:.2f}",
            str(self.cost.status),
            f"{1000 * self.cost.cpu_s:.1f}",
            f"{self.per_mib:.3f}",
            f"{self.doubled:.1f}",
            f"{1000 * self.cost.frozen_s:.1f}",
            f"{self.memory_per_mib:.1f}",
        ]


HEAD = ["kind", "MiB", "status", "CPU, ms", "CPU s per MiB", "doubled", "frozen, ms", "memory"]


async def rows(kinds: dict[str, Kind], size: int, repeats: int) -> list[Row]:
    """Measure all kinds."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(job_folder=folder, max_jobs=10_000, request_seconds=100.0)
        app = create_app(settings)
        async with running(app):
            for name, kind in kinds.items():
                half, whole = kind(size // 2), kind(size)
                before = await measure(app, half, repeats=repeats)
                cost = await measure(app, whole, repeats=repeats, memory=True)
                sent = len(whole.body) if len(whole.body) > 2**12 else whole.size()
                grown = cost.cpu_s / before.cpu_s
                path = whole.path.partition("?")[0]
                path = path if len(path) < 60 else "long paths"
                found.append(Row(name, path, sent, cost, grown))
                print(f"{name}: {cost.cpu_s / (sent / MIB):.3f}", flush=True)
    return found


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=float, default=4.0)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    wanted = options.kinds.split(",")
    kinds = {name: kind for name, kind in KINDS.items() if any(word in name for word in wanted)}
    found = asyncio.run(rows(kinds, int(options.mib * MIB), options.repeats))
    table(HEAD, [row.cells() for row in found])
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(f"{row.name.partition(':')[0]}: {row.path}", []).append(row)
    worst = []
    for place, some in groups.items():
        bodies = [row for row in some if row.size > 2**16] or some
        cpu = max(bodies, key=lambda row: row.per_mib)
        frozen = max(some, key=lambda row: row.cost.frozen_s)
        memory = max(bodies, key=lambda row: row.memory_per_mib)
        worst.append(
            [
                place,
                str(len(some)),
                f"{cpu.per_mib:.3f} ({cpu.name.partition(': ')[2]})",
                f"{1000 * frozen.cost.frozen_s:.0f} ({frozen.name.partition(': ')[2]})",
                f"{memory.memory_per_mib:.1f} ({memory.name.partition(': ')[2]})",
            ]
        )
    table(["path", "kinds", "CPU s per MiB", "frozen, ms", "MiB per MiB"], worst)


if __name__ == "__main__":
    main()
