"""YAMNet's input: patches of 96 log-mel spectra, which cover 0.975 s of sound.

The definition is that of YAMNet (Plakal and Ellis 2020, github.com/tensorflow/models,
research/audioset/yamnet): magnitudes of a 512-point transform, 64 HTK-mel bands.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.frames import Framing, lay_out, power_spectra, project

__all__ = ["N_BANDS", "N_FRAMES", "log_mel", "patches", "scale", "scaled_patches"]

Array = NDArray[np.float32]

#: Frames and bands of a patch.
N_FRAMES: Final = 96
N_BANDS: Final = 64

_FRAMING: Final = Framing(window=400, hop=160, n_fft=512)
#: Frames between the starts of two patches: half a patch.
_HOP: Final = N_FRAMES // 2
#: Samples of one patch.
_SHORTEST: Final = _FRAMING.window + (N_FRAMES - 1) * _FRAMING.hop
_LOW_HZ: Final = 125.0
_HIGH_HZ: Final = 7500.0
_OFFSET: Final = np.float32(1e-3)
_PEAK: Final = 10 ** (-3 / 20)
#: Peak below which a clip is silent (the last bit of 16 is 3e-5).
_SILENT: Final = 1e-6


def scale(clip: Array) -> Array | None:
    """Return the clip with mean 0 and a peak of -3 dB, or None if it is silent.

    Args:
        clip: float32, shape (n_samples,), at least one sample.

    Returns:
        float32, shape (n_samples,).

    Examples:
        >>> import numpy as np
        >>> [round(float(value), 3) for value in scale(np.array([0.3, 0.1], np.float32))]
        [0.708, -0.708]
    """
    centred = clip.astype(np.float64)
    centred -= np.add.reduce(centred) / len(clip)
    peak = float(np.abs(centred).max())
    return (centred * (_PEAK / peak)).astype(np.float32) if peak > _SILENT else None


def log_mel(samples: Array) -> Array:
    """Compute the logarithm of mel magnitudes plus 0.001 of every whole frame.

    Args:
        samples: float32, shape (n_samples,), 16 kHz.

    Returns:
        float32, shape (n_frames, 64), with one frame of 25 ms every 10 ms.

    Examples:
        >>> import numpy as np
        >>> log_mel(np.zeros(16_000, np.float32)).shape
        (98, 64)
    """
    spectra: Array = np.log(_mel_magnitudes(samples) + _OFFSET)
    return spectra


def scaled_patches(samples: Array, starts: Sequence[int]) -> Iterator[Array]:
    """Compute patches of a long sound, each as if it were a clip: with a peak of -3 dB.

    Args:
        samples: float32, shape (n_samples,), 16 kHz.
        starts: First frame of each patch, in steps of 10 ms from the begin of `samples`; a patch
            needs 15,600 samples. Ascending.

    Yields:
        float32, shape (96, 64); that of a silent patch is not scaled.

    Examples:
        >>> import numpy as np
        >>> tone = np.sin(0.3 * np.arange(32_000)).astype(np.float32)
        >>> loud, faint = (next(scaled_patches(tone * gain, [50])) for gain in (1, 0.01))
        >>> bool(abs(loud - faint).max() < 1e-3)
        True
    """
    spectra = _mel_magnitudes(samples)
    for start in starts:
        part = samples[start * _FRAMING.hop :][:_SHORTEST]
        peak = float(np.abs(part - part.mean(dtype=np.float64)).max())
        gain = np.float32(_PEAK / peak if peak > _SILENT else 1.0)
        yield np.log(spectra[start : start + N_FRAMES] * gain + _OFFSET)


def _mel_magnitudes(samples: Array) -> Array:
    layout = lay_out([len(samples)], _FRAMING)
    magnitude = np.sqrt(power_spectra([samples], layout, _FRAMING))
    return project(magnitude, _filters())[layout.rows]


def patches(samples: Array) -> Iterator[Array]:
    """Divide a clip into patches that overlap by half; the last one ends with the clip.

    Args:
        samples: float32, shape (n_samples,), 16 kHz. Silence is added to a clip that is
            shorter than a patch.

    Yields:
        float32, shape (96, 64).

    Examples:
        >>> import numpy as np
        >>> [len(list(patches(np.zeros(n, np.float32)))) for n in (6_400, 16_000, 32_000)]
        [1, 2, 4]
    """
    spectra = log_mel(np.pad(samples, (0, max(0, _SHORTEST - len(samples)))))
    last = len(spectra) - N_FRAMES
    starts = [*range(0, last + 1, _HOP)]
    if starts[-1] < last:
        starts.append(last)
    for start in starts:
        yield spectra[start : start + N_FRAMES]


@cache
def _filters() -> Array:
    """Return triangles that are linear on the HTK mel scale, as in TensorFlow, (257, 64)."""
    bins = _mel(_FRAMING.hz)[:, np.newaxis]
    low, high = _mel(np.array([_LOW_HZ, _HIGH_HZ]))
    edges = np.linspace(low, high, N_BANDS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters: Array = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    filters[0] = 0.0
    return filters


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127.0 * np.log1p(hz / 700.0)
    return mel
