"""A synthetic day from ``vocalbaby synthesize --day``, segmented: memory, time, and the truth.

    python -m benchmarks.recordings_long.day --hours 16

The exit code is 1 if memory exceeds its limit, if less than half of the true seconds of a class are
found, or if more than four minutes of an hour are called infant without one. The default model
knows the synthesizer, so the figures say that the whole way works, not how accurate it is.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.recordings_long.costs import measure
from benchmarks.recordings_long.scoring import Scores
from vocalbaby import annotations
from vocalbaby.entity.labels import CLASSES

_PEAK_MB, _RECALL, _FALSE_MINUTES = 150, 0.5, 4.0


def main() -> int:
    """Synthesize, segment, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        day, out = Path(folder) / "day", Path(folder) / "out.csv"
        began = time.monotonic()
        command = ["synthesize", str(day), "--day", str(options.hours), "--seed", str(options.seed)]
        main_module = "from vocalbaby.commands.main import main; main()"
        subprocess.run([sys.executable, "-c", main_module, *command], check=True)
        print(f"synthesized in {time.monotonic() - began:.0f} s")
        cost = measure(day / "day.wav", out)
        (truth,), (given,) = annotations.read(day / "day.rttm"), annotations.read(out)
        scores = Scores()
        scores.add(truth.segments, given.segments, cost.hours * 3600)
    infant = scores.slots[:, : CLASSES.index("Junk")]
    false_minutes = float(infant[-2:].sum() / 6000 / cost.hours)
    print(json.dumps(scores.summary() | scores.recalls, indent=1))
    print(f"{cost}; {cost.cpu_s_per_hour:.2f} s of CPU and")
    print(f"{false_minutes:.2f} minutes called infant without one, per hour")
    good = cost.peak_mb <= _PEAK_MB and false_minutes <= _FALSE_MINUTES
    return 0 if good and min(scores.recalls.values()) >= _RECALL else 1


if __name__ == "__main__":
    sys.exit(main())
