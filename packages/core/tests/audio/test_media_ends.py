"""What follows a recording of a phone or a browser: tags, zeros, another file, or damage."""

from pathlib import Path
from typing import Any

import pytest

from packages.core.tests.audio.test_tags import TAGS
from packages.core.tests.audio.wav_files import read
from vocalbaby.audio.media_ends import find_end

PHONES = Path(__file__).parent / "phones"
#: Frames of each file.
FILES = {"android.3gp": 16_384, "browser.webm": 48_000, "phone.m4a": 45_056}
ZEROS = {"zeros": bytes(3000)}
BEHIND = {**TAGS, **ZEROS}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("behind", BEHIND.values(), ids=list(BEHIND))
def test_what_is_behind_a_file_is_not_missing(name: str, behind: bytes) -> None:
    samples, missing = read((PHONES / name).read_bytes() + behind)
    assert (len(samples), missing) == (FILES[name], None)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("between", [b"", bytes(5000), TAGS["ID3v2"]], ids=["", "zeros", "ID3v2"])
def test_joined_files_are_read_to_the_end(name: str, between: bytes) -> None:
    samples, missing = read(((PHONES / name).read_bytes() + between) * 2)
    assert (len(samples), missing) == (2 * FILES[name], None)


@pytest.mark.parametrize("name", FILES)
def test_other_bytes_behind_a_file_are_told(name: str) -> None:
    samples, missing = read((PHONES / name).read_bytes() + b"\x03\2\1\1" * 300)
    assert len(samples) == FILES[name]
    assert missing is not None


def test_zeros_in_the_middle_of_a_file_are_told() -> None:
    data = bytearray((PHONES / "browser.webm").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    samples, missing = read(bytes(data))
    assert len(samples) < 48_000
    assert missing == "a part of its data is damaged"


AMR = b"#!AMR\n" + (b"\x04" + bytes(range(1, 13))) * 51


@pytest.mark.parametrize("behind", BEHIND.values(), ids=list(BEHIND))
def test_the_frames_of_amr_end_before_tags_and_zeros(behind: bytes) -> None:
    if behind != TAGS["APEv1"]:
        assert find_end(AMR + behind, "amr").stop == len(AMR)
        assert find_end(AMR + behind + AMR, "amr").following == len(AMR + behind)
    samples, missing = read(AMR + ZEROS["zeros"])
    assert (len(samples), missing) == (8160, None)


def test_an_index_that_is_cut_at_the_end_is_no_loss() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return (8 + len(body)).to_bytes(4, "big") + kind + body

    file = box(b"ftyp", b"iso5") + box(b"moov", bytes(9)) + box(b"moof", bytes(9))
    file += box(b"mdat", bytes(50))
    assert find_end((file + box(b"mfra", bytes(40)))[:-9], "mov").missing is None
    assert find_end((file + box(b"mdat", bytes(40)))[:-9], "mov").missing is not None
    cluster = b"\x1f\x43\xb6\x75\x85\xa3\x83abc"
    cues = b"\x1c\x53\xbb\x6b\x8a" + bytes(10)
    head = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67" + bytes([0x80 + len(cluster + cues)])
    assert find_end(head + cluster + cues[:-5], "matroska").missing is None
    assert find_end(head + cluster[:-1], "matroska").missing is not None


def test_packets_of_a_transport_stream_end_before_tags_and_zeros() -> None:
    stream = (b"\x47" + bytes(187)) * 20
    for behind in BEHIND.values():
        assert find_end(stream + behind, "mpegts").missing is None
    assert find_end(stream[:-9], "mpegts").missing is not None


class Counted(bytes):
    """Bytes that count how often they are looked at."""

    looks = 0

    def __getitem__(self, at: Any) -> Any:
        self.looks += 1
        return super().__getitem__(at)


@pytest.mark.parametrize("behind", [b"TAG" + bytes(125), b"APETAGEX" + bytes(24), b""])
def test_frames_without_sound_are_passed_over_together(behind: bytes) -> None:
    data = Counted(AMR + b"\x7cT" * 100_000 + b"\x7c" + behind)
    assert find_end(data, "amr").stop == len(data) - len(behind)
    assert data.looks < 2000
