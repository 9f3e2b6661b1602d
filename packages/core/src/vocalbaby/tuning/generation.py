"""One generation of a search: its trials are proposed, evaluated and finished."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.tuning.config import TuningConfig
from vocalbaby.tuning.proposals import falls_behind, propose
from vocalbaby.tuning.study_file import SETTINGS, StudyFile
from vocalbaby.tuning.workers import Evaluate, Task
from vocalbaby.utils.extras import needs_extra

with needs_extra("tune"):
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial, TrialState

__all__ = ["Generations"]


@dataclass(frozen=True, slots=True, eq=False)
class Generations:
    """Runs the generations of a search one after the other.

    Attributes:
        study: Where the trials are stored.
        space: Space of the search.
        defaults: Settings of the first trial.
        config: Settings of the tuning.
        evaluate: Evaluates tasks.
        progress: Called with the number of trials that are done.

    Examples:
        >>> import optuna
        >>> storage = optuna.storages.InMemoryStorage()
        >>> maximize = optuna.study.StudyDirection.MAXIMIZE
        >>> study = StudyFile(storage, storage.create_new_study([maximize]))
        >>> space = {"max_depth": optuna.distributions.IntDistribution(1, 9)}
        >>> def evaluate(tasks):  # the deeper, the better
        ...     return ((task, task.values["max_depth"] / 10) for task in tasks)
        >>> run = Generations(study, space, {"max_depth": 3}, TuningConfig(), evaluate).run
        >>> [trial.value == trial.params["max_depth"] / 10 for trial in run(range(4))]
        [True, True, True, True]
    """

    study: StudyFile
    space: Mapping[str, BaseDistribution]
    defaults: Mapping[str, Any]
    config: TuningConfig
    evaluate: Evaluate
    progress: ProgressCallback | None = None

    def run(self, numbers: Sequence[int]) -> list[FrozenTrial]:
        """Propose, evaluate and finish trials, or those parts of it that are not done yet.

        Args:
            numbers: Numbers of the trials; those before them are finished.

        Returns:
            The finished trials.
        """
        earlier = self.study.trials[: numbers[0]]
        self._propose(numbers, earlier)
        for number, (state, value, error) in sorted(self._evaluated(numbers, earlier).items()):
            self.study.finish(number, state, value, error)
        self._say(numbers[-1] + 1)
        return self.study.trials[numbers[0] : numbers[-1] + 1]

    def _propose(self, numbers: Sequence[int], earlier: Sequence[FrozenTrial]) -> None:
        seed = self.config.seed
        for number in numbers[len(self.study.trials) - numbers[0] :]:
            others = [trial.params for trial in self.study.trials[numbers[0] :]]
            values = self.defaults
            if number > 0:
                values = propose(self.space, earlier, others, seed=seed, number=number)
            self.study.add(values, self.space)

    def _evaluated(
        self, numbers: Sequence[int], earlier: Sequence[FrozenTrial]
    ) -> dict[int, tuple[TrialState, float | None, str]]:
        """Return state, objective and error of the trials that were not finished."""
        trials = {number: self.study.trials[number] for number in numbers}
        alive = {
            n: dict(trial.intermediate_values)
            for n, trial in trials.items()
            if not trial.state.is_finished()
        }
        ended: dict[int, tuple[TrialState, float | None, str]] = {}
        steps = self.config.folds if self.config.evaluation == "nested" else 1
        before = numbers[-1] + 1 - len(alive)
        for step in range(steps):
            tasks = [
                Task(n, step, json.loads(trials[n].user_attrs[SETTINGS]))
                for n, values in alive.items()
                if step not in values
            ]
            for task, value in self.evaluate(tasks):
                if isinstance(value, str):
                    del alive[task.number]
                    ended[task.number] = TrialState.FAIL, None, value
                else:
                    alive[task.number][step] = value
                    self.study.report(task.number, step, value)
                self._say(before + len(ended) + sum(len(v) == steps for v in alive.values()))
            for n in self._behind(alive, earlier, step) if step < steps - 1 else []:
                del alive[n]
                ended[n] = TrialState.PRUNED, None, ""
        complete = {
            n: sum(values[fold] for fold in range(steps)) / steps for n, values in alive.items()
        }
        return ended | {n: (TrialState.COMPLETE, value, "") for n, value in complete.items()}

    def _behind(
        self, alive: Mapping[int, Mapping[int, float]], earlier: Sequence[FrozenTrial], step: int
    ) -> list[int]:
        if not self.config.pruning:
            return []
        return [
            n
            for n, values in alive.items()
            if falls_behind(earlier, [values[fold] for fold in range(step + 1)])
        ]

    def _say(self, done: int) -> None:
        if self.progress is not None:
            self.progress(done, self.config.trials)
