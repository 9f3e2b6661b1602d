"""CPU time and memory of segmenting a recording, each in a process of its own.

    python -m benchmarks.recordings_long.costs RECORDING FOLDER OUT [LISTENER]

segments a recording into OUT, with its evidence in FOLDER, and prints a line of JSON.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cost", "measure", "repeat_to_wav"]

_RATE = 16_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took.

    Attributes:
        hours: Length of the recording.
        cpu_s: User and system time after imports and the model, for decoding, evidence, segments
            and writing.
        start_cpu_s: CPU time of imports and the model.
        peak_mb: Largest resident memory.
        segments: Number of segments.
        windows: Windows that were classified.
    """

    hours: float
    cpu_s: float
    start_cpu_s: float
    peak_mb: float
    segments: int
    windows: int

    @property
    def cpu_s_per_hour(self) -> float:
        """CPU time for an hour of sound."""
        return self.cpu_s / self.hours


def measure(recording: Path, out: Path | None = None, listener: Path | None = None) -> Cost:
    """Segment a recording in a new process of one thread, into RTTM or the format of `out`."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    with tempfile.TemporaryDirectory() as folder:
        target = str(out or Path(folder) / "out.rttm")
        command = [sys.executable, "-m", __spec__.name, str(recording), folder, target]
        command += [str(listener)] if listener else []
        env = os.environ | dict.fromkeys(names, "1")
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def repeat_to_wav(parts: Iterator[NDArray[np.float32]], hours: float, path: Path) -> None:
    """Write sounds one after another, from the first again after the last, of a total length."""
    held = [np.round(part * 32_767).astype("<i2").tobytes() for part in parts]
    left = round(hours * 3600 * _RATE) * 2
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(_RATE)
        while left > 0:
            for data in held:
                stream.writeframes(data[:left])
                left -= min(left, len(data))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _run(recording: Path, folder: Path, out: Path, file: Path | None = None) -> Cost:
    from vocalbaby import annotations, inference  # noqa: PLC0415 - part of what is measured
    from vocalbaby.segmentation import Evidence  # noqa: PLC0415 - as above

    model = inference.load()
    listener = None if file is None else inference.load_listener(file)
    started = _cpu_s()
    evidence = folder / "evidence"
    timeline = inference.segment(recording, model=model, evidence=evidence, listener=listener)
    annotations.write(timeline, out)
    spent = _cpu_s() - started
    heard = Evidence(evidence)
    windows = sum(int(np.count_nonzero(~np.isnan(block["novelty"]))) for block in heard.blocks())
    # Unlike ru_maxrss, the peak of this program alone and not of the process that started it.
    status = Path("/proc/self/status").read_text("ascii")
    peak_kb = int(status.split("VmHWM:")[1].split()[0])
    hours = heard.n_samples / _RATE / 3600
    return Cost(hours, spent, started, peak_kb / 1024, len(timeline.segments), windows)


if __name__ == "__main__":
    print(json.dumps(asdict(_run(*map(Path, sys.argv[1:])))))
