"""Simulated days of known truth, with errors of the classifier that were measured."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Timeline
from vocalbaby.summary import ConfusionTable, SummaryConfig
from vocalbaby.summary.errors import Row
from vocalbaby.summary.events import Events
from vocalbaby.summary.grid import Grid, binned

__all__ = ["PRIOR", "Day", "Household", "Scenario", "household", "simulate", "table_of"]

Floats = NDArray[np.float64]
PREDICTIONS = Path(__file__).with_name("predictions.csv")
#: The built-in model's `class_prior`, for which its probabilities are calibrated.
PRIOR = (0.5, 0.5, 1.0, 1.0, 3.0)
MODEL = "simulated"
_K, _JUNK = len(CLASSES), CLASSES.index("Junk")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated.

    Attributes:
        hours: Shortest and longest day.
        per_hour: Median number of segments per hour by class.
        spread: Standard deviation of the logarithm of that number between children.
        bout: Mean number of segments in a bout.
        households: Households of the table.
        missed: Mean share of missed segments, which varies between children by a beta
            distribution of the precision 20. The clips do not say how many there are.
        correlation: Intraclass correlation of the errors of a household; None for that of the
            clips.
        power: The child's probabilities are raised to this power and the label is drawn from
            them, so that its errors are not those of any child of the table.
        day_spread: Standard deviation of the logarithm of a class's rate between days of a child.
        few: Factor of all numbers of segments.
        em: Whether the method ``em`` is tried as well.
    """

    hours: tuple[float, float] = (8.0, 16.0)
    per_hour: tuple[float, ...] = (20.0, 45.0, 25.0, 5.0, 90.0)
    spread: float = 0.5
    bout: float = 6.0
    households: int = 24
    missed: float = 0.08
    correlation: float | None = None
    power: float | None = None
    day_spread: float = 0.0
    few: float = 1.0
    em: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Household:
    """One child and what is heard about it.

    Attributes:
        clips: Probabilities of clips by true class, shape (n, 5).
        weights: How often each clip is heard, which sums to 1.
        sizes: Number of clips of each class that were measured.
        missed: Share of missed segments.
    """

    clips: tuple[Floats, ...]
    weights: tuple[Floats, ...]
    sizes: tuple[int, ...]
    missed: float

    def draw(self, true: int, size: int, rng: np.random.Generator) -> Floats:
        """Draw probabilities of segments of a true class."""
        return self.clips[true][rng.choice(self.weights[true].size, size, p=self.weights[true])]


@dataclass(frozen=True, slots=True, eq=False)
class _Clips:
    """The clips of a class: probabilities, number of the group of each, correlation."""

    probabilities: Floats
    group: NDArray[np.intp]
    correlation: float


@cache
def _clips() -> tuple[_Clips, ...]:
    with PREDICTIONS.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    found = []
    for name in CLASSES:
        own = [row for row in rows if row["true"] == name]
        values = np.array([[max(float(row[k]), 0.5) for k in CLASSES] for row in own])
        values /= values.sum(axis=1, keepdims=True)
        _, group = np.unique([row["group"] for row in own], return_inverse=True)
        labels = np.eye(_K)[values.argmax(axis=1)]
        counts = np.stack([np.bincount(group, column) for column in labels.T], axis=1) * 1.0
        found.append(_Clips(values, group, Row.of(counts, counts).correlation()))
    return tuple(found)


def household(scenario: Scenario, rng: np.random.Generator) -> Household:
    """Draw a household.

    For each class it is one group of clips (for junk two), as far as so few clips show what it
    is like: weights of a Dirichlet process whose base are all clips of the class, and whose
    precision follows from the intraclass correlation, after the group's clips.
    """
    weights, sizes = [], []
    for index, clips in enumerate(_clips()):
        groups = rng.choice(clips.group.max() + 1, 2 if index == _JUNK else 1, replace=False)
        own = np.isin(clips.group, groups)
        rho = clips.correlation if scenario.correlation is None else scenario.correlation
        precision = (1 - rho) / max(rho, 1e-4)
        drawn = rng.standard_gamma(np.full(own.size, precision / own.size) + own)
        weights.append(drawn / drawn.sum())
        sizes.append(max(int(own.sum()), 3))
    missed = rng.beta(20 * scenario.missed, 20 * (1 - scenario.missed))
    return Household(
        tuple(clips.probabilities for clips in _clips()), tuple(weights), tuple(sizes), missed
    )


def table_of(homes: Sequence[Household], rng: np.random.Generator) -> ConfusionTable:
    """Count the errors of households, as one measures them."""
    rows = []
    for number, home in enumerate(homes):
        for true, size in enumerate(home.sizes):
            labels = home.draw(true, size, rng).argmax(axis=1)
            if true != _JUNK:
                labels[rng.random(labels.size) < home.missed] = _K
            for given, length in zip(labels, _durations(true, labels.size, rng), strict=True):
                name = (*CLASSES, "none")[given]
                rows.append((str(number), CLASSES[true], name, 1.0, float(length)))
    prior: dict[str, float] = dict(zip(CLASSES, PRIOR, strict=True))
    return ConfusionTable.from_rows(rows, MODEL, prior=prior)


def _durations(true: int, size: int, rng: np.random.Generator) -> Floats:
    median = (0.6, 0.6, 1.0, 0.8, 0.8)[true]
    return median * np.exp(rng.normal(0.0, 0.5, size))


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A day as the classifier gives it, and its truth.

    Attributes:
        grid: The given segments.
        expected: Numbers and seconds by class that the child has in the mean of such days,
            shape (2, 5).
        happened: Numbers and seconds of this day, shape (2, 5).
    """

    grid: Grid
    expected: Floats
    happened: Floats


def simulate(scenario: Scenario, home: Household, number: int, rng: np.random.Generator) -> Day:
    """Draw a day of a new child.

    Bouts of a class begin at random, and have a geometric number of segments, three seconds
    apart in the mean. Each segment has the probabilities of a clip of the child's household.
    """
    hours = rng.uniform(*scenario.hours)
    onsets, trues, lengths = [], [], []
    expected = np.zeros((2, _K))
    for true in range(_K):
        rate = scenario.few * scenario.per_hour[true] * np.exp(rng.normal(0.0, scenario.spread))
        spread = scenario.day_spread
        today = np.exp(rng.normal(-(spread**2) / 2, spread)) if spread else 1.0
        bouts = rng.poisson(rate * today * hours / scenario.bout)
        sizes = rng.geometric(1 / scenario.bout, bouts)
        begins = rng.uniform(0.0, hours * 3600.0, bouts)
        gaps = rng.exponential(3.0, sizes.sum()) + 1.0
        within = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(sizes) - sizes], sizes)
        # Bouts that pass the end go on at the begin, so that no segment is lost.
        onsets.append((np.repeat(begins, sizes) + within) % (hours * 3600.0))
        lengths.append(_durations(true, sizes.sum(), rng))
        trues.append(np.full(sizes.sum(), true))
        mean = (0.6, 0.6, 1.0, 0.8, 0.8)[true] * np.exp(0.125)
        expected[:, true] = rate * hours * np.array([1.0, mean])
    onset, length, classes = map(np.concatenate, (onsets, lengths, trues))
    numbers = np.bincount(classes, minlength=_K).astype(float)
    happened = np.stack([numbers, np.bincount(classes, weights=length, minlength=_K)])
    probabilities = np.empty((classes.size, _K))
    for index in range(_K):
        own = np.flatnonzero(classes == index)
        probabilities[own] = home.draw(index, own.size, rng)
    if scenario.power is not None:
        probabilities = probabilities**scenario.power
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        labels = (probabilities.cumsum(axis=1) < rng.random((classes.size, 1))).sum(axis=1)
        labels = labels.clip(0, _K - 1)
    else:
        labels = probabilities.argmax(axis=1)
    kept = (classes == _JUNK) | (rng.random(classes.size) >= home.missed)
    order = np.argsort(onset[kept], kind="stable")
    onset, length = onset[kept][order], length[kept][order]
    # Segments may overlap those of other classes, but no time of one is left out here.
    events = Events(
        onset, onset + length, labels[kept][order], onset, probabilities[kept][order], 0
    )
    day = Timeline(
        f"day{number}",
        duration_s=hours * 3600.0,
        child=Child("c1"),
        attributes={"model_version": MODEL},
    )
    return Day(binned(day, events, hours * 3600.0, SummaryConfig()), expected, happened)
