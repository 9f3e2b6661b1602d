"""Recordings of every format, whole and damaged."""

import io
import random
import resource
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from vocalbaby.audio.ogg.pages import checksum

#: Lengths in s; the pages of Ogg hold more than the frames of other formats.
SECONDS, OGG_SECONDS = 0.5, 2.5
#: Sample rate in Hz and channels of the recordings.
SHAPES = ((16_000, 1), (44_100, 2), (8_000, 1))
#: Kind of file -> format and subtypes of libsndfile. The other kinds are made of these.
ENCODINGS = {
    "WAV": ("WAV", ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
    "WAV with a codec": ("WAV", ("ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32")),
    "WAVEX": ("WAVEX", ("PCM_16", "PCM_24", "FLOAT")),
    "RF64": ("RF64", ("PCM_16", "FLOAT")),
    "RIFX": ("WAV", ("PCM_16", "PCM_24", "FLOAT")),
    "AIFF": ("AIFF", ("PCM_S8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM")),
    "AU": ("AU", ("PCM_16", "PCM_24", "FLOAT", "ULAW", "G721_32")),
    "CAF": ("CAF", ("PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAC_16", "ALAC_24")),
    "FLAC": ("FLAC", ("PCM_16", "PCM_24")),
    "Ogg Vorbis": ("OGG", ("VORBIS",)),
    "Ogg Opus": ("OGG", ("OPUS",)),
    "MP3": ("MP3", ("MPEG_LAYER_III",)),
}
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
DAMAGES = ("bit", "number", "removed", "repeated", "random", "spliced", "cut")


def whole_files() -> dict[str, list[bytes]]:
    """Create the recordings of each kind, and ZIP archives of some of them."""
    found: dict[str, list[bytes]] = {}
    for kind, (container, subtypes) in ENCODINGS.items():
        encoded = (
            _encode(container, subtype, rate, channels, big=kind == "RIFX")
            for subtype in subtypes
            for rate, channels in SHAPES
        )
        found[kind] = [data for data in encoded if data is not None]
    vorbis, opus = found["Ogg Vorbis"], found["Ogg Opus"]
    found["Ogg, chained"] = [vorbis[0] + vorbis[1], opus[0] + opus[1], vorbis[2] + opus[0]]
    found["Ogg FLAC"] = [_flac_in_ogg(data) for data in found["FLAC"]]
    title = b"ID3\x03\0\0\0\0\0\x1cTIT2\0\0\0\x12\0\0\0a recording title"
    found["MP3 with tags"] = [title + data + b"TAG".ljust(128) for data in found["MP3"]]
    found["MP3, joined"] = [data + data for data in found["MP3"]]
    found["ZIP"] = [
        _pack(method, [found["WAV"][3], found["FLAC"][0]])
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ]
    return found


def _encode(container: str, subtype: str, rate: int, channels: int, *, big: bool) -> bytes | None:
    """Encode a tone with some noise; returns None where the encoding has no such shape."""
    endian = "BIG" if big else "FILE"
    if subtype == "OPUS" and rate == 44_100:
        rate = 48_000
    if not soundfile.check_format(container, subtype, endian):
        raise ValueError(f"libsndfile does not write {subtype} in {container}")
    t = np.arange(round((OGG_SECONDS if container == "OGG" else SECONDS) * rate)) / rate
    tone = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 97 * t)
    tone += 0.02 * np.random.default_rng(0).standard_normal(len(t))
    samples = np.repeat(tone[:, None], channels, axis=1)
    file = io.BytesIO()
    try:
        soundfile.write(file, samples, rate, format=container, subtype=subtype, endian=endian)
    except soundfile.LibsndfileError:
        return None  # GSM and G.721 have one channel
    return file.getvalue()


def _flac_in_ogg(data: bytes) -> bytes:
    """Put a FLAC file into Ogg pages, as FFmpeg does."""
    blocks: list[bytes] = []
    at = 4
    while not blocks or not blocks[-1][0] & 0x80:
        size = 4 + int.from_bytes(data[at + 1 : at + 4], "big")
        blocks.append(data[at : at + size])
        at += size
    first = b"\x7fFLAC\x01\x00" + (len(blocks) - 1).to_bytes(2, "big") + b"fLaC" + blocks[0]
    packets = [first, *blocks[1:], *(data[i : i + 8_000] for i in range(at, len(data), 8_000))]
    pages = []
    for number, packet in enumerate(packets):
        flags = 2 if number == 0 else 4 if number == len(packets) - 1 else 0
        lacing = bytes((255,) * (len(packet) // 255) + (len(packet) % 255,))
        page = bytearray(b"OggS\0" + bytes((flags, *bytes(12))) + number.to_bytes(4, "little"))
        pages.append(page + bytes((0, 0, 0, 0, len(lacing))) + lacing + packet)
    return with_ogg_checksums(bytearray(b"".join(pages)))


def _pack(method: int, recordings: Sequence[bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as out:
        out.writestr("clips/", b"")
        for number, data in enumerate(recordings):
            out.writestr(f"clips/{number}.wav", data)
        out.writestr("noise", bytes(5000))
    return archive.getvalue()


def damaged(data: bytes, others: Sequence[bytes], rng: random.Random) -> tuple[bytes, list[str]]:
    """Damage a file in one or several places, half of them in its header.

    Half of the Ogg files get valid checksums, since otherwise no damage would reach the codecs.

    Returns:
        The file, and the kinds of damage.
    """
    out = bytearray(data)
    kinds = []
    for _ in range(rng.choice((1, 1, 1, 2, 4, 6))):
        at = rng.randrange(min(len(out), 128) if rng.random() < 0.5 else len(out))
        size = min(1 << rng.randrange(12), len(out) - at)
        kinds.append(rng.choice(DAMAGES))
        match kinds[-1]:
            case "bit":
                out[at] ^= 1 << rng.randrange(8)
            case "number":
                width = rng.choice((1, 2, 4))
                number = rng.choice((rng.randrange(256), *NUMBERS)) & (1 << 8 * width) - 1
                out[at : at + width] = number.to_bytes(width, rng.choice(("little", "big")))
            case "removed":
                del out[at : at + size]
            case "repeated":
                out[at:at] = out[at : at + size]
            case "random":
                out[at : at + size] = rng.randbytes(size)
            case "spliced":
                other = rng.choice(others)
                start = rng.randrange(len(other))
                out[at:] = other[start:]
            case _:
                del out[at:]
        out = out or bytearray(1)
    if out[:4] == b"OggS" and rng.random() < 0.5:
        return with_ogg_checksums(out), [*kinds, "valid checksums"]
    return bytes(out), kinds


def with_ogg_checksums(data: bytearray) -> bytes:
    """Return the data with a valid checksum in each page."""
    at = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[at + 26]
        end = min(at + 27 + segments + sum(data[at + 27 : at + 27 + segments]), len(data))
        data[at + 22 : at + 26] = bytes(4)
        data[at + 22 : at + 26] = checksum(bytes(data[at:end]))
        at = end
    return bytes(data)


def resident(process: int | str = "self") -> int:
    """Return the memory of a process, this one by default, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
