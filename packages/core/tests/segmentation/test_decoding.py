"""From evidence to segments."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.core.tests.segmentation.tones import (
    CLASSES,
    Samples,
    ToneModel,
    floor,
    place,
    tone,
)
from vocalbaby import kernel, segmentation
from vocalbaby.entity.timeline import Segment
from vocalbaby.segmentation import HearingConfig, SegmentationConfig
from vocalbaby.segmentation.levels import FloorTracker, slot_levels
from vocalbaby.segmentation.viterbi import best_path

CONFIG = SegmentationConfig()


def segments(sound: Samples, path: Path, config: SegmentationConfig = CONFIG) -> list[Segment]:
    heard = segmentation.hear([sound], ToneModel(), config.hearing, path)
    return list(segmentation.decode(heard, config))


def test_sounds_become_segments_with_exact_onsets(tmp_path: Path) -> None:
    sound = floor(60)
    for onset_s, hz in ((5.0, 600.0), (12.34, 200.0), (29.9, 600.0), (44.0, 600.0)):
        place(sound, tone(hz, 1.0), onset_s)
    found = segments(sound, tmp_path / "evidence")
    assert [(s.label, s.tier) for s in found] == [
        ("Crying", "infant"),
        ("Junk", "junk"),
        ("Crying", "infant"),
        ("Crying", "infant"),
    ]
    for segment, onset_s in zip(found, (5.0, 12.34, 29.9, 44.0), strict=True):
        assert segment.onset_s == pytest.approx(onset_s, abs=0.02)
        assert segment.offset_s == pytest.approx(onset_s + 1.0, abs=0.02)
        assert segment.probabilities is not None
        assert list(segment.probabilities) == list(CLASSES)
        assert sum(segment.probabilities.values()) == pytest.approx(1.0, abs=0.001)
        assert max(segment.probabilities, key=segment.probabilities.__getitem__) == segment.label


def test_short_pauses_do_not_end_a_segment_and_long_ones_do(tmp_path: Path) -> None:
    sound = floor(30)
    for onset_s in (5.0, 6.3, 8.5):  # pauses of 0.3 and 1.2 s
        place(sound, tone(600, 1.0), onset_s)
    times = [(round(s.onset_s, 1), round(s.offset_s, 1)) for s in segments(sound, tmp_path / "e")]
    assert times == [(5.0, 7.3), (8.5, 9.5)]


def test_the_class_changes_within_a_sound(tmp_path: Path) -> None:
    sound = floor(30)
    place(sound, tone(600, 3.0), 5.0)
    place(sound, tone(200, 3.0), 8.0)
    first, second = segments(sound, tmp_path / "evidence")
    assert (first.label, second.label) == ("Crying", "Junk")
    assert first.offset_s == second.onset_s == pytest.approx(8.0, abs=0.35)


def test_nothing_is_found_in_noise_and_in_digital_silence(tmp_path: Path) -> None:
    assert segments(floor(60), tmp_path / "noise") == []
    assert segments(0 * floor(60), tmp_path / "silence") == []


def test_the_floor_follows_a_change_of_noise(tmp_path: Path) -> None:
    sound = np.concatenate([floor(300), floor(300, 2e-2, 1)])
    place(sound, tone(600, 1.0), 100.0)
    place(sound, tone(600, 1.0), 500.0)
    cries = [s for s in segments(sound, tmp_path / "evidence") if s.label == "Crying"]
    assert [round(s.onset_s) for s in cries] == [100, 500]


def test_a_sound_at_the_border_of_a_chunk_is_one_segment(tmp_path: Path) -> None:
    sound = floor(1300)
    place(sound, tone(600, 4.0), 598.0)
    place(sound, tone(600, 4.0), 628.0)  # the chunk also has the first block of the next
    place(sound, tone(600, 1.0), 1200.0)
    found = segments(sound, tmp_path / "evidence")
    assert [(round(s.onset_s), round(s.offset_s)) for s in found] == [
        (598, 602),
        (628, 632),
        (1200, 1201),
    ]


def test_an_endless_sound_is_cut_but_not_lost(tmp_path: Path) -> None:
    sound = floor(1500)
    sound[20 * 16_000 :] += np.tile(tone(600, 1.0), 1480)
    quantile = SegmentationConfig(floor_quantile=0.01)
    found = segments(sound, tmp_path / "evidence", quantile)
    assert sum(s.duration_s for s in found) > 100
    for before, after in itertools.pairwise(found):
        assert before.offset_s <= after.onset_s


def test_given_segments_are_classified(tmp_path: Path) -> None:
    sound = floor(100)
    place(sound, tone(600, 2.0), 50.0)
    heard = segmentation.hear([sound], ToneModel(), HearingConfig(), tmp_path / "evidence")
    given_ = [Segment(50.0, 52.0), Segment(10.0, 12.0), Segment(99.9, 100.0)]
    found = list(segmentation.classify(heard, given_))
    assert [s.label for s in found] == ["Crying", "Junk", "Junk"]
    assert [(s.onset_s, s.offset_s) for s in found] == [(g.onset_s, g.offset_s) for g in given_]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 60), k=st.integers(1, 6))
def test_the_path_equals_that_of_numpy_and_the_best_of_all(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, k)).astype(np.float32)
    change = np.where(rng.random(n) < 0.2, 0, rng.random(n)).astype(np.float32)
    entry = rng.random(k).astype(np.float32)
    path = best_path(scores, change, entry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "native", None)
        assert (path == best_path(scores, change, entry)).all()

    def total(states: tuple[int, ...]) -> float:
        moved = [t for t in range(1, n) if states[t] != states[t - 1] and change[t] > 0]
        cost = sum(float(change[t] + entry[states[t]]) for t in moved)
        return float(sum(scores[t, s] for t, s in enumerate(states))) - cost

    if n > 0:
        own = total(tuple(path.tolist()))
        for _ in range(30):
            other = path.copy()
            other[rng.integers(n) :] = rng.integers(k)
            assert own >= total(tuple(other.tolist())) - 1e-3


def test_levels_are_those_of_a_tone() -> None:
    t = np.arange(16_000) / 16_000
    samples = (0.1 * np.sin(2 * np.pi * 2000 * t)).astype(np.float32)
    levels = slot_levels(samples)
    gain = np.cos(np.pi / 8) * abs(1 - 0.9 * np.exp(-1j * np.pi / 2))  # mean of pairs, emphasis
    wanted = 20 * np.log10(0.1 / np.sqrt(2) * gain)
    assert levels[1:].tolist() == pytest.approx([100 * wanted] * 99, abs=15)
    assert slot_levels(np.zeros(320, np.float32)).tolist() == [-12_000, -12_000]


@pytest.mark.parametrize("offset", [0.002, -0.3])
def test_an_offset_of_the_recorder_is_no_level(offset: float) -> None:
    samples = np.random.default_rng(0).normal(0, 1e-3, 16_000).astype(np.float32)
    with_offset = slot_levels(samples + np.float32(offset), before=offset)
    assert with_offset.tolist() == pytest.approx(slot_levels(samples).tolist(), abs=15)
    assert slot_levels(np.full(320, offset, np.float32), before=offset).max() < -10_000


def test_the_floor_is_a_quantile_without_digital_silence() -> None:
    tracker = FloorTracker(blocks=2, quantile=0.1)
    assert tracker.floor_db() == -84.0
    tracker.add(np.concatenate([np.full(2000, -12_000), np.full(1000, -5_050)]).astype(np.int16))
    assert tracker.floor_db() == pytest.approx(-51, abs=1)
    for _ in range(2):
        tracker.add(np.full(3000, -3_050, np.int16))
    assert tracker.floor_db() == pytest.approx(-31, abs=1)
