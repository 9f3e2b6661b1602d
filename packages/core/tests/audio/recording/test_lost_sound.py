"""Sound that a damaged file has lost leaves a gap of its length, so that times stay true."""

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import AudioStream, Defect, Recording, decode, open_recording
from vocalbaby.audio.ogg.pages import PageReader

Samples = NDArray[np.float32]
RATE = 16_000


def sound(seconds: float = 20.0, channels: int = 1) -> Samples:
    """Noise whose level rises and falls, so that every second is another."""
    n = round(seconds * RATE)
    level = 0.05 + 0.04 * np.sin(np.arange(n) / 1_234)
    noise = np.random.default_rng(0).normal(0, 1, (n, channels)) * level[:, None]
    found: Samples = noise.astype(np.float32)
    return found


def encoded(samples: Samples, container: str, subtype: str | None = None) -> bytes:
    """A file that libsndfile writes."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=container, subtype=subtype)
    return file.getvalue()


def heard(data: bytes) -> tuple[Samples, list[Defect]]:
    """The samples of a recording, and its defects."""
    with open_recording(data) as recording:
        found = np.concatenate(list(recording.blocks()))
        return found, list(recording.defects)


def without_pages(data: bytes, lost: range) -> bytes:
    """An Ogg file without some of its pages."""
    starts = [page.start for page in PageReader(data)]
    return data[: starts[lost.start]] + data[starts[lost.stop] :]


@pytest.mark.parametrize("damage", ["zeros", "removed", "two places"])
def test_flac_keeps_the_clock(damage: str) -> None:
    whole = encoded(sound(), "FLAC")
    data, middle = bytearray(whole), len(whole) // 2
    if damage == "removed":
        del data[middle : middle + 30_000]
    else:
        data[middle : middle + 40] = bytes(40)
    if damage == "two places":
        start = len(data) * 3 // 4
        data[start : start + 9_000] = bytes(9_000)
    expected, _ = heard(whole)
    found, defects = heard(bytes(data))
    assert len(found) == len(expected)
    assert [each.kind for each in defects] == ["gap"] * (2 if damage == "two places" else 1)
    lost = found != expected
    for gap in defects:
        begin, end = round(gap.onset_s * RATE), round(gap.offset_s * RATE)
        assert not found[begin:end].any()
        assert f"{gap.offset_s - gap.onset_s:.3f} s" in gap.message
        lost[begin:end] = False
    assert not lost.any()


def test_joined_flac_has_lost_nothing() -> None:
    """The second file has numbers of its own."""
    whole = encoded(sound(4.0), "FLAC")
    found, defects = heard(whole + whole)
    assert len(found) == 8 * RATE
    assert "gap" not in [each.kind for each in defects]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_keeps_the_clock(subtype: str) -> None:
    whole = encoded(sound(60.0), "OGG", subtype)
    expected, _ = heard(whole)
    n_pages = len(list(PageReader(whole)))
    lost = range(n_pages // 2, n_pages // 2 + 2)
    found, defects = heard(without_pages(whole, lost))
    assert len(found) == len(expected)
    (gap,) = defects
    assert gap.kind == "gap"
    begin, end = round(gap.onset_s * RATE), round(gap.offset_s * RATE)
    assert end - begin > 0.5 * RATE
    assert np.abs(found[begin + 200 : end - 200]).max() < 1e-6
    # Opus needs some time to find its state again.
    after = slice(end + RATE // 2, None)
    assert np.abs(found[: begin - 200] - expected[: begin - 200]).max() < 1e-4
    assert np.corrcoef(found[after], expected[after])[0, 1] > 0.99


def test_clips_are_closed_up() -> None:
    """A clip has no clock: what is there follows without a gap, with a warning."""
    data = bytearray(encoded(sound(), "FLAC"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    clip = decode(bytes(data))
    assert clip.duration_s < 20.0
    assert "truncated" in [each.code for each in clip.warnings]


class Numbered(AudioStream):
    """Two blocks, between which frames are lost by numbers in the file."""

    rate, channels = RATE, 1

    def __init__(self, lost: int) -> None:
        self._lost = [0, lost]

    def read(self, n_frames: int) -> Samples:
        if not self._lost:
            return np.empty((0, 1), np.float32)
        self.lost_before = self._lost.pop(0)
        self.missing = "a part of it is damaged" if self.lost_before else None
        return sound()[:n_frames]

    def frames_bound(self, stop: int, /) -> int:
        return stop


def test_numbers_that_cannot_be_right_are_not_believed() -> None:
    recording = Recording(Numbered(86_401 * RATE))
    n = sum(len(block) for block in recording.blocks())
    assert n == 8 * RATE
    (gap,) = recording.defects
    assert (gap.kind, gap.onset_s, gap.offset_s) == ("gap", 4.0, 4.0)


def test_silence_of_any_length_is_made_in_blocks() -> None:
    recording = Recording(Numbered(3_600 * RATE))
    longest = n = 0
    for block in recording.blocks():
        longest, n = max(longest, len(block)), n + len(block)
    assert n == 3_608 * RATE
    assert longest <= 4 * RATE
    assert [(each.kind, each.offset_s) for each in recording.defects] == [("gap", 3_604.0)]
