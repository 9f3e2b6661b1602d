"""How precise an estimate from a sample will be, before anything is annotated."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.designs import Design
from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.corpus.sampling.sizes import (
    mean_residual,
    predicted_proportion,
    residual_variance,
)

__all__ = ["Precision", "expected_precision"]

Floats = NDArray[np.floating[Any]]
_Z95: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Precision:
    """Expected half-widths of 95 % intervals of the canonical proportion.

    Attributes:
        proportion: The canonical proportion that the model predicts, which is not corrected.
        weighted: Half-width of the estimate from the sample alone.
        assisted: Half-width of the model-assisted estimate.
    """

    proportion: float
    weighted: float
    assisted: float


def expected_precision(
    frame: Frame, design: Design, *, correlation: float = 0.3, missed: float = 0.1
) -> Precision | None:
    """Half-widths that the model's probabilities predict, if they are right.

    Args:
        frame: The population.
        design: The design of a sample.
        correlation: Of the errors of two vocalizations of a stretch.
        missed: Number of vocalizations that the model misses, relative to those that it finds.

    Returns:
        The half-widths; None if the model predicts no vocalization, or a unit cannot be drawn.

    The variance of the estimate of a total is that of Hartley and Rao (1962) for systematic
    sampling in random order, with its expectation over the model (Särndal, Swensson and Wretman
    1992, section 12.2).
    """
    speech = float(frame.values["speech"].sum(dtype=np.float64))
    p = design.probabilities
    if speech <= 0 or not (p > 0).all():
        return None
    r = predicted_proportion(frame)
    mean = mean_residual(frame, r)
    counts = frame.values["speech"].astype(np.float64)
    variance = residual_variance(frame, r) * (1 + correlation * np.maximum(counts - 1, 0))
    variance += r * (1 - r) * missed * counts
    n = len(design.names)
    rest = p * (1 - p)
    base = np.bincount(design.strata, weights=rest, minlength=n)
    sums = np.bincount(design.strata, weights=(1 - p) * mean, minlength=n)
    trend = np.divide(sums, base, out=np.zeros(n), where=base > 0)[design.strata]
    inner = (1 - p) / p
    weighted = float(np.sum(inner * (variance + (mean - trend * p) ** 2)))
    assisted = float(np.sum(inner * variance))
    return Precision(r, _Z95 * math.sqrt(weighted) / speech, _Z95 * math.sqrt(assisted) / speech)
