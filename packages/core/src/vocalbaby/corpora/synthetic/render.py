"""Synthesis from control tracks: harmonics and breath noise through a vocal tract."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpora.synthetic.control_tracks import CONTROL_RATE, Burst, ControlTracks
from vocalbaby.corpora.synthetic.tract import transfer
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("synthesis"):
    from scipy import fft

__all__ = ["band_noise", "render"]

FloatArray = NDArray[np.float64]

_HOP = SAMPLE_RATE // CONTROL_RATE
_TOP_HZ = 7_950.0
#: Rate at which the level of a harmonic moves.
_TEXTURE_HZ = 16


def _upsample(track: NDArray[np.float64], n: int) -> FloatArray:
    """Linear interpolation from control rate to sample rate, shape (n,)."""
    weight = np.arange(_HOP) / _HOP
    return (track[:-1, None] + np.diff(track)[:, None] * weight).ravel()[:n]


def _cycles(
    tracks: ControlTracks, rng: np.random.Generator, n: int
) -> tuple[FloatArray, FloatArray]:
    """Phase in cycles with jitter, and amplitude with shimmer and nonlinear regimes."""
    f0 = _upsample(tracks.f0, n)
    index = np.cumsum(f0 / SAMPLE_RATE)
    count = int(index[-1]) + 3
    cycle = index.astype(np.int64)
    f0 = f0 * np.maximum(1 + _upsample(tracks.jitter, n) * rng.standard_normal(count)[cycle], 0.3)
    phase = np.cumsum(f0 / SAMPLE_RATE) + rng.uniform()
    # Amplitudes are interpolated between cycles, since steps would add noise.
    knots = rng.standard_normal(count)
    wobble = np.interp(index, np.arange(count), knots)
    amplitude = np.maximum(1 + _upsample(tracks.shimmer, n) * wobble, 0.0)
    if tracks.subharmonic.any():
        slower = np.cumsum(f0 / _upsample(tracks.subharmonic_order, n)) / SAMPLE_RATE
        amplitude *= 1 + _upsample(tracks.subharmonic, n) * np.cos(2 * np.pi * slower)
    if tracks.biphonation.any():
        second = np.cos(2 * np.pi * np.cumsum(_upsample(tracks.second_hz, n)) / SAMPLE_RATE)
        depth = _upsample(tracks.biphonation, n)
        amplitude *= 1 + depth * second
        phase += 0.1 * depth * second
    return phase, amplitude


def _texture(rng: np.random.Generator, n_frames: int, n_harmonics: int) -> FloatArray:
    """Unit normal deviations of harmonics, half of them moving, (n_frames, n_harmonics)."""
    step = CONTROL_RATE // _TEXTURE_HZ
    knots = rng.standard_normal((n_frames // step + 2, n_harmonics))
    at = np.arange(n_frames)
    whole, part = at // step, (at % step / step)[:, None]
    moving = knots[whole] + part * (knots[whole + 1] - knots[whole])
    texture: FloatArray = (moving + rng.standard_normal(n_harmonics)) / np.sqrt(2)
    return texture


def _voice(
    tracks: ControlTracks, phase: FloatArray, rng: np.random.Generator, n: int
) -> FloatArray:
    """Sum of the harmonics, each with its source level and the gain of the tract."""
    low = tracks.f0[tracks.voicing > 0].min()
    k = np.arange(1, max(2, int(_TOP_HZ / low)) + 1)
    frequencies = tracks.f0[:, None] * k
    levels = k ** (tracks.slope[:, None] / 6.02) * tracks.voicing[:, None]
    if tracks.pressing.any():
        levels *= k**2 / (k**2 + tracks.pressing[:, None] ** 2)
    if tracks.irregularity.any():
        texture = _texture(rng, len(tracks.f0), len(k))
        levels *= 10 ** (tracks.irregularity[:, None] / 20 * texture)
    levels = levels * np.clip((_TOP_HZ - frequencies) / 200.0, 0, 1)
    gains = levels * transfer(frequencies, tracks.formants, tracks.damping, tracks.nasality)
    gains = gains.astype(np.complex64)
    step = np.diff(gains, axis=0)
    weight = (np.arange(_HOP, dtype=np.float32) / _HOP)[None]
    rotation = np.exp(2j * np.pi * phase).astype(np.complex64)
    turn = rotation.copy()
    out = np.zeros(n, dtype=np.float32)
    for harmonic in range(len(k)):
        gain = (gains[:-1, harmonic, None] + step[:, harmonic, None] * weight).ravel()[:n]
        out += gain.real * turn.imag + gain.imag * turn.real
        turn *= rotation
    return out.astype(np.float64)


def _breath(tracks: ControlTracks, noise: FloatArray, n: int) -> FloatArray:
    """Noise filtered by the tract, frame by frame (overlap-add)."""
    hop, size, width = 2 * _HOP, 320, 160
    n_frames = n // hop + 1
    padded = np.concatenate([np.zeros(hop), noise, np.zeros(2 * width)])
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::hop][:n_frames] * window
    at = np.minimum(np.arange(n_frames) * 2, len(tracks.f0) - 1)
    bins = np.arange(0.0, size // 2 + 1)[None] * SAMPLE_RATE / size
    gain = transfer(bins, tracks.formants[at], tracks.damping[at] * 1.5, tracks.nasality[at])
    gain *= tracks.aspiration[at, None] * np.sqrt(bins / 1000.0 + 0.2)
    shaped = fft.irfft(fft.rfft(frames, size, axis=1) * gain, size, axis=1)
    out = np.zeros((n_frames + 4) * hop)
    for part in range(size // hop):
        piece = shaped[:, part * hop : (part + 1) * hop].ravel()
        out[part * hop : part * hop + len(piece)] += piece
    return out[hop : hop + n]


def band_noise(
    rng: np.random.Generator, n: int, centre_hz: float, octaves: float
) -> NDArray[np.float64]:
    """Noise with a bell-shaped spectrum on the octave scale, of about unit RMS."""
    size = fft.next_fast_len(n, real=True)
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 20.0)
    bell = np.exp(-((np.log2(frequencies / centre_hz) / octaves) ** 2))
    bell /= np.sqrt(np.mean(bell**2)) + 1e-12
    out: FloatArray = fft.irfft(fft.rfft(rng.standard_normal(size)) * bell, size)[:n]
    return out


def _add_burst(out: FloatArray, burst: Burst, rng: np.random.Generator) -> None:
    start = int(burst.start_s * SAMPLE_RATE)
    size = min(int(burst.duration_s * SAMPLE_RATE), len(out) - start)
    if start < 0 or size < 8:
        return
    shape = np.minimum(1, np.arange(size) / 16) * np.exp(-2 * np.arange(size) / size)
    noise = band_noise(rng, size, burst.centre_hz, burst.octaves) * shape
    out[start : start + size] += 10 ** (burst.gain_db / 20) * noise


def render(tracks: ControlTracks, rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Synthesize the sound that control tracks describe.

    Voiced sound is a sum of harmonics. Their amplitudes follow the glottal slope and the
    transfer function of the tract at their momentary frequency, which avoids clicks when
    formants move, and aliasing. Breath noise is modulated by the glottal cycle and passes
    through the same tract.

    Args:
        tracks: Control tracks, at least as long as ``duration_s``.
        rng: Random generator for jitter, shimmer and noise.
        duration_s: Duration in seconds.

    Returns:
        float64, shape (n_samples,), at 16 kHz; a full voice has an RMS around 1.
    """
    n = round(duration_s * SAMPLE_RATE)
    phase, amplitude = _cycles(tracks, rng, n)
    out = np.zeros(n)
    if tracks.voicing.any():
        out += amplitude * _voice(tracks, phase, rng, n)
    if tracks.aspiration.any():
        pulsed = 1 + 0.5 * np.minimum(_upsample(tracks.voicing, n), 1) * np.cos(2 * np.pi * phase)
        out += _breath(tracks, rng.standard_normal(n) * pulsed, n)
    for burst in tracks.bursts:
        _add_burst(out, burst, rng)
    return out
