"""Rooms, noises, microphones and recorders: what lies between a voice and a file.

The same functions finish the synthetic corpus and augment real clips in training, so
that a model cannot tell "synthetic" from "real" by the recording channel.
"""

from vocalbaby.audio.acoustics.config import RecordingConfig
from vocalbaby.audio.acoustics.recording import augment, record

__all__ = ["RecordingConfig", "augment", "record"]
