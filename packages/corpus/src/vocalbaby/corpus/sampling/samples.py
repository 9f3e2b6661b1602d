"""A sample, with its design."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.designs import Design
from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.entity.labels import CLASSES

__all__ = ["Sample", "make_sample"]

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A sample, and the design that it was drawn with.

    Attributes:
        stretches: The sample, in the order of recordings and time.
        frame: The population; for ``periodic`` with a fixed start, the stretches themselves.
        chosen: Indices of the drawn units in the frame, int64, shape (n_sample,).
        design: Probabilities of all units; None if it is not a probability sample.
        notes: What differs from what was requested.

    Examples:
        >>> from vocalbaby.corpus.sampling import build_frame, draw
        >>> from vocalbaby.entity.timeline import Timeline
        >>> frame = build_frame([Timeline("day1", duration_s=600.0)])
        >>> sample = draw(frame, "random", n=2, seed=1)
        >>> len(sample.chosen), sample.stretches[0].inclusion_probability
        (2, 0.2)
    """

    stretches: tuple[SampledStretch, ...]
    frame: Frame
    chosen: Indices
    design: Design | None
    notes: tuple[str, ...] = ()


def make_sample(  # noqa: PLR0913 - of a sample
    frame: Frame,
    chosen: Indices,
    design: Design | None,
    notes: tuple[str, ...],
    *,
    sampler: str,
    seed: int,
    round_: int,
    gain: Floats | None = None,
) -> Sample:
    """Make the rows of a sample.

    Args:
        frame: The population.
        chosen: Indices of the drawn units.
        design: Probabilities; None if it is not a probability sample.
        notes: What differs from what was requested.
        sampler: Name of the sampler.
        seed: Seed of the draw.
        round_: Number of the round, in the names of the stretches.
        gain: Expected gain of each unit; None for that of the design.

    Returns:
        The sample.
    """
    strata = np.zeros(len(frame), np.int64) if design is None else design.strata
    names = ("",) if design is None else design.names
    gain = gain if design is None else design.gain
    populations = np.bincount(strata, minlength=len(names))
    counts = np.bincount(strata[chosen], minlength=len(names))
    width = max(len(str(len(chosen))), 4)
    rows = []
    for number, at in enumerate(chosen.tolist(), 1):
        info = frame.recordings[frame.recording[at]]
        label = int(frame.values["label"][at])
        own = float(frame.values["probability"][at])
        rows.append(
            SampledStretch(
                sample_id=f"r{round_}-{number:0{width}d}",
                recording_id=info.recording_id,
                onset_s=round(float(frame.onset_s[at]), 6),
                offset_s=round(float(frame.offset_s[at]), 6),
                child_id=info.child_id,
                corpus=info.corpus,
                stratum=names[strata[at]],
                inclusion_probability=(
                    None if design is None else min(float(design.probabilities[at]), 1.0)
                ),
                sampler=sampler,
                seed=seed,
                n_population=int(populations[strata[at]]),
                n_sample=int(counts[strata[at]]),
                label=CLASSES[label] if label >= 0 else "",
                probability=round(own, 6) if np.isfinite(own) else None,
                expected_gain=None if gain is None else round(float(gain[at]), 6),
                model_version=info.model_version,
            )
        )
    return Sample(tuple(rows), frame, chosen, design, (*frame.notes, *notes))
