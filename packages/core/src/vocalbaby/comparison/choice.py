"""Choice of the best experiment, by devel alone."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.differences import difference
from vocalbaby.comparison.experiments import Experiment
from vocalbaby.comparison.intervals import Scores
from vocalbaby.comparison.report.wording import complexity
from vocalbaby.components.confusions import metric

__all__ = ["Choice", "choose", "copy_bundle", "ranked"]

#: Decimals of the tables, by which the report ranks too.
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen experiment and those that could take its place.

    Attributes:
        best: The experiment with the highest objective on devel.
        runner_up: The second one; None if there is only one experiment.
        indistinguishable: Experiments whose objective on devel may equal that of the best, as
            the interval of the paired difference says.
        simplest: The simplest of these and the best.

    Examples:
        >>> only = Experiment("mfcc", "svm", "flat")
        >>> Choice(only, None, (), only).simplest.name
        'mfcc/svm/flat'
    """

    best: Experiment
    runner_up: Experiment | None
    indistinguishable: tuple[Experiment, ...]
    simplest: Experiment


def choose(scores: Sequence[Scores], config: ComparisonConfig) -> Choice:
    """Choose the experiment with the highest objective on devel.

    Of equal ones, the simplest is chosen; see `vocalbaby.comparison.report.wording.complexity`.
    Scores of other splits are not read.

    Args:
        scores: Scores of the experiments by split.
        config: Objective, number of resamples, confidence and seed.

    Raises:
        ValueError: There is no experiment.

    Examples:
        >>> choose([], ComparisonConfig())
        Traceback (most recent call last):
        ValueError: there is no experiment
    """
    devel = ranked(scores, config)
    if not devel:
        raise ValueError("there is no experiment")
    best, *others = devel
    equal = tuple(
        each.experiment
        for each in others
        if difference(best, each, config.objective, config).low <= 0
    )
    return Choice(
        best.experiment,
        others[0].experiment if others else None,
        equal,
        min((best.experiment, *equal), key=lambda each: complexity(each.name)),
    )


def ranked(scores: Sequence[Scores], config: ComparisonConfig) -> list[Scores]:
    """Order the experiments by their objective on devel.

    Args:
        scores: Scores of the experiments by split.
        config: The objective.

    Returns:
        Scores on devel, the best one first, and the simplest one first of equal ones.

    Examples:
        >>> ranked([], ComparisonConfig())
        []
    """

    def rank(each: Scores) -> tuple[object, ...]:
        value = float(metric(config.objective, each.counts.sum(axis=0)))
        return -round(value, _DECIMALS), complexity(each.experiment.name)

    return sorted((each for each in scores if each.split == "devel"), key=rank)


def copy_bundle(source: Path, target: Path) -> None:
    """Copy a bundle; a reader of the target never sees half of it.

    Args:
        source: Folder of the bundle.
        target: Folder of the copy; an older one is replaced.

    Raises:
        OSError: A file cannot be read or written.

    Examples:
        >>> Path("model").mkdir()
        >>> _ = Path("model", "card.md").write_text("A model")
        >>> copy_bundle(Path("model"), Path("results", "bundle"))
        >>> Path("results", "bundle", "card.md").read_text()
        'A model'
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as temporary:
        new = Path(temporary) / target.name
        shutil.copytree(source, new)
        shutil.rmtree(target, ignore_errors=True)
        new.replace(target)
