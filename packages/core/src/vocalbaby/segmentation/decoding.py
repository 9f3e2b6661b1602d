"""The second pass: from evidence to segments."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.timeline import Segment
from vocalbaby.segmentation.activity import sounds
from vocalbaby.segmentation.config import BLOCK_SLOTS, SegmentationConfig
from vocalbaby.segmentation.evidence import Evidence
from vocalbaby.segmentation.levels import FloorTracker

__all__ = ["INFANT_TIER", "JUNK_TIER", "classify", "decode"]

INFANT_TIER = "infant"
JUNK_TIER = "junk"
_JUNK = "Junk"
_CHUNK_BLOCKS = 20


def decode(evidence: Evidence, config: SegmentationConfig) -> Iterator[Segment]:
    """Yield the segments of a recording, in the order of their onsets.

    Args:
        evidence: What was heard; may be incomplete.
        config: Settings; those of the first pass are those of the evidence.

    Yields:
        Segments on the tiers ``infant`` and ``junk``, with the probabilities of all classes.
    """
    classes = evidence.header.classes
    hop = evidence.header.hearing.hop_slots
    floor = FloorTracker()
    for first in range(0, evidence.n_blocks, _CHUNK_BLOCKS):
        blocks = evidence.read(first, _CHUNK_BLOCKS)
        excess = []
        for block in blocks:
            floor.add(block["level"])
            excess.append(block["level"] / np.float32(100) - np.float32(floor.floor_db()))
        logits = blocks["logits"].reshape(-1, len(classes))
        for begin, end in zip(*sounds(np.concatenate(excess), config), strict=True):
            part = logits[max(0, begin // hop - 1) : -(-end // hop)]
            yield _segment(
                (first * BLOCK_SLOTS + begin) / 100,
                (first * BLOCK_SLOTS + end) / 100,
                part,
                classes,
            )


def classify(evidence: Evidence, given: Iterable[Segment]) -> Iterator[Segment]:
    """Classify segments whose times are known.

    Args:
        evidence: What was heard.
        given: Segments, e.g. of another tool; they may overlap.

    Yields:
        One segment for each that is given, in order, with the same times.
    """
    classes = evidence.header.classes
    hop = evidence.header.hearing.hop_slots
    blocks = evidence.read(0, evidence.n_blocks)
    logits = blocks["logits"].reshape(-1, len(classes))
    for segment in given:
        begin, end = round(segment.onset_s * 100), round(segment.offset_s * 100)
        part = logits[max(0, begin // hop - 1) : max(1, -(-end // hop))]
        yield _segment(segment.onset_s, segment.offset_s, part, classes)


def _segment(
    onset_s: float, offset_s: float, logits: NDArray[np.float32], classes: tuple[str, ...]
) -> Segment:
    known = logits[~np.isnan(logits[:, 0])]
    if len(known):
        mean = known.mean(axis=0, dtype=np.float64)
        weights = np.exp(mean - mean.max())
        found = weights / weights.sum()
    else:
        found = np.array([float(name == _JUNK) for name in classes])
    label = classes[int(found.argmax())]
    return Segment(
        onset_s=onset_s,
        offset_s=offset_s,
        label=label,
        probabilities={n: round(float(p), 4) for n, p in zip(classes, found, strict=True)},
        tier=JUNK_TIER if label == _JUNK else INFANT_TIER,
    )
