"""Low frequencies are removed from recordings as from clips, second by second."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio.low_frequencies import remove_low_frequencies
from vocalbaby.audio.recording.low_cut import cut_low_frequencies

Samples = NDArray[np.float32]

TIME = np.arange(200_000) / 16_000
HUM = (0.3 * np.sin(2 * np.pi * 50 * TIME)).astype(np.float32)
VOICE = np.random.default_rng(0).normal(0, 0.05, len(TIME)).astype(np.float32)


def cut(sound: Samples, size: int = 7_000) -> Samples:
    parts = [sound[at : at + size] for at in range(0, len(sound), size)]
    return np.concatenate(list(cut_low_frequencies(parts)))


def level(sound: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


def test_low_frequencies_are_removed_as_from_clips() -> None:
    clip, _, share = remove_low_frequencies(VOICE + HUM)
    assert share > 0.5
    assert level(cut(VOICE + HUM) - clip) < 0.003 * level(clip)


def test_what_has_none_is_returned_to_the_last_bit() -> None:
    assert np.array_equal(cut(VOICE), VOICE)
    offset = VOICE + np.float32(0.1)
    assert np.array_equal(cut(offset), offset)
    assert np.array_equal(cut(HUM), HUM)  # there is nothing else


def test_they_are_removed_only_where_they_matter_and_without_a_click() -> None:
    begin = 6 * 16_384  # of the seventh stretch for which a decision is made
    sound = VOICE + np.where(np.arange(len(TIME)) < begin - 20, np.float32(0), HUM)
    found = cut(sound)
    assert np.array_equal(found[:begin], sound[:begin])
    assert level(found[112_000:] - VOICE[112_000:]) < 0.2 * level(VOICE)
    removed = sound - found
    assert np.abs(np.diff(removed)).max() < 0.02


def test_the_blocks_do_not_matter() -> None:
    sound = VOICE + np.where((TIME > 3) & (TIME < 8), HUM, np.float32(0))
    whole = cut(sound, 2**30)
    for size in (100, 4_096, 33_333):
        assert np.array_equal(cut(sound, size), whole)


def test_short_and_odd_lengths_are_kept() -> None:
    for n in (1, 2, 99, 2_304, 2_305, 16_383, 16_384, 16_385, 18_688, 18_689, 35_073):
        assert len(cut((VOICE + HUM)[:n])) == n
    assert list(cut_low_frequencies([])) == []
