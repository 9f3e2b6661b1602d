"""Samplers that choose stretches by rule: periodic, high volubility, energy, highest gain.

They choose what ChildProject's samplers of these names choose
(https://github.com/LAAC-LSCP/ChildProject, ``ChildProject/pipelines/samplers.py``). Only the
periodic sampler with a random start has known inclusion probabilities.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.frame import Frame, without
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.units import COLUMNS
from vocalbaby.exception import ConfigError

__all__ = ["highest", "loud", "periodic_every", "periodic_from", "periodic_step"]

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]


def _by_recording(frame: Frame) -> Iterator[tuple[int, Indices]]:
    edges = np.searchsorted(frame.recording, np.arange(len(frame.recordings) + 1))
    for i in range(len(frame.recordings)):
        yield i, np.arange(edges[i], edges[i + 1])


def periodic_step(frame: Frame, n: int, options: SampleOptions) -> int:
    """Distance between two stretches of the periodic sampler, as a number of stretches.

    Raises:
        ConfigError: The period is not a multiple of the length.
    """
    if options.period_s is None:
        return max(1, -(-len(frame) // max(n, 1)))
    step = options.period_s / frame.length_s + 1
    if abs(step - round(step)) > 1e-9:
        raise ConfigError(
            f"A period of {options.period_s:g} s is no multiple of {frame.length_s:g} s.",
            hint="Use a multiple, or --start 0 for ChildProject's fixed grid.",
        )
    return round(step)


def periodic_every(frame: Frame, step: int, rng: np.random.Generator) -> Indices:
    """Draw every step-th unit of each recording, from a random one of the first ``step``.

    Each unit has the probability 1 / step.

    Args:
        frame: The population.
        step: Distance between two units that are drawn.
        rng: Source of random numbers.

    Returns:
        Ascending indices of units, int64.
    """
    starts = rng.integers(step, size=len(frame.recordings))
    rank = np.arange(len(frame)) - np.searchsorted(frame.recording, frame.recording)
    return np.flatnonzero(rank % step == starts[frame.recording])


def periodic_from(frame: Frame, options: SampleOptions) -> Frame:
    """Return the stretches of a fixed grid, as ChildProject's periodic sampler.

    Args:
        frame: The population, of which only the recordings matter.
        options: ``start_s`` and ``period_s``.

    Returns:
        A frame of these stretches, cut at the ends of recordings, without predictions.

    Raises:
        ConfigError: There is no period.
    """
    if options.period_s is None or options.start_s is None:
        raise ConfigError("A fixed start needs a period.", hint="Add --period SECONDS.")
    step = options.period_s + frame.length_s
    onsets = [np.arange(options.start_s, info.duration_s, step) for info in frame.recordings]
    ends = [
        np.minimum(begin + frame.length_s, info.duration_s)
        for begin, info in zip(onsets, frame.recordings, strict=True)
    ]
    counts = [len(begin) for begin in onsets]
    grid = replace(
        frame,
        recording=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        onset_s=np.concatenate([np.zeros(0), *onsets]),
        offset_s=np.concatenate([np.zeros(0), *ends]),
        values={name: np.zeros(sum(counts), np.float32) for name in COLUMNS},
        excluded=(),
    )
    grid.values["label"][:] = -1
    grid.values["probability"][:] = np.nan
    return without(grid, frame.excluded)


def highest(frame: Frame, values: Floats, n: int, per_recording: int | None) -> Indices:
    """Choose the units with the highest values, of each recording or of all.

    Args:
        frame: The population.
        values: A value per unit, shape (n_units,).
        n: Number of units; not used with ``per_recording``.
        per_recording: Number of units of each recording; None for the highest of all.

    Returns:
        Ascending indices of units, int64. Of equal values, the earlier unit is chosen.
    """
    if per_recording is None:
        return np.sort(np.argsort(-values, kind="stable")[:n])
    chosen = [
        units[np.argsort(-values[units], kind="stable")[:per_recording]]
        for _, units in _by_recording(frame)
    ]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *chosen]))


def loud(
    frame: Frame, energy: Floats, per_recording: int, threshold: float, rng: np.random.Generator
) -> Indices:
    """Draw units of each recording among those whose energy reaches a quantile of it.

    Args:
        frame: The population.
        energy: Mean power of each unit, shape (n_units,); NaN where it is not known.
        per_recording: Number of units of each recording, or all if there are fewer.
        threshold: The quantile, within 0 and 1.
        rng: Source of random numbers.

    Returns:
        Ascending indices of units, int64.
    """
    chosen = [np.zeros(0, np.int64)]
    for _, units in _by_recording(frame):
        known = units[np.isfinite(energy[units])]
        if len(known):
            above = known[energy[known] >= np.quantile(energy[known], threshold)]
            chosen.append(rng.choice(above, min(per_recording, len(above)), replace=False))
    return np.sort(np.concatenate(chosen))
