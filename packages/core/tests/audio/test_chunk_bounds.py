"""The chunks of a damaged file are looked at a bounded number of times."""

import contextlib
import struct
import unicodedata
from typing import Literal

import numpy as np
import pytest

from vocalbaby import audio
from vocalbaby.audio import chunks, joining, tags
from vocalbaby.audio.base import Data
from vocalbaby.audio.listing import describe_repeats
from vocalbaby.exception import AudioError

_PLAIN = audio.wav_bytes(np.tile(np.array([0.1, -0.1]), 800), 16_000, encoding="pcm16")
_HEAD = b"RIFF\xff\xff\xff\x7fWAVE" + _PLAIN[12:36]
_AIFF = b"FORM\x7f\xff\xff\xffAIFFCOMM\0\0\0\x12" + struct.pack(
    ">hIhHQ", 1, 1, 16, 16396, 250 << 56
)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Positions of the chunks that are looked at."""
    found: list[int] = []
    look = chunks._chunk

    def watched(data: Data, at: int, grammar: chunks.Grammar) -> chunks.Chunk | None:
        found.append(at)
        return look(data, at, grammar)

    monkeypatch.setattr(chunks, "_chunk", watched)
    return found


@pytest.mark.parametrize(
    "data",
    [
        _HEAD + b"data\x02\0\0\0ab" * 20_000,
        _HEAD + b"data\0\0\0\0" * 20_000,
        _HEAD + b"data\xff\xff\xff\xff" + b"LIST\x04\0\0\0abcd" * 20_000,
        _HEAD + b"data\xff\xff\xff\xff" * 20_000,
        _HEAD + b"junk\0\0\0\0" * 40_000,
        _AIFF + b"SSND\0\0\0\x08" + bytes(8) + b"SSND\0\0\0\0" * 20_000,
    ],
)
def test_the_chunks_of_a_damaged_file_are_bounded(data: bytes, looks: list[int]) -> None:
    with contextlib.suppress(AudioError):
        audio.decode(data)
    assert len(looks) < 5 * 10_000


@pytest.mark.parametrize("tag", [b"ID3\4" + bytes(22), b"ID3\4" + bytes(6), b"APETAGEX"])
def test_the_tags_behind_samples_of_unknown_length_are_bounded(
    tag: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same tags follow each place at which the samples may end."""
    found: list[int] = []
    end = tags.end

    def watched(data: Data, at: int = 0) -> int:
        found.append(at)
        return end(data, at)

    monkeypatch.setattr(tags, "end", watched)
    with contextlib.suppress(AudioError):
        audio.decode(_HEAD + b"data\xff\xff\xff\xff" + tag * 100_000 + b"x")
    assert len(found) < 2 * 10_000


def test_joined_files_are_each_read_once(looks: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_MOST_PARTS", 100)
    for count in (50, 100):
        looks.clear()
        clip = audio.decode(_PLAIN * count)
        assert clip.duration_s == pytest.approx(count * 0.1)
        assert len(looks) < 40 * count


def test_what_is_not_read_of_many_joined_files_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joining, "_MOST_PARTS", 3)
    clip = audio.decode(_PLAIN * 5)
    assert clip.duration_s == pytest.approx(0.3)
    assert "more than 3 parts" in clip.warnings[0].message


def test_names_with_many_accents_are_not_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def watched(form: Literal["NFC"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watched)
    accents = "\u0315\u0300" * 1000
    assert list(describe_repeats([f"a{accents}{i}.wav" for i in range(9)])) == []
    assert lengths == []
    assert list(describe_repeats(["\xe9.wav", "e\u0301.wav"])) != []
    assert lengths == [5, 6]
