"""Speech codecs of phones and noise suppression, simulated for augmentation."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.utils.extras import needs_extra

with needs_extra("synthesis"):
    from scipy import fft, linalg, ndimage, signal

__all__ = ["speech_codec", "suppress_noise"]

Samples = NDArray[np.float32]

_FRAME: Final = 160  # 20 ms at 8 kHz
_ORDER: Final = 10


def speech_codec(rng: np.random.Generator, samples: Samples) -> Samples:
    """Simulate a narrow-band speech codec such as AMR: linear prediction at 8 kHz.

    The sound is resampled to 8 kHz. The residual of a linear prediction of order 10, computed
    for frames of 20 ms, keeps only its largest pulses (multi-pulse excitation: Atal & Remde,
    1982); the rest is replaced in part by noise of the same energy.

    Args:
        rng: Source of the number of pulses, the share of noise and the noise.
        samples: float32, shape (n_samples,), 16 kHz.

    Returns:
        float32, shape (n_samples,), with nothing left above 4 kHz.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> noise = rng.normal(0, 0.1, 16000).astype(np.float32)
        >>> coded = speech_codec(rng, noise)
        >>> power = np.abs(np.fft.rfft(coded)) ** 2
        >>> coded.shape, coded.dtype, bool(power[4500:].sum() < 0.01 * power.sum())
        ((16000,), dtype('float32'), True)
    """
    low = rng.choice((0.0, rng.uniform(50.0, 250.0)))
    narrow = signal.resample_poly(samples, 1, 2)
    if low:
        narrow = signal.sosfilt(signal.butter(2, low, "high", fs=8000, output="sos"), narrow)
    n_frames = max(1, -(-len(narrow) // _FRAME))
    padded = np.zeros((n_frames + 1) * _FRAME)
    padded[_FRAME : _FRAME + len(narrow)] = narrow
    pulses = int(rng.integers(10, 60))
    noise_share = rng.uniform(0.0, 0.8)
    window = np.hanning(2 * _FRAME)
    out = np.zeros(len(padded))
    state_in, state_out = np.zeros(_ORDER), np.zeros(_ORDER)
    for frame in range(1, n_frames + 1):
        start = frame * _FRAME
        around = padded[start - _FRAME // 2 : start + 3 * _FRAME // 2]
        coefficients = _prediction(around * window[: len(around)])
        here = padded[start : start + _FRAME]
        residual, state_in = signal.lfilter(coefficients, [1.0], here, zi=state_in)
        excitation = _excitation(rng, residual, pulses, noise_share)
        out[start : start + _FRAME], state_out = signal.lfilter(
            [1.0], coefficients, excitation, zi=state_out
        )
    coded = out[_FRAME : _FRAME + len(narrow)]
    wide: Samples = signal.resample_poly(coded, 2, 1)[: len(samples)].astype(np.float32)
    return wide


def _prediction(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of the prediction error filter, shape (11,), stable by bandwidth expansion."""
    spectrum = fft.rfft(frame, 1024)
    correlation = fft.irfft(np.abs(spectrum) ** 2)[: _ORDER + 1]
    correlation[0] = correlation[0] * 1.0001 + 1e-12
    predicted = linalg.solve_toeplitz(correlation[:-1], correlation[1:])
    expansion = 0.994 ** np.arange(1, _ORDER + 1)
    return np.concatenate(([1.0], -predicted * expansion))


def _excitation(
    rng: np.random.Generator, residual: NDArray[np.float64], pulses: int, noise_share: float
) -> NDArray[np.float64]:
    kept = np.zeros(len(residual))
    largest = np.argsort(np.abs(residual), kind="stable")[-pulses:]
    kept[largest] = residual[largest]
    rest = float(np.sqrt(np.mean((residual - kept) ** 2)))
    excitation: NDArray[np.float64] = kept + noise_share * rest * rng.standard_normal(len(residual))
    return excitation


def suppress_noise(rng: np.random.Generator, samples: Samples) -> Samples:
    """Simulate the noise suppression of phones and recorders: a Wiener gain per band and frame.

    The noise of each band is a low quantile of its power over the clip (Martin, 2001, in its
    simplest form); the gain is 1 - noise / power with a floor of -6 to -30 dB, smoothed in
    time. It keeps loud, steady harmonics and removes weak ones with the background.

    Args:
        rng: Source of quantile, strength, floor and smoothing.
        samples: float32, shape (n_samples,), 16 kHz.

    Returns:
        float32, shape (n_samples,). Clips shorter than 64 ms are returned as they are.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> noise = rng.normal(0, 0.1, 16000).astype(np.float32)
        >>> bool(suppress_noise(rng, noise).std() < 0.8 * noise.std())
        True
    """
    size, hop = 512, 256
    if len(samples) < 2 * size:
        return samples
    _, _, spectrum = signal.stft(samples, nperseg=size, noverlap=size - hop)
    power = np.abs(spectrum) ** 2
    noise = np.quantile(power, rng.uniform(0.05, 0.4), axis=1, keepdims=True)
    gain = 1 - rng.uniform(1.0, 6.0) * noise / np.maximum(power, 1e-20)
    gain = np.maximum(gain, 10 ** (-rng.uniform(6.0, 30.0) / 20))
    gain = ndimage.uniform_filter1d(gain, int(rng.integers(1, 4)), axis=1)
    _, out = signal.istft(spectrum * gain, nperseg=size, noverlap=size - hop)
    quiet: Samples = out[: len(samples)].astype(np.float32)
    return quiet
