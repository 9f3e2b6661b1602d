"""Measure what decoding costs: a short clip, against another revision, and an hour in blocks.

    python -m benchmarks.decoding --against REVISION

The short clip is a WAV file of 0.4 s in memory, as ``vocalbaby.audio.decode`` receives it from
the server. It is decoded with this revision and with REVISION, which is checked out with
``git worktree``, alternately in new processes. The hour is a recording of 16 kHz, a voice in 10 %
of the time over noise of -55 dBFS, read with ``vocalbaby.audio.open_stream``. Its resident memory
is that of the process at its peak, above what it was after the imports.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

RATE, SECONDS = 16_000, 3_600
CLIP = """
import time
import numpy as np
from vocalbaby.audio import decode, wav_bytes
voice = 0.3 * np.sin(np.arange(6_400) * 0.17)
data = wav_bytes(voice, 16_000, encoding="pcm16")
def rate():
    start = time.process_time()
    for _ in range(500):
        decode(data)
    return (time.process_time() - start) / 500
print(min(rate() for _ in range(9)))
"""
HOUR = """
import sys, time
from pathlib import Path
from vocalbaby.audio import open_stream
def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
before, start = memory("VmRSS:"), time.process_time()
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
with open_stream(sys.argv[1]) as stream:
    frames = sum(map(len, stream.blocks()))
assert stream.missing is None
print(time.process_time() - start, memory("VmHWM:") - before, frames)
"""


def run(code: str, *arguments: str, root: Path = Path()) -> list[float]:
    """Run a program with the audio package of a checkout, and return the numbers it prints."""
    environment = {**os.environ, "PYTHONPATH": str(root.resolve() / "packages/core/src")}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [float(number) for number in done.stdout.split()]


def write_hour(path: Path) -> None:
    """Write the recording of an hour."""
    rng = np.random.default_rng(0)
    t = np.arange(RATE) / RATE
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for second in range(SECONDS):
            block = rng.normal(0, 10 ** (-55 / 20), RATE)
            if second % 10 == 0:
                block += 0.3 * np.sin(2 * np.pi * 450 * t + 9 * np.sin(5 * t))
            file.write(block)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--against", help="revision to compare the short clip with")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.against:
            other = Path(folder) / "other"
            worktree = ["git", "worktree"]
            subprocess.run([*worktree, "add", "-q", "--detach", other, options.against], check=True)
            try:
                pairs = [(run(CLIP)[0], run(CLIP, root=other)[0]) for _ in range(options.rounds)]
            finally:
                subprocess.run([*worktree, "remove", "--force", other], check=True)
            ratios = [new / old for new, old in pairs]
            print(f"0.4 s WAV: {1e6 * min(new for new, _ in pairs):.1f} us, ", end="")
            print(f"{options.against} {1e6 * min(old for _, old in pairs):.1f} us, ", end="")
            print(f"median ratio {statistics.median(ratios):.3f}")
        for suffix in ("wav", "flac"):
            path = Path(folder) / f"hour.{suffix}"
            write_hour(path)
            runs = [run(HOUR, str(path)) for _ in range(options.rounds)]
            assert {frames for _, _, frames in runs} == {RATE * SECONDS}
            cpu_s, memory = min(run[0] for run in runs), max(run[1] for run in runs)
            size = path.stat().st_size / 2**20
            print(f"an hour of {suffix}, {size:.0f} MiB: {cpu_s:.2f} s of CPU, {memory:.1f} MiB")


if __name__ == "__main__":
    main()
