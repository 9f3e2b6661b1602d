"""Decoding keeps no memory, neither that of Python nor that of libsndfile."""

import contextlib
import gc
import io

import numpy as np
import pytest
import soundfile

from vocalbaby.audio import decode, measure
from vocalbaby.audio.ogg.pages import PageReader
from vocalbaby.exception import AudioError, UnreadableAudioError


def encode(kind: str, n_frames: int) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, n_frames)
    soundfile.write(file, noise, 16_000, format=kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "CAF", "AU", "FLAC", "OGG", "MP3"])
def test_no_memory_waits_for_the_garbage_collector(kind: str) -> None:
    whole = encode(kind, 8_000)
    middle = len(whole) // 2
    holed = whole[:middle] + bytes(99) + whole[middle + 99 :]
    files = (whole, whole + whole, whole[:middle], whole[:100], holed, holed[:-1])

    def read_all() -> int:
        for data in files:
            measure(data)
            with contextlib.suppress(AudioError):
                decode(data)
        return gc.collect()

    read_all()  # fills caches
    gc.disable()
    try:
        assert read_all() == 0
    finally:
        gc.enable()


def test_no_damaged_header_reaches_libsndfile(monkeypatch: pytest.MonkeyPatch) -> None:
    """libsndfile does not free its memory after them."""
    data = encode("OGG", 4_000)
    *_, last = PageReader(data)
    headers = last.start

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("libsndfile was called")

    monkeypatch.setattr(soundfile.SoundFile, "__init__", refuse)
    for size in range(28, headers, 61):
        with pytest.raises(UnreadableAudioError):
            decode(data[:size])
    for at in range(0, headers, 61):
        with pytest.raises(UnreadableAudioError):
            decode(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :])
