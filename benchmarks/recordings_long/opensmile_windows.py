"""CPU time of openSMILE's eGeMAPS for windows of a recording, in an environment that has openSMILE.

    python -m benchmarks.recordings_long.opensmile_windows RECORDING.wav

prints a line of JSON. openSMILE's licence permits research and education only; no distribution of
VocalBaby requires it.
"""

import importlib
import json
import resource
import sys
import wave
from pathlib import Path
from typing import Final

import numpy as np

__all__ = ["main"]

_WINDOW_S: Final = 0.6
_HOP_S: Final = 0.3


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(path: str) -> dict[str, float]:
    """Return the row of the table of costs, for a WAV file of 16 bits and one channel."""
    opensmile = importlib.import_module("opensmile")
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    with wave.open(path) as stream:
        rate, n_frames = stream.getframerate(), stream.getnframes()
        samples = np.frombuffer(stream.readframes(n_frames), "<i2") / np.float32(32_768)
    started, size, hop = _cpu_s(), round(_WINDOW_S * rate), round(_HOP_S * rate)
    starts = range(0, n_frames - size + 1, hop)
    for start in starts:
        smile.process_signal(samples[start : start + size], rate)
    hours = n_frames / rate / 3600
    peak_kb = int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0])
    return {
        "CPU s/h": (_cpu_s() - started) / hours,
        "start, CPU s": started,
        "peak MB": peak_kb / 1024,
        "windows/h": len(starts) / hours,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
