"""Simulation of rooms, noises, microphones and recorders.

The synthetic corpus and the augmentation of training clips use the same functions, so
that a model cannot tell "synthetic" from "real" by the recording channel.
"""

from vocalbaby.audio.acoustics.config import CLEAN_RECORDING, RecordingConfig
from vocalbaby.audio.acoustics.recording import augment, record

__all__ = ["CLEAN_RECORDING", "RecordingConfig", "augment", "record"]
