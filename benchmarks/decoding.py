"""Measure what decoding costs: short clips, against another revision, and an hour in blocks.

    python -m benchmarks.decoding --against REVISION

The short clips are WAV files of 0.4 s in memory, as ``vocalbaby.audio.decode`` receives them from
the server. They are decoded with this revision and with REVISION, which is checked out with
``git worktree``, alternately in new processes. The hour is a recording of 16 kHz, a voice in 10 %
of the time over noise of -55 dBFS, read with ``vocalbaby.audio.open_stream``. Its resident memory
is that of the process at its peak, above what it was after the imports. The same recording is
read with libsndfile alone (``soundfile.blocks``) in between, as the measure of a busy machine.
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

from vocalbaby.corpora.synthetic import SyntheticConfig, generate

RATE, SECONDS, FRAMES = 16_000, 3_600, 6_400
CLIP = """
import sys, time
from pathlib import Path
from vocalbaby.audio import decode
clips = [Path(name).read_bytes() for name in sys.argv[1:]]
def rate(data):
    start = time.process_time()
    for _ in range(500):
        decode(data)
    return (time.process_time() - start) / 500
rounds = [[rate(data) for data in clips] for _ in range(9)]
print(*map(min, zip(*rounds)))
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
SNDFILE = """
import sys, time
import soundfile
start = time.process_time()
frames = sum(map(len, soundfile.blocks(sys.argv[1], 65_536, dtype="float32", always_2d=True)))
print(time.process_time() - start, frames)
"""


def run(code: str, *arguments: str, root: Path = Path()) -> list[float]:
    """Run a program with the audio package of a checkout, and return the numbers it prints."""
    environment = {**os.environ, "PYTHONPATH": str(root.resolve() / "packages/core/src")}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [float(number) for number in done.stdout.split()]


def write_clips(folder: Path) -> list[Path]:
    """Write a voice, a sine, clipped noise and stereo; return their paths."""
    config = SyntheticConfig(n_children=1, clips_per_child=12, seed=3)
    voice = next(clip.samples for clip in generate(config) if len(clip.samples) >= FRAMES)[:FRAMES]
    noise = np.random.default_rng(0).normal(0, 0.4, FRAMES)
    sounds = {
        "voice": voice,
        "sine": 0.3 * np.sin(np.arange(FRAMES) * 0.17),
        "clipped noise": noise.clip(-0.5, 0.5),
        "stereo": np.stack([voice, 0.7 * voice + 0.01 * noise], axis=1),
    }
    paths = [folder / f"{name}.wav" for name in sounds]
    for path, sound in zip(paths, sounds.values(), strict=True):
        soundfile.write(path, sound, RATE, subtype="PCM_16")
    return paths


def compare_clips(folder: Path, revision: str, rounds: int) -> None:
    """Print what the clips cost with this revision and with another one."""
    clips, other = write_clips(folder), folder / "other"
    names = [str(path) for path in clips]
    subprocess.run(["git", "worktree", "add", "-q", "--detach", other, revision], check=True)
    try:
        runs = [(run(CLIP, *names), run(CLIP, *names, root=other)) for _ in range(rounds)]
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", other], check=True)
    for place, path in enumerate(clips):
        pairs = [(new[place], old[place]) for new, old in runs]
        now, before = (1e6 * min(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(new / old for new, old in pairs)
        print(f"0.4 s, {path.stem}: {now:.1f} us, {revision} {before:.1f} us, ratio {ratio:.3f}")


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.against:
            compare_clips(folder, options.against, options.rounds)
        for suffix in ("wav", "flac"):
            path = folder / f"hour.{suffix}"
            write_hour(path)
            pairs = [(run(HOUR, str(path)), run(SNDFILE, str(path))) for _ in range(options.rounds)]
            assert {int(each[-1]) for pair in pairs for each in pair} == {RATE * SECONDS}
            cpu_s, alone = (min(each[0] for each in side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(ours[0] / theirs[0] for ours, theirs in pairs)
            memory, size = max(ours[1] for ours, _ in pairs), path.stat().st_size / 2**20
            print(
                f"an hour of {suffix}, {size:.0f} MiB: {cpu_s:.2f} s of CPU, {memory:.1f} MiB; ",
                end="",
            )
            print(f"libsndfile alone {alone:.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
