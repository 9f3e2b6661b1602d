"""Long recordings are segmented in constant memory, also by runs that are killed.

scripts/test_recordings.sh calls this.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from vocalbaby.corpora.synthetic.day import synthesize_day

__all__ = ["main"]

RATE: Final = 16_000
#: Seconds of the synthetic day that are repeated.
PART_S: Final = 1_200
#: Hours of the recordings whose memory is compared, by format.
LENGTHS: Final = {"WAV": (1, 4, 16), "FLAC": (1, 16), "OGG": (1, 4), "MP3": (1, 4)}
#: Most resident memory of a run, and by how much the longest may exceed the shortest, in MB.
MOST_MB: Final = 150
GROWTH_MB: Final = 30


def part() -> NDArray[np.int16]:
    """Return the sound that is repeated."""
    scenes = [scene.recorded.samples for scene in synthesize_day(PART_S / 3600, seed=14)]
    sound: NDArray[np.int16] = np.rint(np.concatenate(scenes) * 32_767).astype(np.int16)
    return sound


def write(path: Path, sound: NDArray[np.int16], hours: float, kind: str) -> None:
    """Write a recording block by block."""
    left = round(hours * 3600 * RATE)
    with soundfile.SoundFile(path, "w", RATE, 1, format=kind) as file:
        while left > 0:
            for at in range(0, min(left, len(sound)), RATE):
                file.write(sound[at : min(at + RATE, left)])
            left -= len(sound)


@dataclass(frozen=True)
class Run:
    """What a run used.

    Attributes:
        memory_mb: Most resident memory.
        cpu_s: Seconds of CPU.
    """

    memory_mb: float
    cpu_s: float


def command(*arguments: object) -> list[str]:
    """Return the command line of a run."""
    return [sys.executable, "-m", "scripts.system_tests.segment_command", *map(str, arguments)]


def measured(*arguments: object) -> Run:
    """Run the command, and measure it."""
    with tempfile.NamedTemporaryFile("r") as peak:
        environment = {**os.environ, "PEAK_FILE": peak.name}
        process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(map(str, arguments))} ended with {process.returncode}")
        return Run(int(peak.read()) / 1024, used.ru_utime + used.ru_stime)


def check_memory(folder: Path, sound: NDArray[np.int16], longest: float) -> None:
    """Compare the memory of recordings of several lengths, in each format."""
    for kind, all_hours in LENGTHS.items():
        runs: list[Run] = []
        for hours in (h for h in all_hours if h <= longest):
            recording = folder / f"{hours}.{kind.lower()}"
            write(recording, sound, hours, kind)
            runs.append(measured(recording, "-o", folder / f"{hours}.{kind}.csv"))
            recording.unlink()
            run = runs[-1]
            print(
                f"{kind} {hours:2} h: {run.memory_mb:.0f} MB, {run.cpu_s / hours:.2f} CPU s/h",
                flush=True,
            )
        most, least = max(r.memory_mb for r in runs), runs[0].memory_mb
        if most > MOST_MB or most - least > GROWTH_MB:
            sys.exit(f"{kind}: the memory grows from {least:.0f} to {most:.0f} MB")


def check_kills(folder: Path, sound: NDArray[np.int16], kills: int) -> None:
    """Kill runs at random times, and compare the outputs with those of an undisturbed run."""
    days, wanted, found = (folder / name for name in ("days", "wanted", "found"))
    days.mkdir()
    for i in range(3):
        write(days / f"{i}.wav", np.roll(sound, i * 99_999), 0.5, "WAV")
    began = time.monotonic()
    measured(days, "-o", wanted, "-f", "csv", "--workers", 2)
    longest = time.monotonic() - began
    drawn, killed, finished = random.Random(14), 0, 0  # noqa: S311
    while killed < kills:
        process = subprocess.Popen(
            command(days, "-o", found, "-f", "csv", "--workers", 1 + killed % 2),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(drawn.uniform(0.2, longest))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            time.sleep(0.5)  # its processes end with it
            continue
        if process.returncode:
            sys.exit(f"a run ended with {process.returncode}; kills so far: {killed}")
        finished += 1
        compare(wanted, found)
        shutil.rmtree(found)
    measured(days, "-o", found, "-f", "csv")
    compare(wanted, found)
    print(f"{killed} kills, {finished + 1} runs that were finished, the same bytes", flush=True)


def compare(wanted: Path, found: Path) -> None:
    """End the program if two folders of outputs differ."""
    for path in outputs(wanted):
        if path.read_bytes() != (found / path.name).read_bytes():
            sys.exit(f"{path.name} differs from that of the undisturbed run")


def outputs(folder: Path) -> Iterator[Path]:
    """Yield the outputs in a folder."""
    paths = sorted(path for path in folder.iterdir() if path.suffix == ".csv")
    if len(paths) != 3:
        sys.exit(f"{folder} has {len(paths)} outputs, not 3")
    yield from paths


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--hours", type=float, default=16)
    options = parser.parse_args(arguments)
    sound = part()
    with tempfile.TemporaryDirectory(prefix="vocalbaby-") as folder:
        check_kills(Path(folder), sound, options.kills)
        check_memory(Path(folder), sound, options.hours)


if __name__ == "__main__":
    main()
