"""Other programs on the same recordings: YAMNet as a detector of cries, openSMILE's features."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.listener import FAMILIES, Listener
from vocalbaby.entity.timeline import Segment
from vocalbaby.exception import VocalBabyError
from vocalbaby.features.embedding.litert import LiteRtModel
from vocalbaby.features.embedding.log_mel import log_mel

__all__ = ["opensmile_costs", "yamnet_cries"]

Samples = NDArray[np.float32]

#: YAMNet's patches have 96 frames of 10 ms, one every 48.
_PATCH, _HOP = 96, 48


def yamnet_cries(model: Path, threshold: float) -> Callable[[Samples], list[Segment]] | None:
    """Return a detector: patches whose best score of a cry reaches a threshold are Crying.

    Returns:
        None if the file or ``ai-edge-litert`` is missing.
    """
    try:
        classes = Listener(model).classes
        net = LiteRtModel(model.read_bytes(), output="")
    except (VocalBabyError, FileNotFoundError):
        return None
    cries = [classes.index(name) for name in FAMILIES["cry"]]

    def detect(samples: Samples) -> list[Segment]:
        found: list[Segment] = []
        mel = log_mel(samples)
        for start in range(0, len(mel) - _PATCH + 1, _HOP):
            if net.embed(mel[start : start + _PATCH])[cries].max() >= threshold:
                # A patch stands for the half of it that is in its middle.
                onset_s = (start + _HOP // 2) / 100
                found.append(Segment(onset_s, onset_s + _HOP / 100, "Crying"))
        return found

    return detect


def opensmile_costs(python: Path, recording: Path) -> dict[str, float]:
    """Return the row of openSMILE's windows in the table of costs.

    Args:
        python: The Python of an environment that has openSMILE.
        recording: A WAV file of 16 bits and one channel.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    command = [str(python), "-m", "benchmarks.recordings_long.opensmile_windows", str(recording)]
    env = os.environ | dict.fromkeys(names, "1")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
