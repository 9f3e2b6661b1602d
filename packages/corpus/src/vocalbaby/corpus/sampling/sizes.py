"""How much each unit contributes to the error of an estimate: the sizes of designs.

The canonical proportion of a population is R = C / (C + N), with the numbers C of canonical and N
of non-canonical vocalizations. The error of its estimate is, to the first order, that of the sum
of z = c - R m over the units, with a unit's number c of canonical ones and m of both (Särndal,
Swensson and Wretman 1992, section 5.5). The best inclusion probabilities are proportional to the
root of what the model expects of z squared (section 12.2).
"""

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.exception import ConfigError

__all__ = [
    "FLOOR",
    "SIZES",
    "SizeName",
    "expected_gain",
    "levels",
    "mean_residual",
    "predicted_proportion",
    "residual_variance",
    "size_of",
]

Floats = NDArray[np.floating[Any]]
#: Name of a size measure.
SizeName = Literal["speech", "variance", "seconds", "segments", "duration"]
#: Names of the size measures.
SIZES: Final = ("speech", "variance", "seconds", "segments", "duration")
#: Share of a sample that is drawn with equal probabilities, so that no unit is out of reach.
FLOOR: Final = 0.1
# Vocalizations per hour that a model misses in silence.
_MISSED_PER_H: Final = 1.0
# Correlation of the classes of two vocalizations of a stretch, since bouts are alike.
_WITHIN: Final = 0.3
# Seconds that an annotator needs for a stretch besides the time to listen.
_OVERHEAD_S: Final = 10.0


def predicted_proportion(frame: Frame) -> float:
    """Canonical proportion that the probabilities predict; 0.5 without any vocalization."""
    speech = float(frame.values["speech"].sum(dtype=np.float64))
    return float(frame.values["canonical"].sum(dtype=np.float64)) / speech if speech > 0 else 0.5


def mean_residual(frame: Frame, proportion: float) -> Floats:
    """Expectation of z = c - R m of each unit, float64, shape (n_units,).

    Args:
        frame: The population.
        proportion: The canonical proportion R.
    """
    values = frame.values
    residual: Floats = values["canonical"].astype(np.float64) - proportion * values["speech"]
    return residual


def residual_variance(frame: Frame, proportion: float) -> Floats:
    """Variance of z = c - R m of each unit, if the probabilities are right.

    The variance of a segment is p_C (1 - R)^2 + p_N R^2 less the square of its expectation, and
    the segments of a unit are independent. One vocalization per hour is added, for those that
    the model misses in silence.

    Args:
        frame: The population.
        proportion: The canonical proportion R.

    Returns:
        Variances, float64, shape (n_units,).
    """
    r = proportion
    v = {name: frame.values[name].astype(np.float64) for name in ("canonical", "speech")}
    second = v["canonical"] * (1 - r) ** 2 + (v["speech"] - v["canonical"]) * r**2
    squares = frame.values["cc"] - 2 * r * frame.values["cm"] + r**2 * frame.values["mm"]
    missed = _MISSED_PER_H / 3600 * max(r * (1 - r), 0.01)
    variance: Floats = np.maximum(second - squares, 0.0)
    if frame.unit == "stretches":
        variance += missed * frame.durations_s
    return variance


def size_of(frame: Frame, name: str = "speech", floor: float = FLOOR) -> Floats:
    """Size of each unit, with a mean of 1.

    Args:
        frame: The population.
        name: ``speech``, the root of s + 0.3 s^2 with the expected number s of canonical and
            non-canonical vocalizations, to which the standard deviation of z = c - R m is
            proportional if the classes within a stretch have the correlation 0.3; ``variance``,
            the root of the expected square of z by the probabilities of the classes; ``seconds``
            or ``segments`` of predicted vocalizations; or ``duration``.
        floor: Share of the sum that is divided equally, within 0 and 1, so that units for which
            nothing is predicted can be drawn too.

    Returns:
        Sizes, float64, shape (n_units,).

    Raises:
        ConfigError: There is no such size, or the floor is not within 0 and 1.
    """
    if not 0 <= floor <= 1:
        raise ConfigError(f"The floor {floor} is not within 0 and 1.")
    if name == "speech":
        speech = frame.values["speech"].astype(np.float64)
        raw = np.sqrt(speech + (_WITHIN * speech**2 if frame.unit == "stretches" else 0.0))
    elif name == "variance":
        r = predicted_proportion(frame)
        raw = np.sqrt(residual_variance(frame, r) + mean_residual(frame, r) ** 2)
    elif name == "duration":
        raw = frame.durations_s
    elif name in SIZES:
        raw = frame.values[name].astype(np.float64)
    else:
        raise ConfigError(f"There is no size {name!r}.", hint=f"Use {', '.join(SIZES)}.")
    return _mixed(raw, floor)


def expected_gain(frame: Frame, floor: float = FLOOR, overhead_s: float = _OVERHEAD_S) -> Floats:
    """Gain that is expected of annotating each unit, for a model that learns of it.

    It is uncertainty x representativeness / cost: the entropy of the probabilities, summed over
    the segments of the unit; the fourth root of the number of units with similar predictions; and
    the seconds to listen, with an overhead.

    Args:
        frame: The population.
        floor: Share of the sum that is divided equally, within 0 and 1.
        overhead_s: Seconds that a unit takes an annotator besides its length.

    Returns:
        Gains with a mean of 1, float64, shape (n_units,).
    """
    if not len(frame):
        return np.zeros(0)
    _, cell, counts = np.unique(frame.cells(), return_inverse=True, return_counts=True)
    representative = counts[cell] ** 0.25
    cost = frame.durations_s + overhead_s
    return _mixed(frame.values["entropy"] * representative / cost, floor)


def _mixed(raw: Floats, floor: float) -> Floats:
    mean = raw.mean() if len(raw) else 0.0
    return (1 - floor) * raw / mean + floor if mean > 0 else np.ones(len(raw))


def levels(sizes: Floats, n_levels: int) -> NDArray[np.int64]:
    """Divide units into levels whose sums of sizes are equal.

    Samples of equal size from such levels are nearly as precise as draws with probabilities
    proportional to size (Wright 1983, *Finite population sampling with multivariate auxiliary
    information*; Särndal, Swensson and Wretman 1992, section 12.4).

    Args:
        sizes: Sizes, shape (n_units,).
        n_levels: Number of levels.

    Returns:
        Level of each unit from 0, which has the smallest sizes. Units of the same size have the
        same level, so that there may be fewer levels.

    Examples:
        >>> import numpy as np
        >>> levels(np.array([1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 4.0]), 3).tolist()
        [0, 0, 0, 0, 1, 1, 2]
    """
    values, inverse, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    sums = np.cumsum(values * counts)
    if not len(sums) or sums[-1] <= 0:
        return np.zeros(len(sizes), np.int64)
    middle = sums - values * counts / 2
    level = np.minimum((middle / sums[-1] * n_levels).astype(np.int64), n_levels - 1)
    _, dense = np.unique(level, return_inverse=True)
    return dense[inverse].astype(np.int64)
