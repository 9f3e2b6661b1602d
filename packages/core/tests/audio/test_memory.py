"""Decoding leaves nothing that Python frees only when it looks for reference cycles."""

import contextlib
import gc
import io

import numpy as np
import pytest
import soundfile

from vocalbaby.audio import decode, measure
from vocalbaby.exception import AudioError


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "CAF", "AU", "FLAC", "OGG", "MP3"])
def test_no_memory_waits_for_the_garbage_collector(kind: str) -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8_000)
    soundfile.write(file, noise, 16_000, format=kind)
    whole = file.getvalue()
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
