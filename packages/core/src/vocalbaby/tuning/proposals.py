"""Proposals of settings by Optuna's tree-structured Parzen estimator, and pruning.

Trials come in generations of `GENERATION`. What is proposed depends on the seed, the number of
the trial, and the results of the generations before its own, so that neither an interruption nor
the number of processes changes a search.
"""

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from vocalbaby.tuning.config import Space
from vocalbaby.tuning.overrides import setting_type
from vocalbaby.utils.extras import needs_extra

with needs_extra("tune"):
    import optuna
    from optuna.distributions import (
        BaseDistribution,
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.trial import FrozenTrial, TrialState, create_trial

__all__ = ["GENERATION", "distributions", "falls_behind", "importances", "propose"]

#: Number of trials that are proposed together, before any of them is evaluated.
GENERATION: Final = 4

#: Trials at random before the estimator is used; two generations.
_RANDOM_TRIALS: Final = 8


def distributions(space: Mapping[str, Space]) -> dict[str, BaseDistribution]:
    """Return a space as Optuna names it.

    Args:
        space: Values by dotted name of a setting.

    Examples:
        >>> distributions({"max_depth": Space(low=2, high=6)})
        {'max_depth': IntDistribution(high=6, log=False, low=2, step=1)}
        >>> distributions({"subsample": Space(low=0.5, high=1)})
        {'subsample': FloatDistribution(high=1.0, log=False, low=0.5, step=None)}
    """
    return {name: _distribution(name, values) for name, values in sorted(space.items())}


def propose(
    space: Mapping[str, BaseDistribution],
    earlier: Sequence[FrozenTrial],
    generation: Sequence[Mapping[str, Any]],
    *,
    seed: int,
    number: int,
) -> dict[str, Any]:
    """Propose settings for a trial.

    Args:
        space: Values by dotted name of a setting.
        earlier: Finished trials of earlier generations.
        generation: Settings of the trials of the same generation that have been proposed already;
            the proposal keeps away from them.
        seed: Seed of the search.
        number: Number of the trial.

    Examples:
        >>> space = distributions({"max_depth": Space(low=2, high=60)})
        >>> first = propose(space, [], [], seed=0, number=1)
        >>> first == propose(space, [], [], seed=0, number=1)
        True
        >>> first == propose(space, [], [], seed=0, number=2)
        False
    """
    study = _in_memory(earlier)
    for values in generation:
        if set(values) == set(space):
            study.add_trial(_trial(TrialState.RUNNING, dict(values), dict(space)))
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.sampler = optuna.samplers.TPESampler(
            seed=int.from_bytes(digest[:4], "little"),
            n_startup_trials=_RANDOM_TRIALS,
            multivariate=True,
            constant_liar=True,
        )
    return dict(study.ask(dict(space)).params)


def falls_behind(earlier: Sequence[FrozenTrial], values: Sequence[float]) -> bool:
    """Whether the mean of the folds so far is below the median of the earlier trials' means.

    This is the median stopping rule of Golovin et al. (2017), "Google Vizier: a service for
    black-box optimization", KDD, as Optuna has it.

    Args:
        earlier: Finished trials of earlier generations, with a value per fold.
        values: Values of the first folds.

    Examples:
        >>> falls_behind([], [0.5])
        False
    """
    step = len(values) - 1
    study = _in_memory([])
    for trial in earlier:
        if trial.state is TrialState.COMPLETE:
            folds = [trial.intermediate_values[fold] for fold in range(step + 1)]
            study.add_trial(_trial(TrialState.COMPLETE, {}, {}, trial.value, {step: _mean(folds)}))
    current = _trial(TrialState.RUNNING, {}, {}, None, {step: _mean(values)})
    pruner = optuna.pruners.MedianPruner(n_startup_trials=GENERATION - 1)
    return bool(pruner.prune(study, current))


def importances(
    space: Mapping[str, BaseDistribution], trials: Sequence[FrozenTrial]
) -> dict[str, float]:
    """Return the share of the variance of the objective that each setting explains (fANOVA).

    Hutter et al. (2014), "An efficient approach for assessing hyperparameter importance", ICML.

    Args:
        space: Values by dotted name of a setting.
        trials: All trials; those that are complete count.

    Returns:
        Shares by name, the largest first; none if there are fewer than four trials, or all have
        the same value.

    Examples:
        >>> importances({}, [])
        {}
    """
    complete = [
        trial
        for trial in trials
        if trial.state is TrialState.COMPLETE and set(trial.params) == set(space)
    ]
    if not space or len(complete) < GENERATION or len({trial.value for trial in complete}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=32, seed=0)
    found = optuna.importance.get_param_importances(_in_memory(complete), evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _in_memory(trials: Sequence[FrozenTrial]) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [trial for trial in trials if trial.params and trial.state is not TrialState.FAIL]
    )
    return study


def _trial(
    state: TrialState,
    values: dict[str, Any],
    space: dict[str, BaseDistribution],
    value: float | None = None,
    steps: dict[int, float] | None = None,
) -> FrozenTrial:
    return create_trial(
        state=state, value=value, params=values, distributions=space, intermediate_values=steps
    )


def _distribution(name: str, values: Space) -> BaseDistribution:
    if values.low is None or values.high is None:
        return CategoricalDistribution(values.choices)
    if setting_type(name) is int:
        step = 1 if values.step is None else int(values.step)
        return IntDistribution(int(values.low), int(values.high), log=values.log, step=step)
    step_of_floats = None if values.step is None else float(values.step)
    return FloatDistribution(
        float(values.low), float(values.high), log=values.log, step=step_of_floats
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
