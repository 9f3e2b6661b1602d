"""The codecs of benchmarks/transfer, with the ffmpeg that scripts/ci_setup.sh installs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.transfer import codecs
from benchmarks.transfer.channels import Channel, apply
from vocalbaby.entity.clip import SAMPLE_RATE

Samples = NDArray[np.float32]
TIME = np.arange(SAMPLE_RATE) / SAMPLE_RATE


@pytest.fixture(scope="module")
def channels() -> dict[str, Channel]:
    found, missing = codecs.available()
    assert missing == []
    return found


def voice() -> Samples:
    """Harmonics of a voice that glides from 350 to 450 Hz, up to 7.6 kHz, under syllables."""
    phase = 2 * np.pi * np.cumsum(350 + 100 * TIME) / SAMPLE_RATE
    tone = sum(np.sin(k * phase) / k**0.5 for k in range(1, 17))
    out: Samples = (0.08 * (1 + np.sin(2 * np.pi * 3 * TIME)) * tone).astype(np.float32)
    return out


def level_db(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-20))


@pytest.mark.parametrize("name", codecs.CODECS)
@pytest.mark.parametrize("length", [100, 1601])
def test_a_codec_keeps_the_length_of_short_clips(
    channels: dict[str, Channel], name: str, length: int
) -> None:
    assert apply(channels[name], voice()[:length], "clip.wav").shape == (length,)


@pytest.mark.parametrize("name", codecs.CODECS)
@pytest.mark.parametrize("length", [6401, 16_000])
def test_a_codec_keeps_length_sound_and_time(
    channels: dict[str, Channel], name: str, length: int
) -> None:
    before = voice()[:length]
    after = apply(channels[name], before.copy(), "clip.wav")
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert np.abs(after).max() <= 1
    assert not np.array_equal(after, before)
    assert level_db(after, 300, 3000) == pytest.approx(level_db(before, 300, 3000), abs=3)
    lags = range(-200, 201)
    middle = slice(400, length - 400)
    scores = [np.dot(np.roll(after, lag)[middle], before[middle]) for lag in lags]
    assert abs(lags[int(np.argmax(scores))]) <= 16  # 1 ms


def test_wide_band_amr_keeps_what_narrow_band_amr_removes(channels: dict[str, Channel]) -> None:
    before = voice()
    narrow, wide = (
        level_db(apply(channels[name], before.copy(), "clip.wav"), 4200, 6000)
        for name in ("AMR-NB 12.2 kbit/s", "AMR-WB 12.65 kbit/s")
    )
    assert narrow < level_db(before, 4200, 6000) - 20
    assert wide == pytest.approx(level_db(before, 4200, 6000), abs=6)


@pytest.mark.parametrize("name", codecs.CODECS)
def test_a_codec_gives_the_same_samples_again(channels: dict[str, Channel], name: str) -> None:
    once, again = (apply(channels[name], voice(), "clip.wav") for _ in range(2))
    np.testing.assert_array_equal(once, again)
