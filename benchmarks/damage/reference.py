"""FFmpeg as the reference for the length of recordings."""

import shutil
import subprocess
import tempfile

LONGEST_S = 60
_COMMAND = ("ffmpeg", "-v", "quiet", "-nostdin", "-threads", "1", "-i")
_OUTPUT = ("-map", "0:a:0", "-t", str(LONGEST_S), "-c:a", "pcm_s16le", "-f", "wav", "pipe:1")


def is_installed() -> bool:
    """Whether there is an ``ffmpeg``."""
    return shutil.which("ffmpeg") is not None


def seconds(data: bytes) -> float | None:
    """Return how long a recording is according to FFmpeg, or None if it decodes nothing."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            done = subprocess.run(
                (*_COMMAND, file.name, *_OUTPUT), capture_output=True, timeout=20, check=False
            )
        except subprocess.TimeoutExpired:
            return None
    wav = done.stdout
    start = wav.find(b"data", 36) + 8
    if start < 8 or start >= len(wav):
        return None
    channels, rate = int.from_bytes(wav[22:24], "little"), int.from_bytes(wav[24:28], "little")
    return (len(wav) - start) / 2 / channels / rate
