"""Ogg: all links are read to their end, damage is reported, and libsndfile gets clean files."""

import io
import struct
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from vocalbaby.audio import decode, measure, open_stream
from vocalbaby.audio.ogg.pages import PageReader, checksum
from vocalbaby.exception import EmptyAudioError, UnreadableAudioError

RATE = 16_000
EDGE = "the file ends before the last page of the stream"
HOLE = "pages in its middle are missing"


def sound(
    seconds: float, rate: int = RATE, channels: int = 1, seed: int = 0
) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.4 * np.sin(2 * np.pi * (300 + 100 * seed) * t) + 0.05 * rng.standard_normal(len(t))
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


@cache
def ogg(
    seconds: float, subtype: str = "VORBIS", rate: int = RATE, channels: int = 1, seed: int = 0
) -> bytes:
    file = io.BytesIO()
    samples = sound(seconds, rate, channels, seed)
    soundfile.write(file, samples, rate, format="OGG", subtype=subtype)
    return file.getvalue()


def pages_of(data: bytes) -> list[bytes]:
    starts = [page.start for page in PageReader(data)]
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


def granule(page: bytes) -> int:
    return int.from_bytes(page[6:14], "little", signed=True)


def changed(page: bytes, **fields: int) -> bytes:
    """Return the page with other fields and the checksum for them."""
    names = ("magic", "version", "flags", "position", "serial", "number")
    head = dict(zip(names, struct.unpack("<4sBBqII", page[:22]), strict=True)) | fields
    packed = struct.pack("<4sBBqII", *head.values())
    return packed + checksum(packed + bytes(4) + page[26:]) + page[26:]


def new_page(packet: bytes, flags: int, serial: int, number: int) -> bytes:
    lacing = bytes((255,) * (len(packet) // 255) + (len(packet) % 255,))
    page = b"OggS" + bytes(22) + bytes((len(lacing),)) + lacing + packet
    return changed(page, flags=flags, serial=serial, number=number)


def read(data: bytes, n_frames: int = 4096) -> tuple[NDArray[np.float32], str | None]:
    with open_stream(data) as stream:
        blocks = list(stream.blocks(n_frames))
        assert all(0 < len(block) <= n_frames for block in blocks)
        assert all(block.shape[1] == stream.channels for block in blocks)
        assert not len(stream.read(n_frames))
        return np.concatenate(blocks), stream.missing


def plain(data: bytes) -> NDArray[np.float32]:
    """Return what libsndfile alone reads of a file of one link, of Opus at 48 kHz."""
    if (at := data.find(b"OpusHead", 0, 60)) > 0:
        first, *rest = pages_of(data)
        first = changed(first[: at + 12] + struct.pack("<I", 48_000) + first[at + 16 :])
        data = b"".join([first, *rest])
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return np.asarray(samples, np.float32)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("seconds", [0.03, 0.1, 0.5, 1.2345, 3.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_whole_file_gives_the_samples_of_libsndfile(
    subtype: str, seconds: float, channels: int
) -> None:
    data = ogg(seconds, subtype, channels=channels)
    samples, missing = read(data)
    assert np.array_equal(samples, plain(data))
    assert missing is None
    with open_stream(data) as stream:
        assert len(samples) == round(seconds * stream.rate)
        assert stream.frames_hint == stream.frames_bound(10) == len(samples)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("n_frames", [1000, 65_536])
def test_all_links_of_a_chained_file_are_read_in_order(subtype: str, n_frames: int) -> None:
    parts = [ogg(1.0, subtype), ogg(0.5, subtype, seed=1), ogg(0.7, subtype, seed=2)]
    data = b"".join([*parts, parts[0]])  # the first and the last have the same serial number
    samples, missing = read(data, n_frames)
    assert np.array_equal(samples, np.concatenate([plain(p) for p in [*parts, parts[0]]]))
    assert missing is None
    assert decode(data).duration_s == pytest.approx(3.2)
    assert measure(data) == pytest.approx(9.6 if subtype == "OPUS" else 3.2)  # as samples


def test_links_of_other_codecs_rates_and_channels_are_converted() -> None:
    parts = [
        ogg(1.0),
        ogg(1.0, "OPUS", rate=48_000, channels=2, seed=1),
        ogg(1.0, rate=8_000, seed=2),
    ]
    samples, missing = read(b"".join(parts))
    assert missing is None
    assert len(samples) == pytest.approx(3 * RATE, abs=2)
    for number in range(3):
        expected = sound(1.0, seed=number)[2000:14_000, 0]
        part = samples[number * RATE :][2000:14_000, 0]
        assert np.corrcoef(part, expected)[0, 1] > 0.95
    stereo, _ = read(parts[1] + parts[0])
    assert stereo.shape[1] == 2
    assert np.array_equal(stereo[48_000:, 0], stereo[48_000:, 1])


Change = Callable[[list[bytes]], Sequence[bytes]]


def _end_at(position: int) -> Change:
    return lambda pages: [*pages[:-1], changed(pages[-1], position=position)]


def _moved(by: int) -> Change:
    return lambda pages: [
        changed(page, position=granule(page) + by) if granule(page) > 0 else page for page in pages
    ]


def _all_at(position: int) -> Change:
    return lambda pages: [changed(page, position=position) for page in pages]


def _numbered(step: int) -> Change:
    return lambda pages: [changed(p, number=step * n) for n, p in enumerate(pages)]


@pytest.mark.parametrize(
    ("change", "vorbis", "opus"),
    [
        (_end_at(47_900), 47_900, None),
        (_end_at(40_000), 48_128, None),  # 128 are the padding of the last packet
        (_end_at(0), 48_128, 144_168),
        (_end_at(-1), 48_128, 144_168),
        (_end_at(10**6), 48_128, 144_168),
        (_end_at(10**15), 48_128, 144_168),
        (_end_at(143_312), None, 143_000),
        (_end_at(135_312), None, 135_000),
        (_moved(160_000), 48_000, 144_000),
        (_moved(10**12), 48_000, 144_000),
        (_moved(-1000), 48_000, 144_000),
        (_all_at(0), 48_128, 144_168),
        (_all_at(-1), 48_128, 144_168),
        (_numbered(0), 48_000, 144_000),
        (_numbered(2), 48_000, 144_000),
        (lambda pages: [*pages, b"TAG" + bytes(125)], 48_000, 144_000),
        (lambda pages: [*pages, b"OggS"], 48_000, 144_000),
        (lambda pages: [*pages[:3], b"garbage OggS" * 50, *pages[3:]], 48_000, 144_000),
    ],
)
def test_wrong_positions_and_numbers_of_pages_lose_no_sound(
    change: Change, vorbis: int | None, opus: int | None
) -> None:
    """The lengths are those of FFmpeg, except that it drops the last page of Opus in some."""
    for subtype, expected in (("VORBIS", vorbis), ("OPUS", opus)):
        if expected is not None:
            samples, missing = read(b"".join(change(pages_of(ogg(3.0, subtype)))))
            assert len(samples) == expected, subtype
            assert missing is None


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_cut_file_gives_what_is_whole_and_says_so(subtype: str) -> None:
    data = ogg(3.0, subtype)
    whole = plain(data)
    last = len(data) - len(pages_of(data)[-1])
    for size in (len(data) // 2, last - 1, last, last + 10, len(data) - 1):
        samples, missing = read(data[:size])
        assert missing == EDGE
        assert len(whole) // 6 < len(samples) < len(whole)
        assert np.array_equal(samples, whole[: len(samples)])
    assert [w.code for w in decode(data[:-1]).warnings] == ["truncated"]
    assert [w.code for w in decode(data).warnings] == []


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_damaged_or_missing_page_costs_its_own_sound_only(subtype: str) -> None:
    pages = pages_of(ogg(3.0, subtype))
    whole, per_page = (144_000, 48_000) if subtype == "OPUS" else (48_000, 14_336)
    for middle in (b"", pages[-2][:60] + b"?" + pages[-2][61:]):
        samples, missing = read(b"".join([*pages[:-2], middle, pages[-1]]))
        assert missing == HOLE
        assert len(samples) == pytest.approx(whole - per_page, abs=1300)


@pytest.mark.parametrize(("subtype", "byte"), [("VORBIS", 1), ("OPUS", 3)])
def test_a_packet_that_no_decoder_takes_is_reported(subtype: str, byte: int) -> None:
    whole = ogg(3.0, subtype)
    for number in (2, 3):
        pages = pages_of(whole)
        page, start = pages[number], 27 + pages[number][26]
        pages[number] = changed(page[:start] + bytes((page[start] | byte, 0)) + page[start + 2 :])
        samples, missing = read(b"".join(pages))
        assert 1 <= len(plain(whole)) - len(samples) <= 2048
        assert missing == "some of its packets are damaged"


def test_sound_on_the_page_of_the_last_header_is_read() -> None:
    pages = pages_of(ogg(0.5))
    assert len(pages) == 3
    one = pages[1], pages[2]
    lacing = b"".join(page[27 : 27 + page[26]] for page in one)
    bodies = b"".join(page[27 + page[26] :] for page in one)
    merged = pages[2][:26] + bytes((len(lacing),)) + lacing + bodies
    samples, missing = read(pages[0] + changed(merged, number=1))
    assert missing is None
    assert np.array_equal(samples, plain(b"".join(pages)))


def test_other_streams_beside_the_sound_are_passed_over() -> None:
    pages = pages_of(ogg(1.0))
    video = [new_page(b"\x80theora" + bytes(35), 2, 77, 0), new_page(bytes(999), 4, 77, 1)]
    skeleton = new_page(b"fishead\0" + bytes(56), 2, 78, 0)
    mixed = [skeleton, video[0], pages[0], *pages[1:3], video[1], *pages[3:]]
    samples, missing = read(b"".join(mixed))
    assert np.array_equal(samples, plain(b"".join(pages)))
    assert missing is None


def test_a_second_stream_of_sound_at_the_same_time_is_reported() -> None:
    first, second = pages_of(ogg(1.0)), pages_of(ogg(1.0, seed=1))
    mixed = [page for pair in zip(first, second, strict=True) for page in pair]
    samples, missing = read(b"".join(mixed))
    assert np.array_equal(samples, plain(b"".join(first)))
    assert "several streams" in str(missing)


def test_flac_in_ogg_is_read() -> None:
    file = io.BytesIO()
    soundfile.write(file, sound(1.0), RATE, format="FLAC", subtype="PCM_16")
    flac = file.getvalue()
    blocks: list[bytes] = []
    at = 4
    while not blocks or not blocks[-1][0] & 0x80:
        size = 4 + int.from_bytes(flac[at + 1 : at + 4], "big")
        blocks.append(flac[at : at + size])
        at += size
    first = b"\x7fFLAC\x01\x00" + struct.pack(">H", len(blocks) - 1) + b"fLaC" + blocks[0]
    pages = [new_page(first, 2, 5, 0)]
    pages += [new_page(block, 0, 5, n) for n, block in enumerate(blocks[1:], 1)]
    sizes = range(at, len(flac), 20_000)  # the limits of frames do not matter here
    pages += [new_page(flac[s : s + 20_000], 0, 5, len(pages) + n) for n, s in enumerate(sizes)]
    data = b"".join([*pages[:-1], changed(pages[-1], flags=4)])
    samples, missing = read(data)
    assert np.array_equal(samples, plain(flac))
    assert missing is None
    assert measure(data) == pytest.approx(1.0, abs=0.01)
    chained, missing = read(data + ogg(0.5, seed=1))
    assert len(chained) == 1.5 * RATE
    assert missing is None


def test_opus_is_decoded_at_48_khz_whatever_rate_its_header_gives() -> None:
    data = ogg(1.0, "OPUS")
    pages = pages_of(data)
    for rate in (0, 5000, 16_000, 192_000):
        head = changed(pages[0][:40] + struct.pack("<I", rate) + pages[0][44:])
        assert np.array_equal(read(b"".join([head, *pages[1:]]))[0], plain(data))


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_file_without_its_headers_is_refused_in_words(subtype: str) -> None:
    pages = pages_of(ogg(3.0, subtype))
    for start in (1, 2):
        with pytest.raises(UnreadableAudioError, match="its start is missing"):
            read(b"".join(pages[start:]))
    with pytest.raises(UnreadableAudioError, match="its headers are damaged"):
        read(b"".join([pages[0], *pages[2:], *pages[2:]]))
    later, missing = read(b"".join(pages[2:])[99:] + ogg(0.5))  # begins within a page
    assert len(later) == RATE // 2
    assert "its start is missing" in str(missing)


def test_headers_without_sound_are_an_empty_recording() -> None:
    for subtype in ("VORBIS", "OPUS"):
        with pytest.raises(EmptyAudioError):
            decode(b"".join(pages_of(ogg(1.0, subtype))[:2]))
