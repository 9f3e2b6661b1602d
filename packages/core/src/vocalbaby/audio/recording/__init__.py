"""Recordings of any length as one channel at 16 kHz, in blocks, with the defects marked."""

from vocalbaby.audio.recording.defect_marks import DEFECT_KINDS, Defect, DefectKind
from vocalbaby.audio.recording.reading import Recording, open_recording

__all__ = ["DEFECT_KINDS", "Defect", "DefectKind", "Recording", "open_recording"]
