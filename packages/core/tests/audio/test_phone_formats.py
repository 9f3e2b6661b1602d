"""Recordings of phones and browsers, which FFmpeg reads; `phones/` holds synthesised ones.

The lengths are those of ffmpeg 5.1.9. tests/decoders compares more formats.
"""

import io
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from vocalbaby.audio import AudioLimits, decode, measure, open_stream
from vocalbaby.audio.media_ends import cut_off
from vocalbaby.audio.phone_formats import demuxer_of
from vocalbaby.exception import TooLongAudioError, UnreadableAudioError

PHONES = Path(__file__).parent / "phones"
#: Frames, rate and channels of each file.
FILES = {
    "android.3gp": (16_384, 16_000, 1),
    "browser.webm": (48_000, 48_000, 1),
    "phone.m4a": (45_056, 44_100, 2),
}


@pytest.mark.parametrize("name", FILES)
def test_recordings_are_read_to_their_end(name: str) -> None:
    frames, rate, channels = FILES[name]
    for source in (PHONES / name, (PHONES / name).read_bytes()):
        with open_stream(source) as stream:
            blocks = list(stream.blocks(10_000))
            bound = stream.frames_bound(10**9)
        assert [len(block) for block in blocks[:-1]] == [10_000] * (len(blocks) - 1)
        samples = np.concatenate(blocks)
        assert (samples.shape, stream.rate) == ((frames, channels), rate)
        assert samples.dtype == np.float32
        assert stream.missing is None
        assert frames <= bound
        assert stream.frames_hint is not None
        assert abs(stream.frames_hint - frames) < rate / 10


@pytest.mark.parametrize("name", FILES)
def test_the_sound_is_the_one_that_was_encoded(name: str) -> None:
    clip = decode((PHONES / name).read_bytes(), name=name)
    spectrum = np.abs(np.fft.rfft(clip.samples[4000:12_000] * np.hanning(8000)))
    f0 = np.argmax(spectrum[: 8000 * 600 // 16_000]) * 2
    assert 430 <= f0 <= 520  # the harmonic sweep of the files
    assert clip.warnings == ()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "mov"),
        (b"\0\0\0\x1cftypisom\0\0\2\0", "mov"),
        (b"\0\0\0\x08wide\0\1\0\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0", "matroska"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
        (b"#!AMR-WB\n", "amr"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\x47" + bytes(187) + b"\x47", "mpegts"),
        (bytes(4) + b"\x47" + bytes(191) + b"\x47", "mpegts"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"\xff\xfb\x90\x00", None),
        (b"#EXTM3U\nhttp://localhost/a.ts", None),
        (b"ffconcat version 1.0\nfile /etc/passwd", None),
        (b"", None),
    ],
)
def test_the_first_bytes_choose_the_only_demuxer(head: bytes, name: str | None) -> None:
    assert demuxer_of(head) == name


def test_a_recording_that_was_cut_is_told() -> None:
    data = (PHONES / "browser.webm").read_bytes()
    warnings = {w.code: w.message for w in decode(data[:8000]).warnings}
    assert warnings["truncated"] == "Sound may be missing: the file ends before its last samples."
    with pytest.raises(UnreadableAudioError, match=r"its index \(moov\).* is missing"):
        decode((PHONES / "phone.m4a").read_bytes()[:8000])


def test_damage_in_the_middle_is_told_and_the_rest_is_read() -> None:
    data = bytearray((PHONES / "phone.m4a").read_bytes())
    data[6000:7000] = b"\xff" * 1000
    with open_stream(bytes(data)) as stream:
        frames = sum(len(block) for block in stream.blocks())
    assert 30_000 < frames < 45_056
    assert stream.missing == "a part of its data is damaged"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(99),
            "This is an MP4/M4A file, which cannot be read",
        ),
        (b"\x1a\x45\xdf\xa3" + bytes(99), "This is a WebM/Matroska file, which cannot be read"),
        (b"#!AMR\n", "This is an AMR file, of which nothing can be decoded"),
        (b"\xff\xf1" + bytes(99), "This is an AAC file"),
    ],
)
def test_files_without_sound_are_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableAudioError, match=message):
        decode(data)
    assert measure(data) == 0.25


def test_without_the_extra_the_refusal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnreadableAudioError, match=r"a 3GP file.*vocalbaby-core.media") as refused:
        decode((PHONES / "android.3gp").read_bytes())
    assert refused.value.hint.startswith(
        "Send WAV, FLAC, Ogg, Opus, MP3, AIFF, AU or CAF, or pip install"
    )


def caf(codec: bytes, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A CAF file of 44.1 kHz in stereo, whose other chunks come before the data."""
    description = struct.pack(">d4s5I", 44_100, codec, 0, 0, 1024, 2, 0)
    parts = [(b"desc", description), *chunks, (b"data", bytes(4) + data)]
    return b"caff\0\1\0\0" + b"".join(
        name + struct.pack(">q", len(body)) + body for name, body in parts
    )


def caf_with_aac() -> bytes:
    """The packets of ``phone.m4a`` in a CAF file, as macOS writes it."""
    data = (PHONES / "phone.m4a").read_bytes()
    at = data.index(b"esds")
    cookie = data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
    with av.open(str(PHONES / "phone.m4a")) as file:
        packets = [bytes(packet) for packet in file.demux(audio=0) if packet.size]
    sizes = b"".join(bytes([len(p) >> 7 | 0x80, len(p) & 0x7F]) for p in packets)
    table = struct.pack(">qqii", len(packets), 1024 * len(packets), 0, 0) + sizes
    return caf(b"aac ", b"".join(packets), (b"kuki", cookie), (b"pakt", table))


def test_aac_in_caf_is_read_as_in_m4a() -> None:
    data = caf_with_aac()
    with open_stream(data) as stream:
        samples = np.concatenate(list(stream.blocks()))
        assert stream.missing is None
    with open_stream(PHONES / "phone.m4a") as stream:
        expected = np.concatenate(list(stream.blocks()))
    assert np.array_equal(samples[-len(expected) :], expected)
    with open_stream(data[:-3000]) as stream:
        assert 0 < sum(map(len, stream.blocks())) < len(samples)
        assert stream.missing is not None
        assert "promises" in stream.missing


def test_codecs_in_caf_name_the_extra_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = caf_with_aac()
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnreadableAudioError, match=r"CAF file with AAC.*vocalbaby-core.media"):
        decode(data)


def test_alac_of_two_rates_in_caf_is_refused() -> None:
    stream = io.BytesIO()
    soundfile.write(stream, np.zeros((900, 2)), 44_100, format="CAF", subtype="ALAC_16")
    data = bytearray(stream.getvalue())
    with open_stream(bytes(data)) as whole:
        assert whole.rate == 44_100
    data[20:28] = struct.pack(">d", 60_484)
    with pytest.raises(UnreadableAudioError, match="60484 Hz, and 44100 Hz to its decoder"):
        decode(bytes(data))


#: 30 frames of ADTS, which hold nothing that can be heard, and of AMR.
ADTS = (b"\xff\xf1\x60\x40\x01\xdf\xfc" + b"\x01\x18\x20\x07" + bytes(3)) * 30
AMR = b"#!AMR\n" + (b"\x04" + bytes(range(1, 13))) * 30


@pytest.mark.parametrize("data", [ADTS, AMR], ids=["ADTS", "AMR"])
def test_a_file_that_ends_within_a_frame_is_told_as_such(data: bytes) -> None:
    with open_stream(data) as stream:
        whole = sum(map(len, stream.blocks()))
        assert stream.missing is None
    with open_stream(data[:-4]) as stream:
        assert whole * 0.9 < sum(map(len, stream.blocks())) <= whole
        assert stream.missing == "the file ends within a frame"


def test_the_extra_is_imported_only_for_its_formats() -> None:
    program = (
        "import sys, vocalbaby.audio as audio, numpy as np\n"
        "audio.decode(audio.wav_bytes(np.sin(np.arange(9000, dtype='f4')), 16000))\n"
        "sys.exit('av' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_length_is_limited_by_what_is_decoded() -> None:
    data = bytearray((PHONES / "phone.m4a").read_bytes())
    with pytest.raises(TooLongAudioError):
        decode(bytes(data), limits=AudioLimits(max_s=0.5))
    for name, field in ((b"mdhd", 20), (b"mvhd", 20), (b"tkhd", 24)):
        at = data.index(name) + field
        data[at : at + 4] = b"\x7f\xff\xff\xff"  # a claim of many hours
    assert decode(bytes(data)).duration_s == pytest.approx(45_056 / 44_100, abs=0.03)


def test_ffmpeg_writes_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    data = (PHONES / "phone.m4a").read_bytes()
    for cut in (100, 5000, 17_000):
        with pytest.raises(UnreadableAudioError):
            decode(data[:cut])
    assert capfd.readouterr() == ("", "")


def test_the_end_of_a_container_is_found_by_its_sizes() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return (8 + len(body)).to_bytes(4, "big") + kind + body

    whole = box(b"ftyp", b"M4A ") + box(b"moov", bytes(9)) + box(b"mdat", bytes(50))
    assert cut_off(whole, "mov") is None
    assert cut_off(whole[:-1], "mov")
    assert cut_off(whole[:-58] + b"\0\0\0\0mdat" + bytes(20), "mov") is None
    large = b"\0\0\0\1mdat" + (66).to_bytes(8, "big") + bytes(50)
    assert cut_off(whole + large, "mov") is None
    assert cut_off(whole + large[:-1], "mov")
    assert cut_off(whole + bytes(99), "mov") is None  # padding

    cluster = b"\x1f\x43\xb6\x75"
    block = b"\xa3\x83abc"
    live = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + cluster + b"\xff" + block
    assert cut_off(live, "matroska") is None
    assert cut_off(live + block[:-1], "matroska")
    assert cut_off(live + block[:1], "matroska")
    sized = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x85" + block
    assert cut_off(sized, "matroska") is None
    assert cut_off(sized[:-1], "matroska")
    assert cut_off(b"\x47" + bytes(187) + b"\x47" + bytes(187), "mpegts") is None
    assert cut_off(b"\x47" + bytes(187) + b"\x47" + bytes(99), "mpegts")
    avi = b"RIFF" + (20).to_bytes(4, "little") + b"AVI " + bytes(16)
    assert cut_off(avi, "avi") is None
    assert cut_off(avi[:-1], "avi")
    asf = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365") + bytes(24)
    asf += (200).to_bytes(8, "little") + bytes(40)
    assert cut_off(asf + b"\2" + bytes(111), "asf") is None
    assert cut_off(asf + b"\2" + bytes(110), "asf")
    assert cut_off(asf + b"\3" + bytes(110), "asf") is None
