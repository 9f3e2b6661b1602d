"""Evaluation in this process or in several."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from vocalbaby.exception import DataError, VocalBabyError
from vocalbaby.tuning.evaluation import Problem, Split, splits

__all__ = ["Evaluate", "Result", "Task", "evaluator"]

_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Task:
    """One fit of a trial.

    Attributes:
        number: Number of the trial.
        step: Number of the split.
        values: Settings by dotted name.

    Examples:
        >>> Task(3, 0, {"max_depth": 4}).values
        {'max_depth': 4}
    """

    number: int
    step: int
    values: Mapping[str, Any]


#: A task with the objective, or with the message of the error.
Result: TypeAlias = tuple[Task, float | str]

#: Evaluates tasks; the results come in any order.
Evaluate: TypeAlias = Callable[[Sequence[Task]], Iterator[Result]]


@contextmanager
def evaluator(problem: Problem, jobs: int) -> Iterator[Evaluate]:
    """Yield a function that evaluates tasks in this process, or in several.

    The processes start with the first tasks, and end with this one, even if it is killed.

    Args:
        problem: What the search is about.
        jobs: Number of processes; 1 for this one.

    Raises:
        DataError: Train cannot be split into folds, or a process was ended by the system.

    Examples:
        >>> def depths(problem: Problem) -> list[float | str]:
        ...     with evaluator(problem, jobs=2) as evaluate:
        ...         tasks = [Task(n, 0, {"max_depth": n + 2}) for n in range(4)]
        ...         return [value for _, value in evaluate(tasks)]
    """
    parts = splits(problem)
    if jobs == 1:
        yield lambda tasks: (_evaluate(problem, parts, task) for task in tasks)
        return
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, _start, (problem,))
    try:
        yield lambda tasks: _in_pool(pool, tasks)
    finally:
        pool.shutdown(cancel_futures=True)


def _in_pool(pool: ProcessPoolExecutor, tasks: Sequence[Task]) -> Iterator[Result]:
    # Processes inherit the mask: only this one ends on Ctrl-C.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        futures: list[Future[Result]] = [pool.submit(_work, task) for task in tasks]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise DataError(
            "A process of the search was ended.",
            hint="Memory may be short: run the command again with fewer jobs; it goes on there.",
        ) from error


def _evaluate(problem: Problem, parts: Sequence[Split], task: Task) -> Result:
    try:
        return task, problem.evaluate(parts[task.step], task.values)
    except VocalBabyError as error:
        return task, str(error)


_problem: Problem | None = None
_parts: list[Split] = []


def _start(problem: Problem) -> None:
    """Prepare a process: it ends when the one that started it does."""
    global _problem, _parts
    _problem, _parts = problem, splits(problem)
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _work(task: Task) -> Result:
    if _problem is None:
        raise AssertionError("the process was not prepared")
    return _evaluate(_problem, _parts, task)
