"""Pieces of long recordings."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby.audio.pieces import read_piece


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (48_000, 64)])
def test_a_piece_is_the_mean_of_the_channels(tmp_path: Path, rate: int, channels: int) -> None:
    t = np.arange(4 * rate) / rate
    sound = np.sin(2 * np.pi * 300 * t)[:, None] * np.linspace(0, 0.8, channels)
    soundfile.write(tmp_path / "a.wav", sound, rate, subtype="PCM_16")
    piece = read_piece(tmp_path / "a.wav", 1.0, 3.5)
    assert piece.shape == (40_000,)
    at = 1 + np.arange(40_000) / 16_000
    expected = np.sin(2 * np.pi * 300 * at) * np.linspace(0, 0.8, channels).mean()
    np.testing.assert_allclose(piece[400:-400], expected[400:-400], atol=1e-3)
    assert len(read_piece(tmp_path / "a.wav", 3.5, 9.0)) == 8000
    assert len(read_piece(tmp_path / "a.wav", 5.0, 9.0)) == 0


def test_a_piece_of_many_channels_does_not_fill_the_memory(tmp_path: Path) -> None:
    rate, channels = 96_000, 64  # 10 s of float samples are 250 MB
    with soundfile.SoundFile(tmp_path / "a.wav", "w", rate, channels, "PCM_U8") as file:
        for _ in range(10):
            file.write(np.zeros((rate, channels), np.int16))
    tracemalloc.start()
    read_piece(tmp_path / "a.wav", 0.0, 10.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_samples_that_are_no_numbers_are_silent(tmp_path: Path) -> None:
    sound = np.full(32_000, 0.25, np.float32)
    sound[8000:9000] = np.nan
    sound[9000:9100] = np.inf
    soundfile.write(tmp_path / "a.wav", sound, 44_100, subtype="FLOAT")
    piece = read_piece(tmp_path / "a.wav", 0.0, 0.7)
    assert np.isfinite(piece).all()
    assert np.abs(piece).max() < 1.2
