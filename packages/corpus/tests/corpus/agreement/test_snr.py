"""Segments are grouped by how far they are above the noise around them."""

from pathlib import Path

import numpy as np
import pytest

from vocalbaby import audio
from vocalbaby.corpus import agreement
from vocalbaby.corpus.agreement.snr import segment_snr
from vocalbaby.entity.timeline import Segment, Timeline

RATE = 16_000


def recording(path: Path, loudness: dict[tuple[float, float], float]) -> Path:
    """A minute of noise of -60 dB with louder stretches, given in dB above it."""
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.001, 60 * RATE)
    for (begin, end), level in loudness.items():
        part = slice(round(begin * RATE), round(end * RATE))
        sound[part] += rng.normal(0, 0.001 * 10 ** (level / 20), part.stop - part.start)
    audio.write_wav(path, sound, RATE)
    return path


def test_ratios_are_those_that_were_mixed(tmp_path: Path) -> None:
    path = recording(tmp_path / "day1.wav", {(10, 12): 30.0, (20, 21): 15.0, (22, 24): 5.0})
    found = segment_snr(path, np.array([10.0, 20, 22]), np.array([12.0, 21, 24]))
    # The 20th percentile of the power of short frames is half a dB below their mean.
    assert found == pytest.approx([30, 15, 5], abs=1.0)


def test_segments_beyond_the_sound_have_no_ratio(tmp_path: Path) -> None:
    path = recording(tmp_path / "day1.wav", {})
    found = segment_snr(path, np.array([70.0, 0.0]), np.array([71.0, 60.0]))
    assert np.isnan(found).all()


def test_recall_is_by_band(tmp_path: Path) -> None:
    """The machine finds the loud cry only."""
    path = recording(tmp_path / "day1.wav", {(10, 12): 30.0, (40, 42): 5.0})
    cries = Segment(10, 12, "Crying"), Segment(40, 42, "Crying")
    human = Timeline("day1", cries, 60.0)
    machine = Timeline("day1", (*cries[:1], Segment(50, 55, "Crying")), 60.0)
    found = agreement.compare([human], [machine], recordings={"day1": path})
    recalls = {
        f.group: f.value
        for f in found.figures
        if (f.by, f.measure, f.level) == ("snr", "detection_recall", "segments")
    }
    assert recalls == {
        "under 0 dB": None,
        "0 to 10 dB": 0.0,
        "10 to 20 dB": None,
        "20 dB or more": 1.0,
    }
    loud = found.find("detection_recall", "units", group="20 dB or more")
    assert loud is not None
    assert (loud.value, loud.n) == (1.0, 20)


def test_a_recording_without_sound_is_remarked_on(tmp_path: Path) -> None:
    path = recording(tmp_path / "day1.wav", {})
    days = [Timeline(name, (Segment(10, 12, "Crying"),), 60.0) for name in ("day1", "day2")]
    found = agreement.compare(days, days, recordings={"day1": path})
    assert any("no sound of 1 recording: day2" in note for note in found.notes)
