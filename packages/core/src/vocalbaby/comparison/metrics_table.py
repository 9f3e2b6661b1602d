"""Tables of the results: metrics, classes, confusions, reliability and corpora."""

from collections.abc import Iterator, Mapping, Sequence

from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.intervals import Figure, Scores
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["class_table", "confusions", "corpus_table", "reliability_table", "results_table"]


def results_table(scores: Sequence[Scores], config: ComparisonConfig) -> pd.DataFrame:
    """Compute the metrics of all experiments with intervals: ``results.csv``.

    Args:
        scores: Scores of the experiments by split.
        config: Number of resamples, confidence and seed.

    Returns:
        One row per experiment and split.

    Examples:
        >>> len(results_table([], ComparisonConfig()))
        0
    """
    rows = []
    for each in scores:
        figures = each.figures(each.draws(config.resamples, config.seed), config.confidence)
        rows.append(
            {**_key(each), "n_clips": each.n_clips, "n_children": len(each.children)}
            | _columns(figures)
        )
    return pd.DataFrame(rows)


def class_table(scores: Sequence[Scores], config: ComparisonConfig) -> pd.DataFrame:
    """Compute precision, recall and F1 of each class with intervals: ``classes.csv``.

    Args:
        scores: Scores of the experiments by split.
        config: Number of resamples, confidence and seed.

    Returns:
        One row per experiment, split and class. Cells are empty where a figure is not defined.

    Examples:
        >>> len(class_table([], ComparisonConfig()))
        0
    """
    rows = []
    for each in scores:
        draws = each.draws(config.resamples, config.seed)
        support = each.counts.sum(axis=(0, 2))
        found = each.class_figures(draws, config.confidence)
        for name, n, figures in zip(each.classes, support, found, strict=True):
            rows.append({**_key(each), "class": name, "support": int(n)} | _columns(figures))
    return pd.DataFrame(rows)


def confusions(scores: Sequence[Scores]) -> list[dict[str, object]]:
    """Return the confusion matrices: ``confusions.json``.

    Args:
        scores: Scores of the experiments by split.

    Returns:
        For each the experiment, split, classes and counts; rows are true classes.

    Examples:
        >>> confusions([])
        []
    """
    return [
        {
            **_key(each),
            "classes": list(each.classes),
            "counts": each.counts.sum(axis=0).astype(int).tolist(),
        }
        for each in scores
    ]


def reliability_table(scores: Sequence[Scores]) -> pd.DataFrame:
    """Return confidence and accuracy by bin of the confidence: ``reliability.csv``.

    Args:
        scores: Scores of the experiments by split.

    Returns:
        One row per experiment, split and bin that has clips.

    Examples:
        >>> len(reliability_table([]))
        0
    """
    rows = [
        {**_key(each), "bin": number, "n": int(n), "confidence": confidence, "accuracy": accuracy}
        for each in scores
        for number, (n, confidence, accuracy) in enumerate(each.reliability)
        if n > 0
    ]
    columns = ["feature_set", "family", "mode", "split", "bin", "n", "confidence", "accuracy"]
    return pd.DataFrame(rows, columns=columns)


def corpus_table(scores: Sequence[Scores], config: ComparisonConfig) -> pd.DataFrame:
    """Compute the UAR on each corpus if there are several: ``corpora.csv``.

    Args:
        scores: Scores of the experiments by split.
        config: Number of resamples, confidence and seed.

    Returns:
        One row per experiment, corpus and split; none with a single corpus.

    Examples:
        >>> list(corpus_table([], ComparisonConfig()).columns)[:3]
        ['experiment', 'corpus', 'split']
    """
    columns = ["experiment", "corpus", "split", "n_clips", "n_children", "uar", "low", "high"]
    return pd.DataFrame(list(_corpora(scores, config)), columns=columns)


def _corpora(scores: Sequence[Scores], config: ComparisonConfig) -> Iterator[dict[str, object]]:
    if len({corpus for each in scores for corpus, _ in each.children}) < 2:
        return
    for each in scores:
        for corpus in sorted({corpus for corpus, _ in each.children}):
            part = each.of_corpus(corpus)
            draws = part.draws(config.resamples, config.seed)
            found = part.figures(draws, config.confidence)["uar"]
            yield {
                "experiment": each.experiment.name,
                "corpus": corpus,
                "split": each.split,
                "n_clips": part.n_clips,
                "n_children": len(part.children),
                "uar": found.value,
                "low": found.low,
                "high": found.high,
            }


def _key(scores: Scores) -> dict[str, object]:
    experiment = scores.experiment
    return {
        "feature_set": experiment.feature_set,
        "family": experiment.family,
        "mode": experiment.mode,
        "split": scores.split,
    }


def _columns(figures: Mapping[str, Figure]) -> dict[str, object]:
    return {
        f"{name}{suffix}": value
        for name, found in figures.items()
        for suffix, value in (("", found.value), ("_low", found.low), ("_high", found.high))
    }
