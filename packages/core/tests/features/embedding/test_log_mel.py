"""The input of YAMNet: level, frames, bands and patches."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from vocalbaby.features.embedding.log_mel import log_mel, patches, scale

RATE = 16_000
TONE = np.sin(2 * np.pi * 1000 * np.arange(15_600) / RATE).astype(np.float32)


def test_a_tone_is_loudest_in_the_band_around_it() -> None:
    mel = log_mel(TONE)
    assert mel.shape == (96, 64)
    assert mel.dtype == np.float32
    low, high = 1127 * np.log1p(np.array([125.0, 7500.0]) / 700)
    centres = 700 * np.expm1(np.linspace(low, high, 66)[1:-1] / 1127)
    assert set(mel.argmax(axis=1)) == {int(np.abs(centres - 1000).argmin())}


def test_silence_is_the_offset() -> None:
    assert log_mel(np.zeros(15_600, np.float32)) == pytest.approx(np.log(1e-3))


def test_magnitudes_are_those_of_the_definition(sounds: list[NDArray[np.float32]]) -> None:
    """A periodic Hann window of 25 ms, a 512-point transform, triangles in HTK's mel."""

    def mel(hz: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(2595 * np.log10(1 + np.asarray(hz) / 700), np.float64)

    clip = sounds[4]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    windowed = sliding_window_view(clip, 400)[::160] * window
    magnitude = np.abs(np.fft.rfft(windowed, 512))
    corners = np.linspace(mel(125.0), mel(7500.0), 66)
    mels = mel(np.fft.rfftfreq(512, 1 / RATE))[:, None]
    rising = (mels - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - mels) / (corners[2:] - corners[1:-1])
    expected = np.log(magnitude @ np.maximum(0, np.minimum(rising, falling)) + 1e-3)
    np.testing.assert_allclose(log_mel(clip), expected, atol=1e-4)


def test_level_and_offset_change_nothing(sounds: list[NDArray[np.float32]]) -> None:
    loud, quiet = (scale(level * sounds[1] + offset) for level, offset in ((1, 0), (0.05, 0.01)))
    assert loud is not None
    assert quiet is not None
    assert np.abs(loud).max() == pytest.approx(10 ** (-3 / 20), abs=1e-6)
    np.testing.assert_allclose(loud, quiet, atol=1e-5)


def test_a_silent_clip_has_no_level() -> None:
    assert scale(np.full(8000, 0.25, np.float32)) is None


@pytest.mark.parametrize(
    ("n_samples", "starts"),
    [
        (100, [0]),
        (15_600, [0]),
        (15_759, [0]),  # the last frame is not whole
        (15_760, [0, 1]),
        (15_600 + 48 * 160, [0, 48]),
        (15_600 + 50 * 160, [0, 48, 50]),
    ],
)
def test_patches_overlap_by_half_and_reach_the_end(n_samples: int, starts: list[int]) -> None:
    clip = np.random.default_rng(0).standard_normal(n_samples).astype(np.float32)
    spectra = log_mel(np.pad(clip, (0, max(0, 15_600 - n_samples))))
    found = list(patches(clip))
    assert len(found) == len(starts)
    for patch, start in zip(found, starts, strict=True):
        np.testing.assert_array_equal(patch, spectra[start : start + 96])
    assert starts[-1] + 96 == len(spectra)
