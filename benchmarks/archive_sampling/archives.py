"""Simulated archives whose truth is known, with predictions that have realistic errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpus.sampling.frame import Frame, build_frame
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Child, Segment, Timeline

__all__ = ["Archive", "Scenario", "simulate"]

Floats = NDArray[np.floating[Any]]
_PRIOR: Final = np.array([0.12, 0.3, 0.12, 0.04, 0.42])


@dataclass(frozen=True, slots=True)
class Scenario:
    """How an archive and the errors of the model are.

    Attributes:
        children: Number of children, each with one recording.
        hours: Length of each recording.
        rate: Mean number of vocalizations per hour.
        bout: Mean number of vocalizations of a bout.
        canonical: Canonical proportion of the typical child.
        spread: Standard deviation of the children's log odds of it.
        distance: Distance of the classes' evidence, in standard deviations.
        shift: Standard deviation of a child's shift of the evidence, which the model ignores.
        sharpness: Power that is applied to the probabilities; 1 for calibrated ones.
        missed: Share of vocalizations that are no segment.
    """

    children: int = 20
    hours: float = 10.0
    rate: float = 120.0
    bout: float = 5.0
    canonical: float = 0.25
    spread: float = 0.6
    distance: float = 2.2
    shift: float = 0.3
    sharpness: float = 1.0
    missed: float = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Archive:
    """An archive with truth.

    Attributes:
        frame: The population, with predictions.
        canonical: True number of canonical vocalizations that begin in each unit.
        speech: The same of canonical and non-canonical ones.
        accuracy: Share of segments whose class is right, by class.
    """

    frame: Frame
    canonical: Floats
    speech: Floats
    accuracy: Floats

    @property
    def proportion(self) -> float:
        """The true canonical proportion."""
        return float(self.canonical.sum() / self.speech.sum())


def simulate(scenario: Scenario, seed: int, length_s: float = 60.0) -> Archive:
    """Simulate an archive.

    Vocalizations come in bouts, hours differ, and some hours are naps. The model sees evidence
    that is normally distributed around a corner of a simplex for each class.

    Args:
        scenario: How it is.
        seed: Determines everything.
        length_s: Length of the units in seconds.
    """
    rng = np.random.default_rng(seed)
    truths: list[tuple[str, Floats, NDArray[np.int64]]] = []
    right, total = np.zeros(len(CLASSES)), np.zeros(len(CLASSES))

    def timelines() -> Iterator[Timeline]:
        for i in range(scenario.children):
            times, classes = _child(scenario, rng)
            probabilities = _predicted(scenario, classes, rng)
            seen = (classes == CLASSES.index("Junk")) | (
                rng.uniform(size=len(times)) >= scenario.missed
            )
            given = probabilities.argmax(axis=1)
            np.add.at(right, classes[seen], given[seen] == classes[seen])
            np.add.at(total, classes[seen], 1)
            name = f"day{i:03d}"
            truths.append((name, times, classes))
            segments = tuple(
                Segment(t, t + 0.8, CLASSES[k], dict(zip(CLASSES, p, strict=True)))
                for t, k, p in zip(
                    times[seen].tolist(),
                    given[seen].tolist(),
                    probabilities[seen].tolist(),
                    strict=True,
                )
            )
            yield Timeline(
                name,
                segments,
                duration_s=scenario.hours * 3600,
                child=Child(f"c{i:03d}", "simulated"),
                attributes={"model_version": "simulated"},
            )

    frame = build_frame(timelines(), length_s=length_s)
    canonical, speech = _true_counts(frame, truths)
    return Archive(frame, canonical, speech, right / np.maximum(total, 1))


def _true_counts(
    frame: Frame, truths: list[tuple[str, Floats, NDArray[np.int64]]]
) -> tuple[Floats, Floats]:
    index = {info.recording_id: i for i, info in enumerate(frame.recordings)}
    canonical, speech = np.zeros(len(frame)), np.zeros(len(frame))
    for name, times, classes in truths:
        units = np.flatnonzero(frame.recording == index[name])
        at = units[np.clip(np.searchsorted(frame.onset_s[units], times, "right") - 1, 0, None)]
        np.add.at(canonical, at, classes == 0)
        np.add.at(speech, at, classes <= 1)
    return canonical, speech


def _child(scenario: Scenario, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Times in seconds and classes of a child's vocalizations and of other sound, in order."""
    hours = int(np.ceil(scenario.hours))
    activity = rng.gamma(2.0, 0.5, hours) * (rng.uniform(size=hours) > 0.2)
    rate = scenario.rate * rng.lognormal(-0.125, 0.5)
    odds = np.log(scenario.canonical / (1 - scenario.canonical)) + scenario.spread * rng.normal()
    times, classes = [], []
    for hour in range(hours):
        for _ in range(rng.poisson(rate * activity[hour] / scenario.bout)):
            n = 1 + rng.poisson(scenario.bout - 1)
            start = 3600 * (hour + rng.uniform())
            times.append(start + np.cumsum(rng.exponential(5.0, n)))
            own = 1 / (1 + np.exp(-(odds + 0.7 * rng.normal())))
            speechlike = np.array([own, 1 - own, 0.05, 0.08, 0.0])
            crying = np.array([0.02, 0.15, 1.0, 0.0, 0.0])
            p = crying if rng.uniform() < 0.15 else speechlike
            classes.append(rng.choice(5, n, p=p / p.sum()))
    n_other = rng.poisson(100 * scenario.hours)
    times.append(rng.uniform(0, 3600 * scenario.hours, n_other))
    classes.append(np.full(n_other, CLASSES.index("Junk")))
    joined = np.minimum(np.concatenate(times), 3600 * scenario.hours - 1)
    order = np.argsort(joined, kind="stable")
    return joined[order], np.concatenate(classes)[order]


def _predicted(scenario: Scenario, classes: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Probabilities of the model, shape (n_segments, 5)."""
    corners = scenario.distance / np.sqrt(2) * np.eye(len(CLASSES))
    shift = scenario.shift * rng.normal(size=len(CLASSES))
    evidence = corners[classes] + shift + rng.normal(size=(len(classes), len(CLASSES)))
    log = evidence @ corners.T - 0.5 * (corners**2).sum(axis=1) + np.log(_PRIOR)
    log = scenario.sharpness * (log - log.max(axis=1, keepdims=True))
    p = np.exp(log)
    return np.asarray(p / p.sum(axis=1, keepdims=True))
