"""Codecs of phones and voice messages, through ffmpeg where it is installed."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.transfer.channels import Channel, Samples
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["CODECS", "Codec", "available"]

_LONGEST_DELAY = SAMPLE_RATE // 8


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec as ffmpeg names it.

    Attributes:
        encoder: Name of the encoder.
        container: Format of the file.
        bit_rate: As ffmpeg's option ``-b:a`` takes it.
        rate: Sample rate of the coded sound in hertz.
    """

    encoder: str
    container: str
    bit_rate: str
    rate: int = SAMPLE_RATE


CODECS: Final[dict[str, Codec]] = {
    "AMR-NB 12.2 kbit/s": Codec("libopencore_amrnb", "amr", "12.2k", 8_000),
    "AMR-WB 12.65 kbit/s": Codec("libvo_amrwbenc", "amr", "12.65k"),
    "Opus 8 kbit/s": Codec("libopus", "ogg", "8k"),
    "MP3 32 kbit/s": Codec("libmp3lame", "mp3", "32k"),
}


def available(ffmpeg: str = "ffmpeg") -> tuple[dict[str, Channel], list[str]]:
    """Find the codecs that this machine can use.

    Args:
        ffmpeg: The command.

    Returns:
        The channels by name, and a sentence for each codec that is missing.
    """
    path = shutil.which(ffmpeg)
    if path is None:
        return {}, ["The codecs are left out: ffmpeg is not on the PATH."]
    command = [path, "-v", "error", "-encoders"]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    encoders = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    missing = [
        f"{name} is left out: this ffmpeg has no encoder {codec.encoder}."
        for name, codec in CODECS.items()
        if codec.encoder not in encoders
    ]
    found = {n: _channel(path, c) for n, c in CODECS.items() if c.encoder in encoders}
    return found, missing


def _channel(ffmpeg: str, codec: Codec) -> Channel:
    raw = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1")
    quiet = (ffmpeg, "-v", "error", "-threads", "1")
    coding = ("-c:a", codec.encoder, "-b:a", codec.bit_rate, "-f", codec.container)
    encode = (*quiet, *raw, "-i", "-", "-ar", str(codec.rate), *coding, "-")
    decode = (*quiet, "-f", codec.container, "-i", "-", *raw, "-")

    def code(samples: Samples) -> Samples:
        # The silence receives what a delay shifts behind the end.
        padded = np.pad(samples, (0, _LONGEST_DELAY)).astype("<f4")
        coded = subprocess.run(encode, input=padded.tobytes(), capture_output=True, check=True)
        plain = subprocess.run(decode, input=coded.stdout, capture_output=True, check=True)
        out = np.zeros(len(padded), np.float32)
        decoded = np.frombuffer(plain.stdout, "<f4")[: len(out)]
        out[: len(decoded)] = decoded
        return out

    delay = _delay(code)

    def channel(samples: Samples, _: np.random.Generator) -> Samples:
        return code(samples)[delay : delay + len(samples)]

    return channel


def _delay(code: Callable[[Samples], Samples]) -> int:
    """Measure the delay of a codec in samples with a chirp from 300 Hz to 3 kHz."""
    t = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    chirp = (0.5 * np.sin(2 * np.pi * (300 * t + 2700 * t**2))).astype(np.float32)
    coded = code(chirp)
    scores = [np.dot(coded[lag : lag + len(chirp)], chirp) for lag in range(_LONGEST_DELAY)]
    return int(np.argmax(scores))
