"""Pages of Ogg files: found between other bytes, with little work on false ones."""

import struct

import pytest

from vocalbaby.audio import decode
from vocalbaby.audio.ogg import links
from vocalbaby.audio.ogg.codecs import Codec, identify
from vocalbaby.audio.ogg.pages import PageReader, checksum
from vocalbaby.exception import UnreadableAudioError


def page(body: bytes, number: int = 0, flags: int = 0) -> bytes:
    head = b"OggS\0" + bytes((flags, *bytes(12))) + number.to_bytes(4, "little")
    tail = bytes((1, len(body))) + body
    return head + checksum(head + bytes(4) + tail) + tail


def test_whole_pages_are_found_between_other_bytes() -> None:
    whole = [page(b"first", 1), page(b"", 2), page(b"OggS", 3)]
    damaged = whole[0][:-1] + b"?"
    data = b"x" * 70_000 + whole[0] + b"Ogg" + whole[1] + damaged + whole[2] + whole[0][:-1]
    found = list(PageReader(data))
    assert [p.body for p in found] == [b"first", b"", b"OggS"]
    assert [p.sequence for p in found] == [1, 2, 3]
    assert [data[p.start :][: len(w)] for p, w in zip(found, whole, strict=True)] == whole


def test_many_false_pages_are_not_all_tried() -> None:
    data = (b"OggS" + bytes(22) + b"\xff" * 60) * 4_000
    reader = PageReader(data)
    assert list(reader) == []
    assert 4 * len(data) < reader.tried < 5 * len(data)


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (b"Speex   1.2.1" + bytes(67), "it holds Speex"),
        (b"\x80theora" + bytes(35), "it holds Theora"),
        (b"never seen", "it holds an unknown stream"),
        (b"\x01vorbis" + bytes(23), "its first header is damaged"),
        (b"\x01vorbis", "its first header is cut short"),
        (b"OpusHead\x01\x03" + bytes(9), "its first header is damaged"),
        (b"\x7fFLAC" + bytes(60), "its first header is damaged"),
    ],
)
def test_what_cannot_be_read_is_named(packet: bytes, words: str) -> None:
    with pytest.raises(UnreadableAudioError, match=words):
        decode(page(packet, 0, flags=2) + page(bytes(200), 1, flags=4))


@pytest.mark.parametrize("serials", [1, 2000])
def test_the_streams_of_a_damaged_file_are_bounded(
    serials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    identified: list[bytes] = []

    def watched(packet: bytes) -> Codec | str:
        identified.append(packet)
        return identify(packet)

    monkeypatch.setattr(links, "identify", watched)
    packet = b"OpusHead\1\1" + bytes(9)
    data = b""
    for number in range(2000):
        head = b"OggS\0\2" + bytes(8) + struct.pack("<II", number % serials, 0)
        lacing = b"\1" + bytes((len(packet),))
        data += head + checksum(head + bytes(4) + lacing + packet) + lacing + packet
    with pytest.raises(UnreadableAudioError):
        decode(data)
    assert len(identified) == 1000
