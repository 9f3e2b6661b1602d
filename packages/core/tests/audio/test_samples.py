import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import (
    EmptyAudioError,
    NonFiniteAudioError,
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UnreadableAudioError,
)


@pytest.fixture
def tone() -> NDArray[np.float64]:
    """Half a second at 44.1 kHz."""
    return 0.1 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 44_100)


def test_samples_become_the_same_clip_as_the_file_that_holds_them(
    tone: NDArray[np.float64],
) -> None:
    found = audio.from_samples(tone, 44_100, name="tone")
    expected = audio.decode(audio.wav_bytes(tone, 44_100), name="tone")
    assert found.samples.tobytes() == expected.samples.tobytes()
    assert (found.name, found.duration_s, found.source_rate) == ("tone", 0.5, 44_100)
    assert found.warnings == expected.warnings


def test_channels_are_averaged_with_a_warning(tone: NDArray[np.float64]) -> None:
    three = np.stack([tone, tone, tone], axis=1)
    clip = audio.from_samples(three, 44_100)
    assert clip.source_channels == 3
    assert [warning.code for warning in clip.warnings] == ["many_channels"]


def test_the_callers_array_is_neither_changed_nor_shared(tone: NDArray[np.float64]) -> None:
    samples = (30 * tone).astype(np.float32)
    clip = audio.from_samples(samples, SAMPLE_RATE)
    samples[:] = 0.0
    assert samples.flags.writeable
    assert np.ptp(clip.samples) > 1
    assert [warning.code for warning in clip.warnings] == ["over_full_scale"]


@pytest.mark.parametrize(
    ("samples", "rate", "error"),
    [
        (np.zeros(0), SAMPLE_RATE, EmptyAudioError),
        (np.zeros((0, 2)), SAMPLE_RATE, EmptyAudioError),
        (np.zeros(SAMPLE_RATE), SAMPLE_RATE, SilentAudioError),
        (np.full(SAMPLE_RATE, np.nan), SAMPLE_RATE, NonFiniteAudioError),
        (np.full(SAMPLE_RATE, 1e300), SAMPLE_RATE, NonFiniteAudioError),
        (np.ones(10), SAMPLE_RATE, TooShortAudioError),
        (np.ones(31 * SAMPLE_RATE), SAMPLE_RATE, TooLongAudioError),
        (np.ones(SAMPLE_RATE), 0, UnreadableAudioError),
        (np.ones((SAMPLE_RATE, 65)), SAMPLE_RATE, UnreadableAudioError),
        (np.ones((10, 10, 10)), SAMPLE_RATE, UnreadableAudioError),
        (np.ones(SAMPLE_RATE, np.int16), SAMPLE_RATE, UnreadableAudioError),
        (np.array(["a"] * 1000), SAMPLE_RATE, UnreadableAudioError),
        (np.float64(1.0), SAMPLE_RATE, UnreadableAudioError),
    ],
)
def test_unusable_samples_are_refused(
    samples: NDArray[np.float64], rate: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        audio.from_samples(samples, rate)
