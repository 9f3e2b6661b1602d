"""A run that is killed at any time goes on, and gives the bytes of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vocalbaby.commands.main import main

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
