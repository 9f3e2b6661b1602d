"""Audio fingerprints: pairs of spectral peaks, by which clips with the same sound are found.

A. Wang (2003), "An industrial-strength audio search algorithm", ISMIR. The peaks lie between 250
and 3440 Hz, which phones and speech codecs keep, and are dense, because clips are short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from scipy import ndimage

__all__ = ["HOP", "Candidates", "Landmarks", "find_candidates", "landmarks"]

HOP: Final = 128
_FRAME: Final = 512
_BINS: Final = slice(8, 110)
_WINDOW: Final = np.hanning(_FRAME + 1)[:_FRAME].astype(np.float32)

#: Frames and bins around a peak in which it is the largest value: 5 and 3 to either side.
_AROUND: Final = (11, 7)
_PEAKS_PER_S: Final = 80
_MOST_PEAKS: Final = 400
_FLOOR_DB: Final = -50.0
_PARTNERS: Final = 12
_LONGEST: Final = 64

#: Clips with a landmark in common that are all compared with each other. If there are more, each
#: is compared with the next few: copies of one sound then still form one chain.
_COMMON: Final = 50
_NEXT: Final = 12
_VOTES: Final = 6
_HALF_RANGE: Final = 8192

#: Landmarks for which pairs are counted at once, which limits the memory.
_BLOCK: Final = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Pairs of peaks of a clip.

    Attributes:
        codes: Frequencies of both peaks and the time between them, int32, shape (n,).
        frames: Frame of the first peak, int32, shape (n,).
    """

    codes: NDArray[np.int32]
    frames: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of clips that share landmarks with one lag; all arrays have the shape (n,).

    Attributes:
        first: Index of one clip.
        second: Index of the other, which is higher.
        lag: Samples from the begin of the first clip to that of the second.
        votes: Number of landmarks that they share with this lag.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    lag: NDArray[np.int64]
    votes: NDArray[np.int64]


def landmarks(samples: NDArray[np.float32]) -> Landmarks:
    """Compute the landmarks of a clip.

    Args:
        samples: float32, shape (n_samples,), 16 kHz.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> clip = rng.normal(size=16_000).astype(np.float32)
        >>> whole, part = set(landmarks(clip).codes), set(landmarks(clip[4 * HOP :]).codes)
        >>> len(whole & part) > 0.5 * len(part)
        True
    """
    padded = np.pad(samples, (0, max(0, _FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * _WINDOW, axis=1)[:, _BINS]).astype(np.float32)
    largest = ndimage.maximum_filter(power, size=_AROUND, mode="constant")
    threshold = power.max() * 10 ** (_FLOOR_DB / 20)
    time, frequency = np.nonzero((power == largest) & (power > threshold))
    limit = min(int(np.ceil(_PEAKS_PER_S * max(len(samples) / SAMPLE_RATE, 0.25))), _MOST_PEAKS)
    if len(time) > limit:
        kept = np.sort(np.argsort(-power[time, frequency], kind="stable")[:limit])
        time, frequency = time[kept], frequency[kept]
    codes, starts = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for step in range(1, min(_PARTNERS, len(time) - 1) + 1):
        between = time[step:] - time[:-step]
        usable = (between > 0) & (between < _LONGEST)
        code = (frequency[:-step] * 128 + frequency[step:]) * _LONGEST + between
        codes.append(code[usable].astype(np.int32))
        starts.append(time[:-step][usable].astype(np.int32))
    return Landmarks(np.concatenate(codes), np.concatenate(starts))


def find_candidates(clips: Sequence[Landmarks]) -> Candidates:
    """Find the pairs of clips that share at least six landmarks with one lag.

    Of more than 50 clips with the same sound, not all pairs are found, but enough to connect them.

    Args:
        clips: Landmarks of every clip.
    """
    n_clips = len(clips)
    codes = np.concatenate([clip.codes for clip in clips] or [np.empty(0, np.int32)])
    frames = np.concatenate([clip.frames for clip in clips] or [np.empty(0, np.int32)])
    owner = np.repeat(np.arange(n_clips), [len(clip.codes) for clip in clips])
    order = np.argsort(codes, kind="stable")
    codes, frames, owner = codes[order], frames[order], owner[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    lengths = np.diff(starts, append=len(codes))
    rare = np.repeat(lengths <= _COMMON, lengths)
    blocks = 1 + len(codes) // _BLOCK
    parts = [
        _votes(codes, frames, owner, rare, owner % blocks == block, n_clips)
        for block in range(blocks)
    ]
    pairs, lags, votes = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    first, second = np.divmod(pairs, max(n_clips, 1))
    return Candidates(first, second, (lags - _HALF_RANGE) * HOP, votes)


def _votes(
    codes: NDArray[np.int32],
    frames: NDArray[np.int32],
    owner: NDArray[np.int64],
    rare: NDArray[np.bool_],
    inside: NDArray[np.bool_],
    n_clips: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs whose first clip is ``inside`` and that share enough, lags and votes."""
    found = [np.empty(0, np.int64)]
    for step in range(1, _COMMON):
        if step == _NEXT + 1:
            codes, frames, owner, inside = codes[rare], frames[rare], owner[rare], inside[rare]
        same = (codes[step:] == codes[:-step]) & inside[:-step]
        equal = np.flatnonzero(same & (owner[step:] != owner[:-step]))
        # The sorting is stable, so the owner of the first is the lower one.
        pair = owner[equal] * n_clips + owner[equal + step]
        lag = frames[equal].astype(np.int64) - frames[equal + step] + _HALF_RANGE
        found.append((pair * 2 * _HALF_RANGE + lag)[(lag >= 0) & (lag < 2 * _HALF_RANGE)])
    keys, votes = np.unique(np.concatenate(found), return_counts=True)
    # Lags that are not whole frames are divided between two.
    after = np.append(np.where(np.diff(keys) == 1, votes[1:], 0), 0) if len(keys) else votes
    keys, votes = keys[votes + after >= _VOTES], (votes + after)[votes + after >= _VOTES]
    pairs, lags = np.divmod(keys, 2 * _HALF_RANGE)
    best = np.lexsort((-votes, pairs))
    _, place = np.unique(pairs[best], return_index=True)
    chosen = best[place]
    return pairs[chosen], lags[chosen], votes[chosen].astype(np.int64)
