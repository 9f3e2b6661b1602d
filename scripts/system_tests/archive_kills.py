"""Kills runs of an archive at random moments, and verifies that nothing is lost or done twice.

scripts/test_archive_kills.sh calls this. An archive is run once undisturbed. Then, on processes and
on Dask, runs into another dataset are killed (a worker, the command alone, or all of its processes)
until one of them ends by itself.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

from scripts.system_tests.checks import require

__all__ = ["main"]

#: Kinds of results, which must not depend on kills.
_RESULTS: Final = ("segments", "figures", "records")


def command(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command of vocalbaby in a group of processes of its own."""
    guarded = [sys.executable, "-m", "scripts.system_tests.vocalbaby_command", *arguments]
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(guarded, stdout=log, stderr=log, start_new_session=True)


def kill(process: subprocess.Popen[bytes], rng: random.Random) -> str:
    """Kill a worker, the command alone, or all processes; return which."""
    what = rng.choice(("worker", "command", "all"))
    if what == "worker":
        workers = descendants(process.pid)
        if workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
            return what
        what = "all"
    if what == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    require_no_processes(process.pid)
    return what


def descendants(pid: int) -> list[int]:
    """Return the processes below a process that run Python code of its executor."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            line = (stat.parent / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue  # it has ended
        if b"resource_tracker" not in line:
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, left = [], [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def require_no_processes(group: int) -> None:
    """Require that the workers of a killed command end within 30 seconds."""
    for _ in range(300):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    require("The workers of a killed command end within 30 seconds", holds=False)


def results(dataset: Path) -> dict[str, str]:
    """Checksum of every result, by its name."""
    return {
        path.relative_to(dataset).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in _RESULTS
        for path in sorted((dataset / kind).rglob("*"))
        if path.is_file()
    }


def merged(dataset: Path, folder: Path) -> dict[str, str]:
    """Merge a dataset; return the checksum of every table, by its name."""
    tables = dataset.with_name(f"{dataset.name}-tables")
    step = ["corpus", "merge", str(dataset), "--out", str(tables)]
    require(f"{dataset.name}: the dataset is merged", holds=command(step, folder).wait() == 0)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables.iterdir()}


def done_twice(dataset: Path) -> list[str]:
    """Return recordings that were heard again though their record had been written."""
    lines = [
        json.loads(line)
        for path in (dataset / "runs").rglob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    counts = Counter((line["recording_id"], line["figures"]) for line in lines)
    return sorted(name for (name, _), n in counts.items() if n > 1)


def disturbed(
    executor: str, archive: Path, folder: Path, kills: int, rng: random.Random
) -> Counter[str]:
    """Run an archive again and again with kills; return how often what was killed."""
    dataset = folder / executor
    arguments = ["corpus", "run", str(archive), "--out", str(dataset)]
    arguments += ["--executor", executor, "--workers", "2"]
    found: Counter[str] = Counter()
    longest = 6.0 if executor == "processes" else 14.0
    while sum(found.values()) < kills:
        process = command(arguments, folder)
        while process.poll() is None and sum(found.values()) < kills:
            try:
                process.wait(timeout=rng.uniform(1.0, longest))
            except subprocess.TimeoutExpired:
                found[kill(process, rng)] += 1
        if process.poll() is None:
            process.wait()
        if process.returncode == 0:  # all is done before all kills: begin anew
            require(f"{executor}: nothing is done twice", holds=not done_twice(dataset))
            if sum(found.values()) < kills:
                shutil.move(dataset, folder / f"{executor}-{sum(found.values())}")
    process = command(arguments, folder)
    require(f"{executor}: the last run ends with 0", holds=process.wait() == 0)
    return found


def main() -> None:
    """Run the test; the options say how often to kill, and at which moments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="kills on each executor")
    parser.add_argument("--recordings", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - moments of kills
    archive = options.folder / "archive"
    archive.mkdir(parents=True)
    for number in range(options.recordings):
        made = options.folder / f"made{number}"
        step = ["synthesize", str(made), "--day", "0.02", "--seed", str(number)]
        require(f"day {number} is made", holds=command(step, options.folder).wait() == 0)
        (made / "day.wav").rename(archive / f"c{number % 5:02d}_day{number:02d}.wav")
    quiet = options.folder / "quiet"
    undisturbed = command(["corpus", "run", str(archive), "--out", str(quiet)], options.folder)
    require("the undisturbed run ends with 0", holds=undisturbed.wait() == 0)
    expected = results(quiet)
    require("it has three files for each recording", holds=len(expected) == 3 * options.recordings)
    tables = merged(quiet, options.folder)
    require("it has three tables", holds=len(tables) == 3)
    for executor in ("processes", "dask"):
        found = disturbed(executor, archive, options.folder, options.kills, rng)
        dataset = options.folder / executor
        require(f"{executor}: the same bytes as undisturbed", holds=results(dataset) == expected)
        same = merged(dataset, options.folder) == tables
        require(f"{executor}: the same bytes of the merged tables", holds=same)
        require(f"{executor}: nothing is done twice", holds=not done_twice(dataset))
        verified = command(["corpus", "verify", str(dataset)], options.folder)
        require(f"{executor}: the dataset is verified", holds=verified.wait() == 0)
        print(
            f"{executor}: {sum(found.values())} kills ({dict(sorted(found.items()))}), "
            f"{options.recordings} recordings, 0 lost, 0 done twice, "
            f"{len(expected)} files and {len(tables)} tables with the same bytes",
            flush=True,
        )


if __name__ == "__main__":
    main()
