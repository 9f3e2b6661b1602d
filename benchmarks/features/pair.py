"""Compare the speed of the default features of two checkouts, in turns.

    python benchmarks/features/pair.py BEFORE [AFTER] [--rounds 20]

BEFORE and AFTER are folders of checkouts whose kernels are compiled (``scripts/env.sh``); AFTER is
the current folder where it is omitted. Each runs in a process of its own with the packages of this
environment. In every round both take the same clips, so their ratio is valid on a busy machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Final

import numpy as np

#: Kernel, clips per batch, batches per round.
_CASES: Final = (("compiled", 1, 100), ("compiled", 16, 20), ("numpy", 1, 30), ("numpy", 16, 10))
#: First rounds, which are not counted.
_WARM_UP: Final = 2


def measure() -> None:
    """Print the CPU microseconds per clip for every case that a line of the input names."""
    from vocalbaby import features, kernel  # noqa: PLC0415 - of the checkout that is measured

    chosen, native = features.get(features.DEFAULT), kernel.native
    rng = np.random.default_rng(5)
    clips = []
    for _ in range(16):
        t = np.arange(6400) / 16_000
        hz = rng.uniform(250, 600) * (1 + 0.1 * np.sin(2 * np.pi * 5 * t))
        phase = 2 * np.pi * np.cumsum(hz) / 16_000
        wave = sum(np.sin(k * phase) / k for k in range(1, 12))
        clips.append((0.1 * wave + 0.01 * rng.standard_normal(6400)).astype(np.float32))
    for line in sys.stdin:
        code, size, batches = json.loads(line)
        kernel.native = native if code == "compiled" else None
        begin = time.thread_time_ns()
        for _ in range(batches):
            chosen.extract(clips[:size])
        print((time.thread_time_ns() - begin) / batches / size / 1e3, flush=True)


def start(root: Path) -> "subprocess.Popen[str]":
    """Start a process that measures a checkout."""
    sources = [str(path) for path in sorted(root.resolve().glob("packages/*/src"))]
    path = os.pathsep.join([*sources, sysconfig.get_path("purelib")])
    settings = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # Without site, so that the packages of this environment's own checkout are not found.
    return subprocess.Popen(
        [sys.executable, "-S", __file__, "--measure"], env={**os.environ, **settings}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def request(process: "subprocess.Popen[str]", case: tuple[str, int, int]) -> float:
    """Return the CPU microseconds per clip of a case."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(case) + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def main() -> None:
    """Print a table with both checkouts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("after", type=Path, nargs="?", default=Path())
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure()
        return
    if options.before is None:
        parser.error("BEFORE is missing")
    processes = [start(options.before), start(options.after)]
    print("| | before, minimum | after, minimum | ratio of pairs, median |")
    print("| --- | --- | --- | --- |")
    for case in _CASES:
        pairs = []
        for i in range(options.rounds + _WARM_UP):
            order = (0, 1) if i % 2 else (1, 0)
            taken = {k: request(processes[k], case) for k in order}
            pairs.append((taken[0], taken[1]))
        before, after = (min(times) for times in zip(*pairs[_WARM_UP:], strict=True))
        ratio = statistics.median(b / a for a, b in pairs[_WARM_UP:])
        print(
            f"| {case[0]}, batch {case[1]} | {before:.0f} | {after:.0f} | {ratio:.2f} |", flush=True
        )
    for process in processes:
        process.communicate()


if __name__ == "__main__":
    main()
