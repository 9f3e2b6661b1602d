"""Paired differences of experiments on the same children, with intervals and p-values."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import Experiment
from vocalbaby.comparison.intervals import Figure, Scores
from vocalbaby.components.confusions import interval, metric
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["difference", "differences_table", "holm", "mode_table", "p_value", "swaps"]

_METRICS = ("uar", "macro_f1")

#: Permutations per resample of the bootstrap: a corrected p-value needs finer steps.
_PERMUTATIONS = 10

_TABLE = ["first", "second", "split", "metric", "difference", "low", "high", "p_value"]
_MODES = ["feature_set", "family", "split", "metric", "flat", "hierarchical"]


def differences_table(
    scores: Sequence[Scores], config: ComparisonConfig, best: Experiment
) -> pd.DataFrame:
    """Compare every two experiments: ``differences.csv``.

    The interval is that of a bootstrap which draws the same children for both. The p-value is
    that of a permutation test which exchanges the two experiments child by child, all ways if
    there are few children. ``p_value_holm`` is corrected for the number of pairs with the best
    experiment on a split and metric (Holm, 1979, "A simple sequentially rejective multiple test
    procedure"): these are the questions of a comparison, and other pairs have none. Devel has
    chosen the best, so its p-values are too small even so; those of test are not.

    Args:
        scores: Scores of the experiments by split.
        config: Number of resamples, confidence and seed.
        best: The chosen experiment.

    Returns:
        One row per pair, split and metric; ``difference`` is the first's metric minus the
        second's, and ``p_value_holm`` is NaN for pairs without the best experiment.

    Examples:
        >>> best = Experiment("mfcc", "svm", "flat")
        >>> list(differences_table([], ComparisonConfig(), best).columns)[-2:]
        ['p_value', 'p_value_holm']
    """
    rows: list[dict[str, object]] = []
    for split in dict.fromkeys(each.split for each in scores):
        part = [each for each in scores if each.split == split]
        for name in _METRICS:
            rows += _of_split(part, name, config, best.name)
    return pd.DataFrame(rows, columns=[*_TABLE, "p_value_holm"])


def mode_table(scores: Sequence[Scores], config: ComparisonConfig) -> pd.DataFrame:
    """Compare the modes of each feature set and family: ``flat_vs_hierarchical.csv``.

    Args:
        scores: Scores of the experiments by split.
        config: Number of resamples, confidence and seed.

    Returns:
        One row per feature set, family, split and metric; ``difference`` is the metric of the
        hierarchical model minus that of the flat one.

    Examples:
        >>> len(mode_table([], ComparisonConfig()))
        0
    """
    found = {
        (s.experiment.feature_set, s.experiment.family, s.split, s.experiment.mode): s
        for s in scores
    }
    rows: list[dict[str, object]] = []
    for (feature_set, family, split, mode), flat in found.items():
        other = found.get((feature_set, family, split, "hierarchical"))
        if mode != "flat" or other is None:
            continue
        for name in _METRICS:
            each = difference(other, flat, name, config)
            rows.append(
                {
                    **dict(zip(_MODES, (feature_set, family, split, name), strict=False)),
                    "flat": float(metric(name, flat.counts.sum(axis=0))),
                    "hierarchical": float(metric(name, other.counts.sum(axis=0))),
                    "difference": each.value,
                    "low": each.low,
                    "high": each.high,
                    "p_value": p_value(other, flat, name, config),
                }
            )
    return pd.DataFrame(rows, columns=[*_MODES, "difference", "low", "high", "p_value"])


def difference(first: Scores, second: Scores, name: str, config: ComparisonConfig) -> Figure:
    """Compute the difference of a metric with its interval.

    Args:
        first: Scores of an experiment.
        second: Scores of another one for the same clips.
        name: Name of the metric.
        config: Number of resamples, confidence and seed.

    Examples:
        >>> from vocalbaby.comparison.intervals import Experiment, score
        >>> table = pd.DataFrame({"corpus": "A", "child_ID": ["1", "2"], "Answer": "Junk",
        ...                       "p_Junk": [0.9, 0.2], "p_Crying": [0.1, 0.8]})
        >>> scores = score(Experiment("mfcc", "svm", "flat"), "test", table, 10)
        >>> difference(scores, scores, "uar", ComparisonConfig()).high
        0.0
    """
    draws = first.draws(config.resamples, config.seed)
    return _difference(
        first, second, _resampled(first, draws, name), _resampled(second, draws, name), name, config
    )


def p_value(first: Scores, second: Scores, name: str, config: ComparisonConfig) -> float:
    """Compute the two-sided p-value of the permutation test of two experiments.

    Args:
        first: Scores of an experiment.
        second: Scores of another one for the same clips.
        name: Name of the metric.
        config: Number of resamples and seed.

    Returns:
        Share of the exchanges whose difference is at least as large as the one found.

    Examples:
        >>> from vocalbaby.comparison.intervals import Experiment, score
        >>> table = pd.DataFrame({"corpus": "A", "child_ID": ["1", "2"], "Answer": "Junk",
        ...                       "p_Junk": [0.9, 0.2], "p_Crying": [0.1, 0.8]})
        >>> scores = score(Experiment("mfcc", "svm", "flat"), "test", table, 10)
        >>> p_value(scores, scores, "uar", ComparisonConfig())
        1.0
    """
    exchanged = swaps(len(first.children), config.resamples * _PERMUTATIONS, config.seed)
    return _p_value(first, second, name, exchanged)


def swaps(n_children: int, permutations: int, seed: int) -> NDArray[np.float64]:
    """List the ways to exchange two experiments child by child.

    The experiments are equally likely in either order, so half of the ways suffice: the first
    child stays. The way that exchanges nothing comes first.

    Args:
        n_children: Number of children.
        permutations: Largest number of ways; all are listed if there are no more, else random
            ones.
        seed: Seed of the random generator.

    Returns:
        1 for the children whose results are exchanged, float64, shape (n_ways, n_children).

    Examples:
        >>> swaps(3, 100, seed=0).astype(int).tolist()
        [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]
        >>> swaps(30, 100, seed=0).shape
        (100, 30)
    """
    if n_children - 1 < np.log2(permutations):
        ways = list(product((0.0, 1.0), repeat=n_children - 1))
        return np.insert(np.array(ways).reshape(len(ways), n_children - 1), 0, 0.0, axis=1)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 2, (permutations, n_children)).astype(np.float64)
    drawn[0] = 0.0
    return drawn


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct p-values for their number.

    Args:
        p_values: p-values, float64, shape (n,).

    Returns:
        Corrected p-values, float64, shape (n,).

    Examples:
        >>> holm(np.array([0.04, 0.01, 0.03])).round(3).tolist()
        [0.06, 0.03, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    result = np.empty(len(p_values))
    result[order] = corrected
    return result


def _of_split(
    scores: Sequence[Scores], name: str, config: ComparisonConfig, best: str
) -> Iterator[dict[str, object]]:
    if len(scores) < 2:
        return
    draws = scores[0].draws(config.resamples, config.seed)
    exchanged = swaps(len(scores[0].children), config.resamples * _PERMUTATIONS, config.seed)
    resampled = [_resampled(each, draws, name) for each in scores]
    rows: list[dict[str, object]] = []
    for i, j in combinations(range(len(scores)), 2):
        found = _difference(scores[i], scores[j], resampled[i], resampled[j], name, config)
        pair = scores[i].experiment.name, scores[j].experiment.name
        cells = *pair, scores[i].split, name, found.value, found.low, found.high
        p = _p_value(scores[i], scores[j], name, exchanged)
        rows.append(dict(zip(_TABLE, (*cells, p), strict=True)))
    p_values = np.array([row["p_value"] for row in rows], np.float64)
    with_best = np.array([best in (row["first"], row["second"]) for row in rows])
    corrected = np.full(len(rows), np.nan)
    corrected[with_best] = holm(p_values[with_best])
    for row, value in zip(rows, corrected.tolist(), strict=True):
        yield {**row, "p_value_holm": value}


def _resampled(scores: Scores, draws: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    return metric(name, scores.drawn(draws))


def _difference(
    first: Scores,
    second: Scores,
    of_first: NDArray[np.float64],
    of_second: NDArray[np.float64],
    name: str,
    config: ComparisonConfig,
) -> Figure:
    value = metric(name, first.counts.sum(axis=0)) - metric(name, second.counts.sum(axis=0))
    low, high = interval(of_first - of_second, config.confidence)
    return Figure(float(value), float(low), float(high))


def _p_value(first: Scores, second: Scores, name: str, exchanged: NDArray[np.float64]) -> float:
    n = len(first.classes)
    moved = (exchanged @ (second.counts - first.counts).reshape(len(first.counts), -1)).reshape(
        -1, n, n
    )
    ones, others = first.counts.sum(axis=0) + moved, second.counts.sum(axis=0) - moved
    found = np.abs(metric(name, ones) - metric(name, others))
    return float((found >= found[0] - 1e-12).mean())
