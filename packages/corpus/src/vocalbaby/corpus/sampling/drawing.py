"""Draws of samples: by name of the sampler, for a number of units or of minutes."""

import zlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.designs import DESIGNS, Design
from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.corpus.sampling.picks import (
    highest,
    loud,
    periodic_every,
    periodic_from,
    periodic_step,
)
from vocalbaby.corpus.sampling.rounds import split
from vocalbaby.corpus.sampling.sample_size import requested_size, size_for_minutes
from vocalbaby.corpus.sampling.samples import Sample, make_sample
from vocalbaby.corpus.sampling.selection import groups, systematic
from vocalbaby.corpus.sampling.sizes import expected_gain
from vocalbaby.exception import ConfigError, DataError

__all__ = ["SAMPLERS", "Sample", "draw"]

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]

#: Names of the samplers, and what each draws.
SAMPLERS: Final[dict[str, str]] = {
    "random": "all with the same probability",
    "stratified": "more from strata whose predicted variance is larger",
    "pps": "with a probability proportional to a size, such as the predicted variance",
    "expected-gain": "with a probability proportional to uncertainty x representativeness / cost",
    "periodic": "at regular intervals, from a random start",
    "high-volubility": "those with most vocalizations; not a probability sample",
    "energy": "of the loudest; not a probability sample",
}


def draw(  # noqa: PLR0913 - of a sample
    frame: Frame,
    sampler: str = "pps",
    *,
    n: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    options: SampleOptions | None = None,
    round_: int = 1,
    rounds: int = 1,
    energy: Floats | None = None,
) -> Sample:
    """Draw a sample.

    Args:
        frame: The population.
        sampler: One of `SAMPLERS`.
        n: Number of units.
        minutes: Length of the sample instead; the expected length does not exceed it.
        seed: Determines the draw, together with the population and the settings.
        options: Settings of the samplers.
        round_: Which of the rounds, from 1.
        rounds: Number of samples of this size that are drawn at once, without repetition; each is
            a probability sample.
        energy: Mean power of each unit, float64, shape (n_units,), for the sampler ``energy``.

    Returns:
        The sample, with at most as many units as the population has.

    Raises:
        ConfigError: There is no such sampler, or settings exclude each other.
        DataError: The population is empty, or too small.

    Examples:
        >>> from vocalbaby.corpus.sampling.frame import build_frame
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> babble = [Segment(60.0 * i, 60.0 * i + 1, "Canonical") for i in range(9)]
        >>> frame = build_frame([Timeline("day1", tuple(babble), duration_s=3600.0)])
        >>> sample = draw(frame, "pps", minutes=10, seed=1)
        >>> len(sample.stretches), round(sample.design.probabilities.sum())
        (10, 10)
    """
    options = options or SampleOptions()
    if sampler not in SAMPLERS:
        raise ConfigError(
            f"There is no sampler {sampler!r}.", hint=f"Use one of {', '.join(SAMPLERS)}."
        )
    if not 1 <= round_ <= rounds:
        raise ConfigError(f"There is no round {round_} of {rounds}.")
    if not len(frame):
        raise DataError(
            "There is nothing to draw from.",
            hint="Name annotations of recordings, or exclude less.",
        )
    requested = requested_size(frame, sampler, n, minutes, options)
    rng = np.random.default_rng([seed, zlib.crc32(sampler.encode())])
    if sampler in DESIGNS and not (sampler == "expected-gain" and options.top):
        design, notes = _design(frame, sampler, requested * rounds, minutes, options, rounds)
        chosen, of_round = _draw_round(design, rng, round_, rounds)
        notes = (*notes, *design.notes)
        return make_sample(
            frame, chosen, of_round, notes, sampler=sampler, seed=seed, round_=round_
        )
    if rounds > 1:
        raise ConfigError(
            "Only samples with strata or probabilities are drawn in several rounds.",
            hint="Exclude what was annotated with --exclude.",
        )
    drawn_from, chosen, none_or_design, gain = _pick(
        frame, sampler, requested, options, rng, energy
    )
    notes = () if none_or_design else ("This is not a probability sample: it biases estimates.",)
    return make_sample(
        drawn_from,
        chosen,
        none_or_design,
        notes,
        sampler=sampler,
        seed=seed,
        round_=round_,
        gain=gain,
    )


def _design(
    frame: Frame,
    sampler: str,
    n: int,
    minutes: float | None,
    options: SampleOptions,
    rounds: int,
) -> tuple[Design, tuple[str, ...]]:
    """Make the design of all rounds together."""

    def design_of(size: int) -> Design:
        return DESIGNS[sampler](frame, size, options)

    if minutes is not None and np.ptp(frame.durations_s) > 0:
        n = size_for_minutes(minutes * rounds, n, design_of, frame.durations_s)
    notes: tuple[str, ...] = ()
    if n > len(frame):
        notes = (f"The population has {len(frame)} units, and {n} were requested.",)
    return design_of(n), notes


def _draw_round(
    design: Design, rng: np.random.Generator, round_: int, rounds: int
) -> tuple[Indices, Design]:
    """Draw all rounds, and return the units and the design of one."""
    share = np.ones(len(design.names))
    chosen = [np.zeros(0, np.int64)]
    first = 0
    for i, units in groups(design.strata, len(design.names)):
        drawn = units[systematic(design.probabilities[units], rng)]
        own = split(drawn, rounds, rng, first)[round_ - 1]
        first = (first + len(drawn)) % rounds
        if len(drawn) and not len(own):
            raise DataError(
                f"The stratum {design.names[i]!r} has {len(drawn)} units for {rounds} rounds.",
                hint="Allow more minutes, fewer rounds or fewer strata.",
            )
        share[i] = len(own) / len(drawn) if len(drawn) else 1.0
        chosen.append(own)
    probabilities = design.probabilities * share[design.strata]
    return np.sort(np.concatenate(chosen)), replace(design, probabilities=probabilities)


def _pick(
    frame: Frame,
    sampler: str,
    n: int,
    options: SampleOptions,
    rng: np.random.Generator,
    energy: Floats | None,
) -> tuple[Frame, Indices, Design | None, Floats | None]:
    """Choose by rule: the frame of what is chosen, indices, design and gain."""
    if sampler == "periodic" and options.start_s is not None:
        grid = periodic_from(frame, options)
        return grid, np.arange(len(grid)), None, None
    if sampler == "periodic":
        step = periodic_step(frame, n, options)
        design = Design(np.full(len(frame), 1.0 / step), np.zeros(len(frame), np.int64))
        return frame, periodic_every(frame, step, rng), design, None
    if sampler == "energy":
        return frame, _loud(frame, energy, n, options, rng), None, None
    if sampler == "expected-gain":
        gain = expected_gain(frame, options.floor, options.overhead_s)
        return frame, highest(frame, gain, n, options.per_recording), None, gain
    return frame, highest(frame, frame.values["segments"], n, options.per_recording), None, None


def _loud(
    frame: Frame, energy: Floats | None, n: int, options: SampleOptions, rng: np.random.Generator
) -> Indices:
    if energy is None:
        raise ConfigError(
            "The sampler energy needs the recordings.", hint="Add --recordings FOLDER."
        )
    per_recording = options.per_recording or max(1, n // max(len(frame.recordings), 1))
    return loud(frame, energy, per_recording, options.threshold, rng)
