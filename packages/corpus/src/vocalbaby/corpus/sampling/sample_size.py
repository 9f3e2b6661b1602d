"""How many units a sample has."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.designs import Design
from vocalbaby.corpus.sampling.frame import Frame
from vocalbaby.corpus.sampling.options import SampleOptions
from vocalbaby.exception import ConfigError, DataError

__all__ = ["requested_size", "size_for_minutes"]

Floats = NDArray[np.floating[Any]]
_TRIES: Final = 20


def requested_size(
    frame: Frame, sampler: str, n: int | None, minutes: float | None, options: SampleOptions
) -> int:
    """Find the number of units of a sample, of a number of units or minutes.

    Args:
        frame: The population.
        sampler: Name of the sampler.
        n: Number of units; None if minutes are given.
        minutes: Length of the sample; None if the number is given.
        options: Settings; some samplers need neither number.

    Returns:
        The number, for units of mean length.

    Raises:
        ConfigError: Both or neither are given, or the number is impossible.
        DataError: The minutes are shorter than a unit.
    """
    per_recording = options.per_recording is not None and sampler in {"high-volubility", "energy"}
    by_rule = per_recording or (sampler == "periodic" and options.period_s is not None)
    if by_rule and n is None and minutes is None:
        return len(frame)
    if (n is None) == (minutes is None):
        raise ConfigError("A sample has a number of units or of minutes.", hint="Give one of both.")
    if n is None:
        if not (minutes or 0) > 0:
            raise ConfigError(f"{minutes} minutes are no length of a sample.")
        n = int(60 * (minutes or 0) / float(frame.durations_s.mean()) + 1e-9)
        if n < 1:
            raise DataError(
                f"{minutes:g} minutes are shorter than a unit "
                f"({float(frame.durations_s.mean()):.1f} s on average).",
                hint="Allow more minutes, or use shorter stretches: --length SECONDS.",
            )
    if n < 1:
        raise ConfigError(f"A sample of {n} is impossible.")
    return n


def size_for_minutes(
    minutes: float, n: int, design_of: Callable[[int], Design], durations_s: Floats
) -> int:
    """Find the largest sample whose expected length does not exceed a number of minutes.

    Args:
        minutes: The number.
        n: First guess, at least 1.
        design_of: Makes the design of a size.
        durations_s: Lengths of the units in seconds, shape (n_units,).

    Returns:
        The size, at least 1.
    """

    def expected(size: int) -> float:
        return float(design_of(size).probabilities @ durations_s) / 60

    best, tried = 0, set[int]()
    for _ in range(_TRIES):
        if n in tried:
            break
        tried.add(n)
        length = expected(n)
        if length <= minutes * (1 + 1e-9):
            best = max(best, n)
        guess = int(n * minutes / length) if length > 0 else n
        n = min(max(guess, 1), len(durations_s))
    while best == 0 and n > 1:
        n -= max(1, n // 20)
        best = n if expected(n) <= minutes else 0
    return max(best, 1)
