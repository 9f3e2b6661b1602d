"""Modules of the page, called in Chromium and compared with Python."""

import csv
import io
import wave
from typing import Any

import numpy as np
import pytest


def test_the_wav_encoder_writes_what_the_standard_library_reads(page: Any) -> None:
    samples = [0, 0.5, -0.5, 1, -1, 2]
    made = page.module(
        "dsp.js", "[...new Uint8Array(m.encodeWav(new Float32Array(v[0]), 44100))]", samples
    )
    with wave.open(io.BytesIO(bytes(made))) as read:
        assert read.getparams()[:4] == (1, 2, 44100, 6)
        frames = np.frombuffer(read.readframes(6), "<i2").tolist()
    assert frames == [0, 16384, -16383, 32767, -32767, 32767]


def test_the_fourier_transform_equals_that_of_numpy(page: Any) -> None:
    x = np.random.default_rng(0).standard_normal(64)
    expression = (
        "(([re, im]) => (m.fft(re, im), [re, im]))"
        "([Float64Array.from(v[0]), new Float64Array(64)]).map((a) => [...a])"
    )
    real, imaginary = page.module("dsp.js", expression, x.tolist())
    np.testing.assert_allclose(np.array(real) + 1j * np.array(imaginary), np.fft.fft(x), atol=1e-12)


@pytest.mark.parametrize("hz", [300.0, 1000.0, 5000.0])
def test_a_tone_is_drawn_at_its_frequency(page: Any, hz: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(4000) / 16000)
    expression = "[[...m.spectrogram(Float32Array.from(v[0]), 16000, 3, 200)], m.mel(8000)]"
    levels, top = page.module("dsp.js", expression, tone.tolist())
    row = int(np.argmax(np.reshape(levels, (3, 200))[1]))
    assert 700 * (10 ** (top * (row + 0.5) / 200 / 2595) - 1) == pytest.approx(hz, rel=0.06)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\tx", 'a"b', "a,b", "a\nb"])
def test_no_name_becomes_a_formula_or_breaks_a_csv_row(page: Any, name: str) -> None:
    text = page.module("csv.js", "m.toCsv([{name: v[0]}], ['A'])", name)
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert len(head) == len(row)
    assert row[0] in (name, f"'{name}")
    assert row[0][0] not in "=+-@\t"
