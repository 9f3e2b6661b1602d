"""The encoders of docs/formats.md: for each format, the programs and options that write it."""

import io
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

__all__ = ["ENCODERS", "Encoder", "Signal", "encode", "signals"]

#: Rates in hertz and numbers of channels.
_SHAPES: Final = ((16_000, 1), (44_100, 2), (8_000, 1))


@dataclass(frozen=True)
class Signal:
    """A sound to encode.

    Attributes:
        rate: Frames per second.
        frames: int32, shape (n_frames, n_channels), full scale 2**31.
    """

    rate: int
    frames: NDArray[np.int32] = field(repr=False)

    def floats(self, bits: int) -> NDArray[np.float32]:
        """Return the samples with so many bits, full scale 1.0."""
        return (self.frames >> (32 - bits)).astype(np.float32) * np.float32(2.0 ** (1 - bits))


def signals(shapes: tuple[tuple[int, int], ...] = _SHAPES) -> list[Signal]:
    """Return a voice that glides and noise, seeded, of an odd number of frames."""
    made = []
    for rate, channels in shapes:
        count = int(0.7 * rate) | 1
        time = np.arange(count)[:, None] / rate
        pitch = 300 + 60 * np.arange(channels) + 200 * time
        voice = sum(np.sin(k * 2 * np.pi * pitch * time) / k for k in range(1, 6))
        noise = np.random.default_rng(rate).standard_normal((count, channels))
        mix = (0.25 * voice + 0.01 * noise) * (time > 0.05)
        made.append(Signal(rate, np.round(mix.clip(-0.95, 0.95) * 2**31).astype(np.int32)))
    return made


@dataclass(frozen=True)
class Encoder:
    """One row of the table.

    Attributes:
        format: The format's name.
        program: The program that writes it, and how.
        command: Words of the command; ``{in}`` is a WAV file, ``{out}`` the file to write.
            Without it, the program writes to its standard output. Of libsndfile: the format.
        variants: More words of the command, one variant each. Of libsndfile: the subtypes.
        bits: Of the WAV file that is encoded.
        lossless: Whether the samples are those that were encoded.
        reference: The program that decodes for comparison.
        reference_command: The command that writes the file for the reference, where it
            cannot read this one.
        length: Whether the file gives its length, so that a cut must be noticed. A file
            without it is noticed only if the cut lies within a frame.
        padding: How many frames of padding cannot be distinguished from samples.
        shapes: Rates and channels.
    """

    format: str
    program: str
    command: str
    variants: tuple[str, ...] = ("",)
    bits: Literal[16, 24] = 16
    lossless: bool = True
    reference: Literal["ffmpeg", "ffmpeg with libopus", "sox", "lame"] = "ffmpeg"
    reference_command: str | None = None
    length: bool = True
    padding: int = 0
    shapes: tuple[tuple[int, int], ...] = _SHAPES


def encode(encoder: Encoder, variant: str, signal: Signal, folder: Path) -> bytes:
    """Return the file that an encoder writes."""
    samples = signal.frames >> (32 - encoder.bits) << (32 - encoder.bits)
    subtype = f"PCM_{encoder.bits}"
    if encoder.program == "libsndfile":
        buffer = io.BytesIO()
        kind = encoder.command
        soundfile.write(buffer, samples, signal.rate, format=kind, subtype=variant or None)
        return buffer.getvalue()
    source, target = folder / "in.wav", folder / "out"
    soundfile.write(source, samples, signal.rate, subtype=subtype)
    if encoder.command in _HEADERS:
        return _HEADERS[encoder.command](source.read_bytes())
    words = encoder.command.replace("{args}", variant).split()
    words = [word.replace("{in}", str(source)).replace("{out}", str(target)) for word in words]
    target.unlink(missing_ok=True)
    done = subprocess.run(words, capture_output=True, check=True)
    return target.read_bytes() if target.exists() else done.stdout


def _arecord(wav: bytes) -> bytes:
    return wav[:4] + struct.pack("<I", 2**31 + 36) + wav[8:40] + struct.pack("<I", 2**31) + wav[44:]


def _gstreamer(wav: bytes) -> bytes:
    tags = b"LIST" + struct.pack("<I", 18) + b"INFOIART\x06\0\0\0nobody"
    return wav[:4] + struct.pack("<I", 36) + wav[8:40] + bytes(4) + wav[44:] + tags


#: Programs that need a sound card or many libraries: the header that they write.
_HEADERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "arecord": _arecord,
    "gstreamer": _gstreamer,
    "source": bytes,
}

_FFMPEG: Final = "ffmpeg -v error -y -i {in} {args} "
_SOX: Final = "sox -D {in} {args} "
_PCM: Final = tuple(
    f"-c:a pcm_{kind}" for kind in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le")
)
_BIG: Final = tuple(f"-c:a pcm_{kind}" for kind in ("s8", "s16be", "s24be", "s32be"))
_SOX_PCM: Final = ("-b 8", "-b 16", "-b 24", "-b 32", "-e float -b 32", "-e float -b 64")
_G711: Final = ("-c:a pcm_alaw", "-c:a pcm_mulaw")
_ADPCM: Final = ("-c:a adpcm_ima_wav", "-c:a adpcm_ms")
_SNDFILE_PCM: Final = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")


def _both(
    row: Encoder,
    file: str,
    pipe: str,
    *,
    readable: bool = True,
    length: bool = False,
    padding: int = 0,
) -> list[Encoder]:
    """Return the rows of a program that writes to a file and to a pipe.

    Args:
        row: What both have in common.
        file: More words of the command, to write to a file.
        pipe: The same for the standard output.
        readable: Whether the reference can read what is written to a pipe.
        length: As of :class:`Encoder`, to a pipe.
        padding: The same.
    """
    to_file = replace(row, program=f"{row.program}, to a file", command=row.command + file)
    to_pipe = replace(row, program=f"{row.program}, to a pipe", command=row.command + pipe)
    other_command = None if readable else to_file.command
    return [
        to_file,
        replace(to_pipe, reference_command=other_command, length=length, padding=padding),
    ]


def _ffmpeg(name: str, muxer: str, variants: tuple[str, ...], **more: Any) -> list[Encoder]:
    """Return the rows of ffmpeg: options of the codec are variants, those of the file no."""
    pipe = {key: more.pop(key) for key in ("readable", "length", "padding") if key in more}
    row = Encoder(name, "ffmpeg", _FFMPEG, variants, **more)
    return _both(row, f"-f {muxer} {{out}}", f"-f {muxer} -", **pipe)


def _sox(name: str, kind: str, variants: tuple[str, ...], **more: Any) -> list[Encoder]:
    row = Encoder(name, "sox", _SOX, variants, **more)
    return _both(row, f"-t {kind} {{out}}", f"-t {kind} -")


def _sndfile(name: str, kind: str, variants: tuple[str, ...], **more: Any) -> Encoder:
    return Encoder(name, "libsndfile", kind, variants, **more)


_WIDE: Final[dict[str, Any]] = {"bits": 24}
_LOSSY: Final[dict[str, Any]] = {"lossless": False}
_OPUS: Final[dict[str, Any]] = {
    "lossless": False,
    "reference": "ffmpeg with libopus",  # its own decoder of Opus computes other samples
    "shapes": ((48_000, 1), (48_000, 2)),  # it always decodes to 48 kHz
}
_BLIND: Final[dict[str, Any]] = {"readable": False}


def _phone(name: str, muxer: str, codec: str, **more: Any) -> list[Encoder]:
    command = f"{_FFMPEG}{codec} -f {muxer} {{out}}"
    return [Encoder(name, "ffmpeg, to a file", command, **more)]


ENCODERS: Final[list[Encoder]] = [
    *_ffmpeg("WAV", "wav", _PCM[1:], **_WIDE),
    *_sox("WAV", "wav", _SOX_PCM[1:], **_WIDE),
    _sndfile("WAV", "WAV", _SNDFILE_PCM, **_WIDE),
    _sndfile("WAVE_FORMAT_EXTENSIBLE", "WAVEX", _SNDFILE_PCM, **_WIDE),
    Encoder("WAV", "header of arecord, to a pipe", "arecord", length=False),
    Encoder(
        "WAV",
        "header of gstreamer, to a pipe",
        "gstreamer",
        length=False,
        reference_command="source",
    ),
    *_ffmpeg("WAV, 8 bits", "wav", _PCM[:1], **_LOSSY),
    *_sox("WAV, 8 bits", "wav", _SOX_PCM[:1], **_LOSSY),
    *_ffmpeg("WAV, A-law and mu-law", "wav", _G711, **_LOSSY),
    *_sox("WAV, A-law and mu-law", "wav", ("-e a-law", "-e mu-law"), **_LOSSY),
    *_ffmpeg("WAV, ADPCM", "wav", _ADPCM, **_LOSSY, reference="sox"),
    *_ffmpeg("WAV, MP3", "wav", ("-c:a mp3",), **_LOSSY),
    Encoder(
        "RIFX", "sox, to a file", _SOX + "-B -t wav {out}", _SOX_PCM[1:4], **_WIDE, reference="sox"
    ),
    *_ffmpeg("RF64", "wav -rf64 always", _PCM[1:3], **_WIDE, **_BLIND),
    _sndfile("RF64", "RF64", _SNDFILE_PCM, **_WIDE),
    *_ffmpeg("Wave64", "w64", _PCM[1:], **_WIDE, **_BLIND, padding=3),
    Encoder("Wave64", "sox, to a file", _SOX + "-t w64 {out}", _SOX_PCM[1:4], **_WIDE),
    _sndfile("Wave64", "W64", _SNDFILE_PCM, **_WIDE),
    *_ffmpeg("AIFF", "aiff", _BIG[1:], **_WIDE, **_BLIND),
    *_sox("AIFF", "aiff", _SOX_PCM[1:4], **_WIDE),
    _sndfile("AIFF", "AIFF", _SNDFILE_PCM, **_WIDE),
    *_ffmpeg("AIFF-C", "aiff", ("-c:a pcm_s16le", "-c:a pcm_f32be", "-c:a pcm_f64be"), **_BLIND),
    *_sox("AIFF-C", "aifc", _SOX_PCM[1:4], **_WIDE),
    *_ffmpeg("AIFF-C, A-law and mu-law", "aiff", _G711, **_LOSSY, **_BLIND, padding=1),
    *_ffmpeg("CAF", "caf", (*_PCM[1:], *_BIG[1:]), **_WIDE),
    Encoder("CAF", "sox, to a file", _SOX + "-t caf {out}", _SOX_PCM[1:4], **_WIDE),
    _sndfile("CAF", "CAF", _SNDFILE_PCM, **_WIDE),
    *_ffmpeg("CAF, A-law and mu-law", "caf", _G711, **_LOSSY),
    _sndfile("CAF, ALAC", "CAF", ("ALAC_16", "ALAC_24"), **_WIDE),
    *_ffmpeg("AU", "au", (*_BIG[1:], "-c:a pcm_f32be", "-c:a pcm_f64be"), **_WIDE),
    *_sox("AU", "au", _SOX_PCM[1:4], **_WIDE, length=True),
    _sndfile("AU", "AU", _SNDFILE_PCM, **_WIDE),
    *_ffmpeg("AU, A-law and mu-law", "au", _G711, **_LOSSY),
    *_ffmpeg("FLAC", "flac", ("-sample_fmt s16", "-sample_fmt s32")),
    *_sox("FLAC", "flac", ("-b 16", "-b 24"), **_WIDE),
    *_both(
        Encoder("FLAC", "flac", "flac --silent {args} {in} ", ("-0", "-8"), **_WIDE),
        "-o {out}",
        "--stdout",
    ),
    _sndfile("FLAC", "FLAC", ("PCM_16", "PCM_24"), **_WIDE),
    *_ffmpeg("Ogg FLAC", "ogg", ("-c:a flac",), length=True),
    Encoder("Ogg FLAC", "flac, to a file", "flac --silent --ogg {in} -o {out}"),
    *_ffmpeg("MP3", "mp3", ("-b:a 64k", "-q:a 6", "-q:a 2 -id3v2_version 3"), **_LOSSY),
    *_ffmpeg("MP3 without a header", "mp3 -write_xing 0", ("-b:a 64k", "-q:a 6"), **_LOSSY),
    *_both(
        Encoder(
            "MP3", "lame", "lame --quiet {args} {in} ", ("-b 128", "-V 6", "--abr 80"), **_LOSSY
        ),
        "{out}",
        "-",
    ),
    Encoder(
        "MP3, 64 kbit/s",  # of 24 kHz, in which ffmpeg and the other decoders differ
        "lame, to a file",
        "lame --quiet -b 64 {in} {out}",
        **_LOSSY,
        reference="lame",
        shapes=((44_100, 2),),
    ),
    Encoder("MP3 without a header", "lame, to a file", "lame --quiet -t -V 7 {in} {out}", **_LOSSY),
    _sndfile("MP3", "MP3", ("MPEG_LAYER_III",), **_LOSSY),
    *_ffmpeg("Ogg Vorbis", "ogg", ("-c:a libvorbis",), **_LOSSY, length=True),
    *_both(
        Encoder("Ogg Vorbis", "oggenc", "oggenc --quiet -q {args} {in} ", ("1", "6"), **_LOSSY),
        "-o {out}",
        "-o -",
        length=True,
    ),
    *_sox("Ogg Vorbis", "ogg", ("",), **_LOSSY, length=True),
    _sndfile("Ogg Vorbis", "OGG", ("VORBIS",), **_LOSSY),
    *_ffmpeg("Opus", "ogg", ("-c:a libopus",), **_OPUS, length=True),
    *_both(
        Encoder("Opus", "opusenc", "opusenc --quiet {args} {in} ", ("", "--hard-cbr"), **_OPUS),
        "{out}",
        "-",
        length=True,
    ),
    _sndfile("Opus", "OGG", ("OPUS",), **_OPUS),
    *_phone("M4A, AAC", "ipod", "-c:a aac", **_LOSSY),
    *_phone("M4A, ALAC", "ipod", "-c:a alac"),
    *_phone("CAF, ALAC", "caf", "-c:a alac"),
    *_phone("CAF, Opus", "caf", "-c:a libopus", **_LOSSY),
    *_phone("3GP, AMR", "3gp", "-c:a libopencore_amrnb", **_LOSSY, shapes=((8_000, 1),)),
    *_phone("AMR", "amr", "-c:a libopencore_amrnb", **_LOSSY, shapes=((8_000, 1),)),
    *_phone("WebM, Opus", "webm", "-c:a libopus", **_LOSSY),
    *_phone("WMA", "asf", "-c:a wmav2", **_LOSSY),
]
