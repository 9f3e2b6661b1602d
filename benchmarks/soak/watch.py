"""What the processes of the service use, and whether it grows."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

__all__ = ["Sample", "children", "growth_per_hour", "sample"]

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """One look at the service: its supervisor and workers, without the processes of jobs.

    Attributes:
        seconds: Time since the start of the soak.
        pss_kb: Memory, in which what processes share counts once.
        rss_kb: Memory of all processes, each with all that it can see.
        files: Open files, without connections and pipes.
        fds: Open files, connections and pipes.
        threads: Number of threads.
        workers: Number of workers.
        log_bytes: Size of the folder of the prediction log.
        job_bytes: Size of the folder of jobs.
    """

    seconds: float
    pss_kb: int
    rss_kb: int
    files: int
    fds: int
    threads: int
    workers: int
    log_bytes: int
    job_bytes: int


def children(parent: int) -> list[int]:
    """Return the running child processes of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, owner = stat.read_text().rpartition(")")[2].split()[:2]
            if int(owner) == parent and state != "Z":
                found.append(int(stat.parent.name))
    return found


def sample(parent: int, started: float, log: Path, jobs: Path) -> Sample:
    """Look at the processes and folders of the service."""
    pss = rss = files = fds = threads = 0
    workers = children(parent)
    for pid in (parent, *workers):
        with suppress(OSError):
            folder = Path(f"/proc/{pid}")
            rollup = (folder / "smaps_rollup").read_text()
            pss += next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
            rss += int((folder / "statm").read_text().split()[1]) * _PAGE // 1024
            targets = [link.readlink() for link in (folder / "fd").iterdir()]
            fds += len(targets)
            files += sum(str(target).startswith("/") for target in targets)
            threads += len(list((folder / "task").iterdir()))
    sizes = (sum(_sizes(log)), sum(_sizes(jobs)))
    return Sample(time.time() - started, pss, rss, files, fds, threads, len(workers), *sizes)


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                yield path.stat().st_size


def growth_per_hour(seconds: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of values over time, per hour: the median of all slopes.

    Single values that are far off, such as those taken while a model is loaded, do not count.
    Source: Sen 1968, "Estimates of the regression coefficient based on Kendall's tau".
    """
    t, y = np.asarray(seconds), np.asarray(values, float)
    first, second = np.triu_indices(len(t), 1)
    if not len(first):
        return 0.0
    return float(np.median((y[second] - y[first]) / (t[second] - t[first]))) * 3600
