"""The search for the best settings of a family on a feature set."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from vocalbaby.components.feature_table import checksum
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.tuning.best import Best
from vocalbaby.tuning.config import TuningConfig
from vocalbaby.tuning.evaluation import Problem, report_split
from vocalbaby.tuning.families import family_settings
from vocalbaby.tuning.generation import Generations
from vocalbaby.tuning.overrides import setting
from vocalbaby.tuning.proposals import GENERATION, distributions, importances
from vocalbaby.tuning.results import write_results
from vocalbaby.tuning.study_file import ERROR, SETTINGS, StudyFile, open_study
from vocalbaby.tuning.workers import evaluator
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.version import VERSION

with needs_extra("tune"):
    import optuna
    from optuna.trial import FrozenTrial, TrialState

__all__ = ["Report", "fingerprint", "search"]

#: Called with a sentence when a trial is the best so far.
Report = Callable[[str], None]

_NAMES: Final = {"uar": "UAR", "macro_f1": "macro F1"}


def search(
    problem: Problem,
    folder: Path,
    progress: ProgressCallback | None = None,
    report: Report | None = None,
) -> Best:
    """Search the best settings, and write ``study.db``, ``trials.csv`` and ``best.json``.

    The first trial has the settings of ``problem.training``, so the best ones are not worse on
    the objective. A search that was interrupted goes on where it stopped. The results do not
    depend on interruptions or the number of processes, and more trials extend a search.

    Args:
        problem: Tables, family and settings.
        folder: Folder of the results of this feature set and family.
        progress: Called with (trials done, trials in all).
        report: Called with a sentence when a trial is the best so far.

    Returns:
        The best settings; of equal ones, the first.

    Raises:
        ConfigError: The settings do not belong to the family.
        DataError: The tables cannot be trained on with the settings of any trial.
        FileError: Another process works on the same search, or the folder cannot be written to.

    Examples:
        >>> from vocalbaby.components.boosting import TrainingConfig
        >>> from vocalbaby.components.feature_table import read_feature_table
        >>> def tune(features: Path) -> dict[str, object]:
        ...     tables = [read_feature_table(features / f"{s}.parquet") for s in ("train", "devel")]
        ...     config = TuningConfig(trials=20)
        ...     problem = Problem(*tables, "boosted_trees", TrainingConfig(), config)
        ...     return search(problem, Path("tuning/boosted_trees")).settings
    """
    config = problem.config
    space = distributions(config.space(problem.family))
    if not space:
        config = config.model_copy(update={"trials": 1})
    defaults = {name: setting(problem.base, name) for name in space}
    key = fingerprint(problem)
    with open_study(folder, key) as study, evaluator(problem, config.jobs) as evaluate:
        generations = Generations(study, space, defaults, config, evaluate, progress)
        best: FrozenTrial | None = None
        for start in range(0, config.trials, GENERATION):
            for trial in generations.run(range(start, min(start + GENERATION, config.trials))):
                if trial.state is not TrialState.COMPLETE:
                    continue
                if best is None or _value(trial) > _value(best):
                    best = trial
                    _report(report, trial, config)
        trials = study.trials[: config.trials]
        if best is None:
            why = trials[0].user_attrs.get(ERROR, "")
            raise DataError(
                f"No trial of {problem.family} could be trained: {why}",
                hint="Correct the settings or the data, and remove study.db.",
            )
        result = _result(problem, trials, best, key, _devel(problem, study, best))
        write_results(folder, result, trials, space, importances(space, trials))
    return result


def fingerprint(problem: Problem) -> str:
    """Hash everything that the results of a search depend on: a study belongs to one hash.

    The numbers of trials and processes are not part of it.

    Args:
        problem: What the search is about.

    Examples:
        >>> def is_same(one: Problem, other: Problem) -> bool:
        ...     return fingerprint(one) == fingerprint(other)
    """
    config = problem.config
    space = config.space(problem.family)
    parts = {
        "code": VERSION,
        "optuna": optuna.__version__,
        "feature_set": [problem.train.feature_set, problem.train.feature_set_version],
        "tables": [checksum([problem.train]), checksum([problem.devel])],
        "training": problem.base.model_dump(mode="json"),
        "space": {name: values.model_dump(mode="json") for name, values in space.items()},
        "objective": config.objective,
        "evaluation": config.evaluation,
        "nested": [config.folds, config.pruning] if config.evaluation == "nested" else [],
        "seed": config.seed,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _value(trial: FrozenTrial) -> float:
    if trial.value is None:
        raise AssertionError("only a trial that is complete is the best")
    return trial.value


def _settings(trial: FrozenTrial) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(trial.user_attrs[SETTINGS])
    return settings


def _report(report: Report | None, trial: FrozenTrial, config: TuningConfig) -> None:
    if report is not None:
        name = _NAMES[config.objective]
        place = f"trial {trial.number + 1} of {config.trials}"
        report(f"{place} is the best so far: {name} {_value(trial):.3f}")


def _devel(problem: Problem, study: StudyFile, best: FrozenTrial) -> float:
    """Objective of the best settings on devel."""
    if problem.config.evaluation == "devel":
        return _value(best)
    name = f"devel of trial {best.number}"
    known: float | None = study.note(name)
    if known is None:
        known = problem.evaluate(report_split(problem), _settings(best))
        study.set_note(name, known)
    return known


def _result(
    problem: Problem,
    trials: Sequence[FrozenTrial],
    best: FrozenTrial,
    key: str,
    devel: float,
) -> Best:
    first = trials[0]
    return Best(
        feature_set=problem.train.feature_set,
        family=problem.family,
        objective=problem.config.objective,
        evaluation=problem.config.evaluation,
        value=_value(best),
        default=first.value if first.state is TrialState.COMPLETE else None,
        devel=devel,
        trial=best.number,
        trials=len(trials),
        pruned=sum(trial.state is TrialState.PRUNED for trial in trials),
        failed=sum(trial.state is TrialState.FAIL for trial in trials),
        seed=problem.config.seed,
        settings=json.loads(json.dumps(family_settings(problem.family) | _settings(best))),
        fingerprint=key,
        code_version=VERSION,
    )
