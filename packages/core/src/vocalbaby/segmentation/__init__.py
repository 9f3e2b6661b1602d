"""Segmentation of recordings of any length: sound becomes evidence, and evidence segments.

`hear` goes through the sound once and appends evidence to a file: the level of each slot of 10 ms
and the model's logits for windows. `decode` makes segments of evidence, in a moment, so that
other settings need not hear the sound again. `vocalbaby.inference.segment` does both.

Examples:
    >>> import numpy as np
    >>> from vocalbaby import inference, segmentation
    >>> noise = np.random.default_rng(0).normal(0, 0.001, 32_000).astype(np.float32)
    >>> noise[16_000:24_000] *= 100
    >>> config = segmentation.SegmentationConfig()
    >>> evidence = segmentation.hear([noise], inference.load(), config.hearing, "day1.evidence")
    >>> [(s.onset_s, round(s.offset_s, 1), s.label) for s in segmentation.decode(evidence, config)]
    [(1.0, 1.5, 'Junk')]
"""

from vocalbaby.segmentation.config import HearingConfig, SegmentationConfig
from vocalbaby.segmentation.decoding import INFANT_TIER, JUNK_TIER, classify, decode
from vocalbaby.segmentation.evidence import Evidence
from vocalbaby.segmentation.evidence_layout import EvidenceHeader
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
