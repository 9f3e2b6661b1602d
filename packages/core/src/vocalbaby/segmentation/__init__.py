"""Segmentation of recordings of any length: sound becomes evidence, and evidence segments.

`hear` goes through the sound once and appends evidence to a file: the level of each slot of 10 ms
and the model's answers for windows. `decode` makes segments of evidence, in a moment, so that
other settings need not hear the sound again.
"""

from vocalbaby.segmentation.config import HearingConfig, SegmentationConfig
from vocalbaby.segmentation.decoding import INFANT_TIER, JUNK_TIER, classify, decode
from vocalbaby.segmentation.evidence import Evidence, EvidenceHeader
from vocalbaby.segmentation.hearing import header_of, hear
from vocalbaby.segmentation.model import PatchListener, WindowModel

__all__ = [
    "INFANT_TIER",
    "JUNK_TIER",
    "Evidence",
    "EvidenceHeader",
    "HearingConfig",
    "PatchListener",
    "SegmentationConfig",
    "WindowModel",
    "classify",
    "decode",
    "header_of",
    "hear",
]
