"""The steps of the second pass, each by itself and at its limits."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from vocalbaby.segmentation.activity import sounds
from vocalbaby.segmentation.chunks import Chunk
from vocalbaby.segmentation.config import BLOCK_SLOTS, HearingConfig, SegmentationConfig
from vocalbaby.segmentation.decoding import _joined, _Piece, _pieces
from vocalbaby.segmentation.evidence import Evidence, EvidenceWriter
from vocalbaby.segmentation.evidence_layout import (
    BLOCK_SAMPLES,
    Block,
    EvidenceHeader,
    block_dtype,
)
from vocalbaby.segmentation.levels import floors_of
from vocalbaby.segmentation.posteriors import pooled, window_logits

CLASSES = ("Crying", "Junk")
HEADER = EvidenceHeader(
    source="",
    model_version="1",
    classes=CLASSES,
    feature_set="x",
    novelty_threshold=2.0,
    hearing=HearingConfig(),
)


@pytest.mark.parametrize(("pause", "found"), [(20, 1), (21, 2)])
def test_a_pause_of_min_gap_does_not_end_a_sound(pause: int, found: int) -> None:
    excess = np.zeros(200, np.float32)
    excess[10:40] = excess[40 + pause : 80 + pause] = 20
    begins, ends = sounds(excess, SegmentationConfig(min_gap_s=0.2))
    assert (len(begins), begins[0], ends[-1]) == (found, 10, 80 + pause)


@pytest.mark.parametrize(("pause", "label", "found"), [(50, 0, 1), (51, 0, 2), (50, 1, 2)])
def test_a_pause_of_bridge_does_not_end_an_infant_segment(
    pause: int, label: int, found: int
) -> None:
    pieces = [_Piece(0, 20, label), _Piece(20 + pause, 100, label)]
    joined = _joined(pieces, CLASSES, SegmentationConfig(bridge_s=0.5))
    assert (len(joined), joined[-1].end) == (found, 100)


def test_windows_count_by_their_overlap_and_only_if_classified() -> None:
    logits = np.array([[3.0, 0.0], [0.0, 6.0], [np.nan, np.nan]], np.float32)
    hearing = HearingConfig(window_s=0.6, hop_s=0.3)
    for (begin, end), (first, second) in {
        (0, 30): (1.0, 0.0),
        (0, 60): (2 / 3, 1 / 3),
        (45, 80): (0.3, 0.7),
    }.items():
        mean = pooled(logits, begin, end, hearing)
        assert mean is not None
        assert mean.tolist() == pytest.approx([3 * first, 6 * second])
    assert pooled(logits, 95, 110, hearing) is None


def test_sound_unlike_the_training_data_is_less_probably_an_infant() -> None:
    block = np.zeros(1, block_dtype(HEADER))
    block["novelty"][0, :3] = 1, 2, 6
    lowered = window_logits(block, HEADER, SegmentationConfig(novelty_cost=1.5))
    assert lowered[:3].tolist() == [[0, 0], [0, 0], [-3, 0]]


def test_the_noise_floor_is_that_of_four_blocks_before_and_after(tmp_path: Path) -> None:
    n = HEADER.hearing.block_windows
    nothing = np.full(n, np.nan, np.float32), np.full((n, 2), np.nan, np.float32)
    with EvidenceWriter(tmp_path / "x", HEADER) as writer:
        for number in range(12):
            level = np.full(BLOCK_SLOTS, -7_000 if number == 6 else -3_000, np.int16)
            voicing = np.zeros(BLOCK_SLOTS, np.uint8)
            writer.append(Block(BLOCK_SAMPLES, number == 11, level, voicing, *nothing))
    quiet = floors_of(Evidence(tmp_path / "x"), 0.1) < -60
    assert np.flatnonzero(quiet).tolist() == list(range(2, 11))


@pytest.mark.parametrize(("gap", "length", "label"), [(30, 30, 0), (300, 30, 1), (300, 6, 0)])
def test_an_uncertain_sound_has_the_class_of_the_one_shortly_before(
    gap: int, length: int, label: int
) -> None:
    second = 60 + gap
    logits = np.tile(np.array([0.0, 0.8], np.float32), (second // 30 + 2, 1))
    logits[:2] = 10, 0
    chunk = Chunk(
        first_slot=0,
        excess=np.full(second + 60, 20, np.float32),
        begins=np.array([30, second]),
        ends=np.array([60, second + length]),
        activity=np.ones(len(logits), np.float32),
        logits=logits,
    )
    evidence = cast("Evidence", SimpleNamespace(header=HEADER))
    config = SegmentationConfig(context_cost=4.0, context_s=1.0)
    found = [piece.label for piece in _pieces(chunk, evidence, config)]
    assert found == [0, label]
