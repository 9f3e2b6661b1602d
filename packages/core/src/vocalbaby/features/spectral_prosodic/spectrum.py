"""Power spectra and autocorrelations of frames, each computed from the frame's own samples only.

A frame's values depend neither on its clip nor on its position in it, so windows of a recording
can share frames, and a clip cut at a multiple of the hop has the same frames as the recording.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vocalbaby.features.fft import LENGTH, transform, turned, waves
from vocalbaby.features.frames import Framing, hann, sum_rows

__all__ = ["TINY", "autocorrelation", "frames_of", "power_spectra"]

Array = NDArray[np.float32]

#: Frames per step: the working set stays in the cache.
_BLOCK: Final = 128
#: Added to a divisor or the least argument of a logarithm, far below the power of any sound.
TINY: Final = np.float32(1e-30)


def frames_of(clip: Array, framing: Framing) -> Array:
    """Cut a clip into frames.

    Args:
        clip: Signal of at least one sample.
        framing: A framing that is not centred.

    Returns:
        Frames as rows, (n_frames, framing.window). Zeros follow a clip that is shorter.
    """
    if len(clip) < framing.window:
        clip = np.pad(clip, (0, framing.window - len(clip)))
    frames: Array = sliding_window_view(clip, framing.window)[:: framing.hop]
    return frames


@cache
def _weight(n: int, window: int) -> np.float32:
    """Sum of the first `n` samples of the window."""
    held = hann(window)[:n]
    even, odd = (np.add.accumulate(np.append(np.float32(0), held[k::2]))[-1] for k in (0, 1))
    weight: np.float32 = np.maximum(even + odd, TINY)
    return weight


def power_spectra(clips: Sequence[Array], framing: Framing) -> Array:
    """Return the power spectra of the frames of all clips, one clip after another.

    The offset of each frame, its mean weighted by the window, is removed.

    Args:
        clips: Signals of at least one sample.
        framing: A framing whose transform has the length 2 ``fft.LENGTH``.

    Returns:
        float32, shape (framing.n_bins, n_frames).
    """
    frames = np.concatenate([frames_of(clip, framing) for clip in clips])
    heard = [min(len(clip), framing.window) for clip in clips]
    counts = [framing.count(len(clip)) for clip in clips]
    weight = np.repeat([_weight(n, framing.window) for n in heard], counts)
    length = np.repeat(heard, counts)
    power = np.empty((framing.n_bins, len(frames)), np.float32)
    for begin in range(0, len(frames), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        # In this order of memory, sums over samples are computed sample by sample.
        samples = np.ascontiguousarray(frames[block].T)
        power[:, block] = _power(samples, weight[block], length[block], framing)
    return power


def _power(samples: Array, weight: Array, length: NDArray[np.int64], framing: Framing) -> Array:
    """Return power spectra of frames.

    Args:
        samples: Frames as columns, (framing.window, n_frames); overwritten.
        weight: Sum of the window over the samples that belong to each frame, (n_frames,).
        length: Number of these samples, (n_frames,).
        framing: How the signals were divided into frames.
    """
    window = hann(framing.window)[:, None]
    weighted = samples * window
    samples -= (sum_rows(weighted[0::2]) + sum_rows(weighted[1::2])) / weight
    samples *= window
    for frame in np.flatnonzero(length < framing.window):
        samples[length[frame] :, frame] = 0
    signal = np.zeros((2, LENGTH, samples.shape[1]), np.float32)
    signal[0, : framing.window // 2], signal[1, : framing.window // 2] = samples[::2], samples[1::2]
    re, im = transform(*signal)
    # The spectrum of a real signal from that of its even and odd samples.
    bins = np.arange(framing.n_bins)
    re1, im1, re2, im2 = re[bins], im[bins], re[-bins % LENGTH], im[-bins % LENGTH]
    factors = waves()[bins, :1], waves()[bins, 1:]
    odd_re, odd_im = turned(im1 + im2, re2 - re1, factors)
    re, im = re1 + re2 + odd_re, im1 - im2 + odd_im
    power: Array = (re * re + im * im) * np.float32(0.25)
    return power


def autocorrelation(power: Array, lags: range) -> tuple[Array, Array]:
    """Return autocorrelations at some lags, and at the lag 0.

    Args:
        power: Power spectra from 0 Hz on, zero beyond the given bins, (n_bins, n_frames).
        lags: In samples.

    Returns:
        float32, shape (len(lags), n_frames) and (n_frames,).
    """
    found = np.empty((len(lags), power.shape[1]), np.float32)
    norm = np.empty(power.shape[1], np.float32)
    turn = waves()[:LENGTH]
    for begin in range(0, power.shape[1], _BLOCK):
        block = slice(begin, begin + _BLOCK)
        part = power[:, block]
        whole = np.zeros((LENGTH + 1, part.shape[1]), np.float32)
        whole[: len(part)] = part
        ahead, behind = whole[:-1], whole[:0:-1]
        difference = ahead - behind
        re, im = transform(ahead + behind + difference * -turn[:, 1:], difference * turn[:, :1])
        norm[block] = re[0]
        at = np.arange(lags.start, lags.stop)
        found[at % 2 == 0, block] = re[at[at % 2 == 0] // 2]
        found[at % 2 == 1, block] = im[at[at % 2 == 1] // 2]
    return found, norm
