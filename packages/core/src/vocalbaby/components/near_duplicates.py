"""Clips that contain the same sound: cut, moved, coded or resampled copies of one recording."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.landmarks import Landmarks, find_candidates
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from scipy import linalg, signal

__all__ = ["NearDuplicate", "find_near_duplicates", "groups", "similarity"]

Samples = NDArray[np.float32]

#: Similarity of copies; see the figures in docs/pipeline.md.
THRESHOLD: Final = 0.55

_RATE: Final = SAMPLE_RATE // 2
_BAND: Final = signal.butter(4, (300, 3400), "band", fs=SAMPLE_RATE, output="sos")
_ORDER: Final = 12
_SLACK: Final = 256  # 32 ms: lags are known to frames of 8 ms, and codecs add a delay
_SHORTEST: Final = 1600  # 0.2 s


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two clips with the same sound.

    Attributes:
        first: Index of one clip.
        second: Index of the other.
        lag_s: Time from the begin of the first clip to that of the second.
        similarity: See `similarity`.
    """

    first: int
    second: int
    lag_s: float
    similarity: float


def find_near_duplicates(
    clips: Sequence[Landmarks],
    load: Callable[[int], Samples],
    relevant: Callable[[int, int], bool],
) -> list[NearDuplicate]:
    """Find pairs of clips with the same sound.

    Clips that earlier pairs connect are not compared again: of n clips with one sound, the n - 1
    pairs that connect them are returned, those with most landmarks in common.

    Args:
        clips: Landmarks of every clip.
        load: Returns the samples of a clip, float32, 16 kHz.
        relevant: Whether a pair is of interest; others are not compared.

    Returns:
        The pairs whose similarity is at least `THRESHOLD`, most similar first.
    """
    found = find_candidates(clips)
    order = np.argsort(-found.votes, kind="stable")
    prepare = lru_cache(1024)(lambda index: _prepared(load(index)))
    root = list(range(len(clips)))
    pairs = []
    for first, second, lag in zip(
        found.first[order].tolist(),
        found.second[order].tolist(),
        found.lag[order].tolist(),
        strict=True,
    ):
        one, other = _root(root, first), _root(root, second)
        if one != other and relevant(first, second):
            score = _compare(prepare(first), prepare(second), lag // 2)
            if score >= THRESHOLD:
                root[other] = one
                pairs.append(NearDuplicate(first, second, lag / SAMPLE_RATE, round(score, 5)))
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def groups(pairs: Sequence[NearDuplicate]) -> list[list[NearDuplicate]]:
    """Group the pairs that are connected, in the order of their first pairs.

    Examples:
        >>> linked = [NearDuplicate(*ends, 0.0, 0.9) for ends in [(0, 1), (5, 6), (1, 2)]]
        >>> [[(pair.first, pair.second) for pair in group] for group in groups(linked)]
        [[(0, 1), (1, 2)], [(5, 6)]]
    """
    root = list(range(max((pair.second for pair in pairs), default=-1) + 1))
    for pair in pairs:
        root[_root(root, pair.second)] = _root(root, pair.first)
    found: dict[int, list[NearDuplicate]] = defaultdict(list)
    for pair in pairs:
        found[_root(root, pair.first)].append(pair)
    return list(found.values())


def _root(parent: list[int], index: int) -> int:
    """Return the clip that stands for all clips connected to this one."""
    while parent[index] != index:
        parent[index] = index = parent[parent[index]]
    return index


def similarity(first: Samples, second: Samples, lag: int) -> float:
    """Compute the whitened cross-correlation of two clips where they overlap, from 0 to 1.

    Both are limited to the telephone band and filtered by one linear prediction of order 12,
    which is computed from the overlap.
    Without this, tones of about the same pitch would be similar. The largest magnitude of the
    normalised cross-correlation within 32 ms of the lag counts, so the level and the polarity do
    not matter (Knapp & Carter, 1976, "The generalized correlation method for estimation of time
    delay", IEEE Trans. ASSP 24).

    Args:
        first: float32, shape (n_samples,), 16 kHz.
        second: Likewise.
        lag: Samples from the begin of the first clip to that of the second.

    Returns:
        The similarity; 0 for an overlap below 0.2 s.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> noise, other = rng.normal(size=(2, 8000)).astype(np.float32)
        >>> round(similarity(noise, 0.1 * noise[2000:], 2000), 2)
        1.0
        >>> similarity(noise, other, 0) < 0.2
        True
    """
    return _compare(_prepared(first), _prepared(second), lag // 2)


def _prepared(samples: Samples) -> NDArray[np.float64]:
    """Limit to the telephone band, at 8 kHz."""
    padding = min(200, len(samples) - 1)
    band = signal.sosfiltfilt(_BAND, samples.astype(np.float64), padlen=padding)
    half: NDArray[np.float64] = signal.resample_poly(band, 1, 2)
    return half


def _compare(first: NDArray[np.float64], second: NDArray[np.float64], lag: int) -> float:
    begin, end = max(0, lag), min(len(first), lag + len(second))
    if end - begin < _SHORTEST:
        return 0.0
    overlaps = first[begin:end], second[begin - lag : end - lag]
    whitening = _prediction_error_filter(np.concatenate([_unit(x) for x in overlaps]))
    one = signal.lfilter(whitening, 1, overlaps[0])
    around = np.pad(second, _SLACK)[begin - lag : end - lag + 2 * _SLACK]
    other = signal.lfilter(whitening, 1, around)
    product = signal.fftconvolve(other, one[::-1], "valid")
    energy = np.cumsum(np.append(0.0, other**2))
    energy = (energy[len(one) :] - energy[: -len(one)]) * np.dot(one, one)
    # Interpolated, because a lag of half a sample would cost a quarter of the similarity.
    finer = signal.resample_poly(product / np.sqrt(np.maximum(energy, 1e-20)), 4, 1)
    return min(1.0, float(np.abs(finer).max()))


def _unit(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return samples / max(float(np.sqrt(np.mean(samples**2))), 1e-9)


def _prediction_error_filter(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    count = len(samples)
    correlation = np.array([samples[: count - k] @ samples[k:] for k in range(_ORDER + 1)])
    correlation[0] = correlation[0] * 1.001 + 1e-9
    predicted = linalg.solve_toeplitz(correlation[:-1], correlation[1:])
    return np.append(1.0, -predicted)
