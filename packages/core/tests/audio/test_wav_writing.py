import io
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby import audio

NOISE = np.random.default_rng(0).uniform(-1, 1, (800, 2)).astype(np.float32)


@pytest.mark.parametrize("samples", [NOISE, NOISE[:, 0]], ids=["stereo", "mono"])
def test_float_files_hold_the_samples_exactly(samples: np.ndarray, tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", samples, 44_100)
    found, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    np.testing.assert_array_equal(found, samples)
    assert rate == 44_100
    assert audio.is_wav((tmp_path / "a.wav").read_bytes())


def test_pcm_files_equal_those_of_the_standard_library() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes(np.round(NOISE[:, 0] * 32_767).astype("<i2").tobytes())
    assert audio.wav_bytes(NOISE[:, 0], 16_000, encoding="pcm16") == buffer.getvalue()


def test_pcm_refuses_samples_beyond_full_scale() -> None:
    for value in (1.01, -1.01, np.nan):
        with pytest.raises(ValueError, match="within"):
            audio.wav_bytes(np.array([0.0, value]), 16_000, encoding="pcm16")


def test_refuses_arrays_of_another_shape() -> None:
    with pytest.raises(ValueError, match="shape"):
        audio.wav_bytes(np.zeros((2, 2, 2)), 16_000)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0AVI ", b"RF64\0\0\0\0WAVE"])
def test_other_bytes_are_not_taken_for_wav(data: bytes) -> None:
    assert not audio.is_wav(data)
