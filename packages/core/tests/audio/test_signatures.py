"""Files that are not read are called by their right names."""

import struct

import pytest

from vocalbaby.audio import decode
from vocalbaby.exception import UnreadableAudioError


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\2\0isomiso2" + bytes(200)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (box(b"3gp4"), "3GP"),
        (box(b"3gp5"), "3GP"),
        (box(b"3gr6"), "3GP"),
        (box(b"3g2a"), "3GP2"),
        (box(b"qt  "), "QuickTime"),
        (b"\0\0\0\x08wide\0\0\x10\0mdat" + bytes(99), "QuickTime"),
        (b"\0\0\x10\0moov\0\0\0\x6cmvhd" + bytes(99), "QuickTime"),
        (box(b"M4A "), "M4A"),
        (box(b"M4B "), "audio book"),
        (box(b"isom"), "MP4"),
        (box(b"mp42"), "MP4"),
        (box(b"heic"), "HEIF"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1", "WebM"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "WMA"),
        (b"#!AMR\n\x3c", "AMR"),
        (b"#!AMR-WB\n\x3c", "AMR"),
        (b".RMF\0\0\0\x12", "RealMedia"),
        (b".ra\xfd\0\4", "RealAudio"),
        (b"MThd\0\0\0\6\0\1", "MIDI"),
        (b"RIFF\x10\0\0\0RMIDdata", "MIDI"),
        (b"RIFF\x10\0\0\0AVI LIST", "AVI"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"NIST_1A\n   1024\n", "Sphere"),
        (b"ajkg\2\xfb", "Shorten"),
        (b"wvpk\0\0\0\0", "WavPack"),
        (b"MAC \x96\x0f", "Monkey's Audio"),
        (b"TTA1\1\0", "True Audio"),
        (b"FORM\0\0\1\0" + b"8SVXVHDR", "8SVX"),
        (b"Creative Voice File\x1a", "Creative Voice"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(200), "AAC"),
        (b"\xff\xf9\x50\x80\x02\x1f\xfc" + bytes(200), "AAC"),
        (b"PK\3\4\x14\0", "ZIP"),
        (b"Rar!\x1a\7", "RAR"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "AppleDouble"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"/annex/objects/MD5-s12--f00.wav\n", "git-annex"),
        (b"\x7fELF\2\1\1" + bytes(300), "ELF"),
        (b"\xcf\xfa\xed\xfe\7\0\0\1" + bytes(300), "Mach-O"),
        (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(300), "Mach-O"),
        (b"MZ\x90\0" + bytes(74) + b"This program cannot be run in DOS mode.", "Windows"),
        (b"\0\1A" + bytes(62) + b"FSSD" + bytes(59) + b"HCOM\0\0\x22\x74" + bytes(99), "HCOM"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"PAR1\x15\4", "Parquet"),
        (b"!<arch>\ndebian-binary", "Debian"),
        (bytes(5000), "zeros"),
        (b"Dear editor,\r\nhere is", "text"),
        (struct.pack("<40I", *range(7 << 24, 47 << 24, 1 << 24)), "unknown format"),
    ],
)
def test_a_refusal_names_the_format(data: bytes, name: str) -> None:
    with pytest.raises(UnreadableAudioError, match=name) as caught:
        decode(data)
    assert str(caught.value).startswith("This is ")
