"""Other programs on the same recordings: YAMNet as a detector of cries, openSMILE's features."""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.transfer.listener import FAMILIES, Listener
from vocalbaby.entity.timeline import Segment
from vocalbaby.exception import VocalBabyError
from vocalbaby.features.embedding.litert import LiteRtModel
from vocalbaby.features.embedding.log_mel import log_mel

__all__ = ["opensmile_seconds", "yamnet_cries"]

Samples = NDArray[np.float32]

_RATE = 16_000
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


def opensmile_seconds(samples: Samples, window_s: float = 0.6, hop_s: float = 0.3) -> float | None:
    """Return the CPU seconds of eGeMAPS for windows, for an hour; None without openSMILE."""
    if importlib.util.find_spec("opensmile") is None:
        return None
    opensmile = importlib.import_module("opensmile")
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    starts = np.arange(0, len(samples) - window_s * _RATE, hop_s * _RATE).astype(int)
    began = time.process_time()
    for start in starts:
        smile.process_signal(samples[start : start + round(window_s * _RATE)], _RATE)
    return (time.process_time() - began) / (len(samples) / _RATE) * 3600
