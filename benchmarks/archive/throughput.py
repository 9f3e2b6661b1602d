"""Segments an archive of synthetic days of some minutes, with one process and with two.

python -m benchmarks.archive.throughput --folder /tmp/throughput
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from vocalbaby.commands.synthetic_day import write_day

__all__ = ["main"]


def _measure(folder: Path, workers: int) -> dict[str, float | int]:
    """Run the command, in a process of its own."""
    out = folder / f"dataset-{workers}"
    command = [sys.executable, "-m", "scripts.system_tests.vocalbaby_command", "corpus", "run"]
    command += [str(folder / "days"), "--out", str(out), "--workers", str(workers), "--json"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(
        command, check=True, capture_output=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    hours = json.loads(run.stdout)["hours"]
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    return {
        "workers": workers,
        "hours": round(hours, 2),
        "s": round(wall_s, 1),
        "hours_per_minute": round(60 * hours / wall_s, 2),
        "cpu_s_per_hour": round(cpu_s / hours, 2),
        "files": len(files),
        "kb_per_hour": round(sum(files) / hours / 1000),
        "largest_process_mb": round(after.ru_maxrss / 1024),
    }


def main() -> None:
    """Print a line of JSON for each number of processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="It is made and removed.")
    parser.add_argument("--recordings", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=6.0)
    args = parser.parse_args()
    try:
        for i in range(args.recordings):
            write_day(args.folder / f"made{i}", args.minutes / 60, seed=i)
            (args.folder / "days").mkdir(exist_ok=True)
            (args.folder / f"made{i}/day.wav").rename(args.folder / f"days/day{i}.wav")
        for workers in (1, 2):
            print(json.dumps(_measure(args.folder, workers)), flush=True)
    finally:
        shutil.rmtree(args.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
