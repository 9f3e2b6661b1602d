"""Recording channels through which held-out clips are passed.

None draws its strength at random, unlike the augmentation of training, so a figure belongs to
one known channel. All keep the length of the clip, and its samples within [-1, 1].
"""

import hashlib
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from vocalbaby.audio.acoustics.channel import filtered, mu_law
from vocalbaby.audio.acoustics.noise import add_at_snr, coloured
from vocalbaby.audio.acoustics.room import impulse_response, reverberate
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["CHANNELS", "Channel", "Samples", "apply"]

Samples: TypeAlias = NDArray[np.float32]
Channel: TypeAlias = Callable[[Samples, np.random.Generator], Samples]


def apply(channel: Channel, samples: Samples, clip_id: str) -> Samples:
    """Pass a clip through a channel, whose random draws depend on the identifier of the clip.

    Args:
        channel: One of `CHANNELS`.
        samples: float32, shape (n_samples,), 16 kHz.
        clip_id: Identifier of the clip.

    Returns:
        float32, shape (n_samples,), within [-1, 1].
    """
    digest = hashlib.sha256(clip_id.encode()).digest()
    out = channel(samples, np.random.default_rng(int.from_bytes(digest[:8], "little")))
    peak = float(np.abs(out).max(initial=0.0))
    return np.ascontiguousarray(out / np.float32(max(peak, 1.0)), np.float32)


def band_limit(start_hz: float, end_hz: float) -> Channel:
    """Attenuate from ``start_hz`` on (raised cosine), with nothing left above ``end_hz``."""

    def response(hz: Samples) -> Samples:
        fade = np.clip((end_hz - hz) / (end_hz - start_hz), 0, 1)
        gain: Samples = (0.5 - 0.5 * np.cos(np.pi * fade)).astype(np.float32)
        return gain

    return lambda samples, _: filtered(samples, response)


def telephone_code(samples: Samples, _: np.random.Generator) -> Samples:
    """Resample to 8 kHz, code with 8-bit mu-law, and resample back."""
    narrow = signal.resample_poly(samples, 1, 2).astype(np.float32)
    wide: Samples = signal.resample_poly(mu_law(narrow), 2, 1)[: len(samples)].astype(np.float32)
    return wide


def noise_suppression(samples: Samples, _: np.random.Generator) -> Samples:
    """Attenuate by 24 dB whatever is not 10 dB above the estimated noise (spectral gating).

    The noise of each band is the 15 % quantile of its magnitude over the clip. The gains are
    smoothed over 3 bands and 3 frames (frames of 32 ms every 8 ms).
    """
    size, hop = 512, 128
    if len(samples) < size:
        return samples
    _, _, spectrum = signal.stft(samples, SAMPLE_RATE, nperseg=size, noverlap=size - hop)
    magnitude = np.abs(spectrum)
    noise = np.quantile(magnitude, 0.15, axis=1, keepdims=True)
    gain = np.where(magnitude > 10 ** (10 / 20) * noise, 1.0, 10 ** (-24 / 20))
    gain = ndimage.uniform_filter(gain, 3)
    _, out = signal.istft(spectrum * gain, SAMPLE_RATE, nperseg=size, noverlap=size - hop)
    gated: Samples = out[: len(samples)].astype(np.float32)
    return gated


def clipping(samples: Samples, _: np.random.Generator) -> Samples:
    """Clip hard, 12 dB below the peak."""
    limit = np.float32(np.abs(samples).max(initial=0.0) * 10 ** (-12 / 20))
    return samples.clip(-limit, limit)


def far_room(samples: Samples, rng: np.random.Generator) -> Samples:
    """Put the microphone far from the child.

    The reverberation time is 0.6 s, the direct sound is 6 dB below the reverberation, and pink
    noise is 15 dB below the sound.
    """
    wet = reverberate(samples, impulse_response(rng, 0.6, -6.0))
    return add_at_snr(wet, coloured(rng, len(wet), -3.0), 15.0).astype(np.float32)


def tilt(decibels: float) -> Channel:
    """Change the level at 4 kHz and above by ``decibels`` relative to 500 Hz and below."""

    def response(hz: Samples) -> Samples:
        octaves = np.clip(np.log2(np.maximum(hz, 1.0) / 500.0), 0, 3)
        gain: Samples = (10 ** (decibels * octaves / 3 / 20)).astype(np.float32)
        return gain

    return lambda samples, _: filtered(samples, response)


def attenuation(decibels: float) -> Channel:
    """Attenuate by ``decibels``, and round to 16 bits."""
    gain = np.float32(10 ** (-decibels / 20))

    def channel(samples: Samples, _: np.random.Generator) -> Samples:
        steps = np.round(samples * gain * np.float32(32_767))
        return (steps / np.float32(32_767)).astype(np.float32)

    return channel


CHANNELS: Final[dict[str, Channel]] = {
    "band to 3.4 kHz": band_limit(3100, 3400),
    "band to 4 kHz": band_limit(3700, 4000),
    "band to 8 kHz": band_limit(7000, 8000),
    "mu-law, 8 kHz": telephone_code,
    "noise suppression": noise_suppression,
    "clipping": clipping,
    "far room": far_room,
    "tilt +12 dB": tilt(12.0),
    "tilt -12 dB": tilt(-12.0),
    "level -20 dB": attenuation(20.0),
}
