"""An archive of ten thousand days: everything but the sound, with failures, measured by phases.

    python -m benchmarks.archive.simulation --recordings 10000 --folder /tmp/simulation

Each phase runs in a process of its own. Its time, its largest memory and that of its workers are
printed with the files and bytes that it leaves. Recordings are files of 16 h of PCM at 16 kHz that
have no blocks on the disk.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.archive import simulated_task
from vocalbaby.corpus.archive import open_archive
from vocalbaby.corpus.engine import dask_executors
from vocalbaby.corpus.engine.dataset import Dataset
from vocalbaby.corpus.engine.executors import Executor
from vocalbaby.corpus.engine.merging import merge
from vocalbaby.corpus.engine.planning import Plan, make_plan
from vocalbaby.corpus.engine.publishing import publish
from vocalbaby.corpus.engine.run_settings import RunSettings
from vocalbaby.corpus.engine.running import run_plan
from vocalbaby.corpus.engine.status import status_of
from vocalbaby.corpus.engine.verifying import verify

__all__ = ["main"]

#: Bytes of a recording.
DAY_BYTES: Final = 44 + simulated_task.HOURS * 3600 * 16_000 * 2
#: Recordings of each child.
DAYS: Final = 10


def make_archive(root: Path, recordings: int) -> None:
    """Write the tables, and recordings whose begin differs.

    Args:
        root: The ChildProject folder.
        recordings: Number of recordings.
    """
    (root / "metadata").mkdir(parents=True)
    rows = [
        "experiment,child_id,date_iso,start_time,recording_device_type,recording_filename,duration"
    ]
    children = ["experiment,child_id,child_dob"]
    for i in range(recordings):
        child, day = divmod(i, DAYS)
        if day == 0:
            children.append(f"simulated,c{child:05},2023-01-{1 + child % 28:02}")
            (root / f"recordings/raw/c{child:05}").mkdir(parents=True)
        name = f"c{child:05}/day{day}.wav"
        length = simulated_task.HOURS * 3_600_000
        rows.append(f"simulated,c{child:05},2024-0{1 + day % 9}-01,08:00,usb,{name},{length}")
        with (root / "recordings/raw" / name).open("wb") as stream:
            stream.write(b"RIFF" + i.to_bytes(8, "big") + b"WAVE")
            stream.truncate(DAY_BYTES)
    (root / "metadata/recordings.csv").write_text("\n".join(rows) + "\n")
    (root / "metadata/children.csv").write_text("\n".join(children) + "\n")


@contextmanager
def _timed(times: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times[name] = round(time.perf_counter() - began, 2)


def _executor(name: str, workers: int) -> Executor:
    if name == "processes":
        return simulated_task.processes(workers)
    vars(dask_executors)["process"] = simulated_task.simulate  # which its workers import by name
    return dask_executors.local(workers, lambda _: None)


def _run(folder: Path, name: str, workers: int, *, retry: bool = False) -> dict[str, Any]:
    """List, plan and run; the seconds of each, and the counts."""
    times: dict[str, float] = {}
    settings = RunSettings(str(folder / f"dataset-{name}"))
    with _timed(times, "list"):
        archive = open_archive(str(folder / "archive"))
    with _timed(times, "plan"):
        plan: Plan = make_plan(
            archive.recordings, Dataset(settings.dataset), settings, retry_failed=retry
        )
    with _timed(times, "run"):
        result = run_plan(
            plan, settings, _executor(name, workers), lambda *_: None, lambda *_: None
        )
    found = result.summary()
    return {"seconds": times} | {key: found[key] for key in ("found", "processed", "failed")}


def _phase(name: str, folder: Path, executor: str, workers: int) -> dict[str, Any]:
    dataset = Dataset(str(folder / f"dataset-{executor}"))
    tables = folder / f"tables-{executor}"
    phases: dict[str, Callable[[], dict[str, Any]]] = {
        "first run": lambda: _run(folder, executor, workers),
        "second run": lambda: _run(folder, executor, workers),
        "retry": lambda: _run(folder, executor, workers, retry=True),
        "status": lambda: {"done": status_of(dataset.records()).total.done},
        "verify": lambda: {"problems": len(verify(dataset))},
        "publish": lambda: {
            "recordings": publish(dataset, folder / "archive", "vocalbaby").recordings
        },
        "merge": lambda: {"rows": merge(dataset, tables)},
    }
    began = time.perf_counter()
    found = phases[name]()
    sizes = [
        path.stat().st_size for path in (tables, Path(dataset.url))[name != "merge"].rglob("*")
    ]
    own, others = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "phase": f"{name} ({executor})",
        "s": round(time.perf_counter() - began, 1),
        "memory_mb": round(own),
        "worker_mb": round(others),
        "files": len(sizes),
        "mb": round(sum(sizes) / 1e6),
        **found,
    }


PHASES: Final = ("first run", "second run", "retry", "status", "verify", "publish", "merge")


def main() -> None:
    """Print a line of JSON for each phase."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, required=True, help="It is made and removed.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--executors", nargs="+", default=["processes", "dask"])
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES)
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.phase:
        found = _phase(args.phase, args.folder, args.executors[0], args.workers)
        print(json.dumps(found), flush=True)
        return
    try:
        began = time.perf_counter()
        make_archive(args.folder / "archive", args.recordings)
        print(json.dumps({"phase": "make", "s": round(time.perf_counter() - began, 1)}), flush=True)
        for executor in args.executors:
            for phase in args.phases:
                command = [sys.executable, "-m", "benchmarks.archive.simulation", "--folder"]
                command += [str(args.folder), "--workers", str(args.workers)]
                command += ["--executors", executor, "--phase", phase]
                subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
            shutil.rmtree(args.folder / f"dataset-{executor}")
    finally:
        shutil.rmtree(args.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
