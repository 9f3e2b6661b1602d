"""Coverage of label sets: how often they have the true label, by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.feature_table import children
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["ALL", "Coverage", "describe_coverage", "measure_coverage"]

#: Name of the row of all clips.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of the label sets of a class.

    Attributes:
        clips: Number of clips.
        coverage: Share of the clips whose set has the true label.
        low: Lower end of its bootstrap interval over children; None without resamples.
        high: Upper end of it.
        size: Mean number of labels of a set.

    Examples:
        >>> Coverage(clips=10, coverage=0.9, low=None, high=None, size=1.2).size
        1.2
    """

    clips: int
    coverage: float
    low: float | None
    high: float | None
    size: float


def measure_coverage(
    answers: pd.DataFrame,
    classes: Sequence[str],
    *,
    resamples: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, Coverage]:
    """Measure the coverage of each class that occurs, and of all clips.

    Args:
        answers: Labelled clips with the columns ``Answer``, ``child_ID``, ``corpus`` and
            ``label_set`` (labels joined with ``;``), as `vocalbaby.components.metrics.tabulate`
            returns them.
        classes: Names of the classes.
        resamples: Number of bootstrap resamples of children; 0 for no intervals.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.

    Returns:
        Figures by class, then those of all clips as ``all``; empty if the model has no label sets.

    Examples:
        >>> answers = pd.DataFrame({
        ...     "Answer": ["Crying", "Crying", "Junk"], "child_ID": ["1", "2", "3"],
        ...     "label_set": ["Crying;Junk", "Junk", "Junk"], "corpus": "A",
        ... })
        >>> found = measure_coverage(answers, ("Crying", "Junk"))
        >>> found["Crying"].coverage, found["Crying"].size, round(found["all"].coverage, 3)
        (0.5, 1.5, 0.667)
    """
    if "label_set" not in answers.columns:
        return {}
    sets = [set(text.split(";")) - {""} for text in answers.label_set]
    sizes = np.array([len(each) for each in sets], np.float64)
    covered = np.array(
        [label in each for label, each in zip(answers.Answer, sets, strict=True)], np.float64
    )
    child, _ = pd.factorize(children(answers))
    rng = np.random.default_rng(seed)
    n = int(child.max()) + 1
    times = rng.multinomial(n, np.full(n, 1 / n), resamples).astype(np.float64)
    result = {}
    for name in (*classes, ALL):
        own = (
            np.ones(len(answers), np.bool_) if name == ALL else (answers.Answer == name).to_numpy()
        )
        if own.any():
            low, high = _interval(times, child[own], covered[own], confidence)
            figures = float(covered[own].mean()), low, high, float(sizes[own].mean())
            result[name] = Coverage(int(own.sum()), *figures)
    return result


def describe_coverage(coverage: Mapping[str, Coverage]) -> str:
    """Write the figures as a sentence, or nothing without label sets.

    Args:
        coverage: Result of `measure_coverage`.

    Examples:
        >>> describe_coverage({"Junk": Coverage(10, 0.9, 0.8, 1.0, 1.25)})
        ' Label sets have the true label for: Junk 0.900 (0.800 to 1.000), 1.25 labels.'
    """
    if not coverage:
        return ""
    parts = [
        f"{name} {each.coverage:.3f}"
        + ("" if each.low is None else f" ({each.low:.3f} to {each.high:.3f})")
        + f", {each.size:.2f} labels"
        for name, each in coverage.items()
    ]
    return f" Label sets have the true label for: {'; '.join(parts)}."


def _interval(
    times: NDArray[np.float64],
    child: NDArray[np.intp],
    covered: NDArray[np.float64],
    confidence: float,
) -> tuple[float | None, float | None]:
    if not len(times):
        return None, None
    counts = np.bincount(child, minlength=times.shape[1])
    hits = np.bincount(child, covered, minlength=times.shape[1])
    drawn = times @ counts
    shares = (times @ hits)[drawn > 0] / drawn[drawn > 0]
    tail = (1 - confidence) / 2
    low, high = np.quantile(shares, [tail, 1 - tail])
    return float(low), float(high)
