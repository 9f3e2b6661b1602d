"""A run that is killed at any time goes on, and gives the bytes of an undisturbed run."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.annotations.registry import named
from vocalbaby.commands.main import main
from vocalbaby.commands.recordings.planning import find, plan
from vocalbaby.commands.recordings.running import run
from vocalbaby.commands.recordings.tasks import Settings
from vocalbaby.segmentation import SegmentationConfig

Write = Callable[..., Path]


def command(output: str, *more: str) -> list[str]:
    program = f"from {main.__module__} import main\nif __name__ == '__main__': main()"
    return [sys.executable, "-c", program, "segment", "days", "-o", output, "-f", "csv", *more]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_run_gives_the_same_bytes(workers: str, write: Write) -> None:
    for i in range(2):
        write(Path(f"days/{i}.wav"), *range(5, 590, 3), length_s=600, seed=i)
    subprocess.run(command("wanted"), check=True, env=environment(), capture_output=True)
    drawn = random.Random(int(workers))
    more = ("--workers", workers)
    for _ in range(2):
        with subprocess.Popen(command("found", *more), env=environment()) as process:
            state = Path("found/.vocalbaby/0.csv.evidence")
            for _ in range(1_000):
                if state.exists() or process.poll() is not None:
                    break
                time.sleep(0.01)
            time.sleep(drawn.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
        time.sleep(0.5)  # its processes end with it
    subprocess.run(command("found", *more), check=True, env=environment(), capture_output=True)
    for i in range(2):
        assert Path(f"found/{i}.csv").read_bytes() == Path(f"wanted/{i}.csv").read_bytes()
    assert not [path for path in Path("found/.vocalbaby").iterdir() if path.suffix != ".json"]


def end_workers(pools: list[int], ended: list[int]) -> None:
    """End the processes of pools of these sizes, one pool after another, once all have started."""
    for size in pools:
        while len(workers := multiprocessing.active_children()) < size:
            time.sleep(0.01)
        for process in workers:
            process.kill()
        while any(process.is_alive() for process in workers):
            time.sleep(0.01)
        ended.append(len(workers))


@pytest.mark.parametrize(("pools", "failed"), [([2], []), ([2, 1], ["days/0.wav"])])
def test_a_process_that_is_ended_costs_at_most_its_recording(
    pools: list[int], failed: list[str], write: Write
) -> None:
    for i in range(4):
        write(Path(f"days/{i}.wav"), 20, seed=i)
    Path("out").mkdir()
    tasks = plan(find(["days"], recursive=False), ["days"], "out", named("csv"), None)
    settings = Settings(None, SegmentationConfig().model_dump_json(), "csv", ("Crying",), junk=True)
    ended: list[int] = []
    # First the processes of two recordings, then the one that tries the first once more, alone.
    thread = threading.Thread(target=end_workers, args=(pools, ended), daemon=True)
    thread.start()
    results = dict(run(tasks, settings, 2, lambda *_: None))
    thread.join(60)
    assert ended == pools
    assert sorted(results) == [0, 1, 2, 3]
    assert [r.task.source.path for r in results.values() if r.error is not None] == failed
    for number in range(1 if failed else 0, 4):
        assert Path(f"out/{number}.csv").exists()
    if failed:
        assert "was ended" in str(results[0].error)
        assert "--workers" in str(results[0].error)


def test_an_interrupt_ends_all_processes_without_tracebacks(write: Write) -> None:
    for name in ("a", "b"):
        write(Path("days", f"{name}.wav"), 20, length_s=900)
    command = [sys.executable, "-c", f"from {main.__module__} import main; main()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = ("segment", "days", "-o", "out", "-f", "csv", "--workers", "2")
    with subprocess.Popen(
        [*command, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(children.read_text().split()) < 3:  # two workers, and the tracker of Python
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.3)  # the workers import modules
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        130,
        "Interrupted. The same command goes on from here.\n",
    )
