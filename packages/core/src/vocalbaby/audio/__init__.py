"""Audio files, bytes or samples in, `Clip` out.

No other package of the project knows file formats.
"""

from vocalbaby.audio.base import AudioStream
from vocalbaby.audio.codecs import SUFFIXES
from vocalbaby.audio.decoding import decode, load, measure, read_file
from vocalbaby.audio.limits import AudioLimits
from vocalbaby.audio.recording import Defect, Recording, open_recording
from vocalbaby.audio.samples import from_samples
from vocalbaby.audio.stream import open_stream
from vocalbaby.audio.wav import is_plain_wav, is_wav
from vocalbaby.audio.wav_writing import wav_bytes, write_wav

__all__ = [
    "SUFFIXES",
    "AudioLimits",
    "AudioStream",
    "Defect",
    "Recording",
    "decode",
    "from_samples",
    "is_plain_wav",
    "is_wav",
    "load",
    "measure",
    "open_recording",
    "open_stream",
    "read_file",
    "wav_bytes",
    "write_wav",
]
