"""Writing WAV files."""

import struct
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoding", "wav_bytes", "write_wav"]

#: Encoding of the samples: IEEE float of 32 bits, or 16-bit PCM.
Encoding = Literal["float32", "pcm16"]


def wav_bytes(
    samples: NDArray[np.floating[Any]], sample_rate: int, *, encoding: Encoding = "float32"
) -> bytes:
    """Encode samples as a RIFF WAVE file.

    Args:
        samples: Floating point, full scale 1.0; shape (n_samples,) or
            (n_samples, n_channels).
        sample_rate: Samples per second and channel.
        encoding: ``float32`` keeps float32 samples exactly; ``pcm16`` is half as large,
            and rounds to steps of 1/32767.

    Returns:
        The bytes of the file.

    Raises:
        ValueError: The array has another shape, or ``pcm16`` cannot hold a sample.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> noise = np.random.default_rng(0).uniform(-1, 1, 800).astype(np.float32)
        >>> clip = audio.decode(audio.wav_bytes(noise, 16000))
        >>> bool((clip.samples == noise).all())
        True
    """
    array = np.asarray(samples)
    if array.ndim not in (1, 2):
        raise ValueError(f"samples of shape {array.shape} are not (n,) or (n, n_channels)")
    channels = 1 if array.ndim == 1 else array.shape[1]
    if encoding == "pcm16":
        if not (np.abs(array) <= 1.0).all():
            raise ValueError("samples for pcm16 must be within [-1, 1]")
        codec, width, data = 1, 2, np.round(array * 32_767).astype("<i2").tobytes()
    else:
        codec, width, data = 3, 4, array.astype("<f4").tobytes()
    block = width * channels
    layout = (codec, channels, sample_rate, block * sample_rate, block, 8 * width)
    form = struct.pack("<HHIIHH", *layout)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data"
    body = head + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def write_wav(
    path: str | Path,
    samples: NDArray[np.floating[Any]],
    sample_rate: int,
    *,
    encoding: Encoding = "float32",
) -> None:
    """Write samples to a RIFF WAVE file, which is replaced if it exists.

    Args:
        path: The file.
        samples: Floating point, full scale 1.0; shape (n_samples,) or (n_samples, n_channels).
        sample_rate: Samples per second and channel.
        encoding: ``float32`` or ``pcm16``; see `wav_bytes`.

    Raises:
        ValueError: The array has another shape, or ``pcm16`` cannot hold a sample.
        OSError: The file cannot be written.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> audio.write_wav("tone.wav", 0.1 * np.sin(np.arange(8000)), 16000, encoding="pcm16")
        >>> audio.load("tone.wav").duration_s
        0.5
    """
    Path(path).write_bytes(wav_bytes(samples, sample_rate, encoding=encoding))
