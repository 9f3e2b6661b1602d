"""The search: reproducible, resumable, in one process or in several."""

import csv
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.exception import DataError, FileError
from vocalbaby.tuning import search as search_module
from vocalbaby.tuning.best import read_best
from vocalbaby.tuning.config import Space, TuningConfig
from vocalbaby.tuning.evaluation import Problem
from vocalbaby.tuning.search import fingerprint, search
from vocalbaby.tuning.study_file import StudyFile, open_study
from vocalbaby.tuning.workers import Evaluate, Result, Task

SPACE = {
    "max_depth": Space(low=1, high=4),
    "learning_rate": Space(low=0.05, high=0.6, log=True),
    "class_balance": Space(choices=(0.0, 1.0)),
}
MORE = {"boosted_trees": SPACE | {"gamma": Space(low=0, high=1)}}
CONFIG = TuningConfig(trials=10, seed=3, folds=3, spaces={"boosted_trees": SPACE})
FILES = ("trials.csv", "importances.csv", "best.json")


class Killed(BaseException):
    """Ends a search as a signal would, at any place."""


@pytest.fixture
def problem(train: FeatureTable, devel: FeatureTable, training: TrainingConfig) -> Problem:
    return Problem(train, devel, "boosted_trees", training, CONFIG)


def with_config(problem: Problem, **changes: object) -> Problem:
    return replace(problem, config=problem.config.model_copy(update=changes))


def quality(task: Task) -> float:
    """A smooth objective instead of a training; better in later folds."""
    values = {"max_depth": 3, "learning_rate": 0.2, "class_balance": 1, **task.values}
    near = 1 - abs(values["max_depth"] - 3) / 4 - abs(values["learning_rate"] - 0.2)
    return float(round(0.5 * near + 0.01 * task.step + 0.1 * values["class_balance"], 6))


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Task]]:
    """Replace the training, and count the tasks."""
    studies: dict[Path, StudyFile] = {}

    @contextmanager
    def in_memory(folder: Path, fingerprint: str) -> Iterator[StudyFile]:
        folder.mkdir(exist_ok=True)
        if folder not in studies:
            storage = InMemoryStorage()
            number = storage.create_new_study([StudyDirection.MAXIMIZE])
            studies[folder] = StudyFile(storage, number)
        yield studies[folder]

    def use(
        kill_at: int | None = None,
        fail: Callable[[Task], bool] | None = None,
        *,
        stored: bool = False,
        shares: bool = False,
    ) -> list[Task]:
        tasks: list[Task] = []

        def evaluate(wanted: Sequence[Task]) -> Iterator[Result]:
            for task in wanted:
                if len(tasks) == kill_at:
                    raise Killed
                tasks.append(task)
                yield task, "It fails." if fail and fail(task) else quality(task)

        @contextmanager
        def evaluator(problem: Problem, jobs: int) -> Iterator[Evaluate]:
            yield evaluate

        monkeypatch.setattr(search_module, "evaluator", evaluator)
        if not stored:  # in a file, which takes time
            monkeypatch.setattr(search_module, "open_study", in_memory)
        if not shares:  # they take time, too
            monkeypatch.setattr(search_module, "importances", lambda *_: {})
        monkeypatch.setattr(Problem, "evaluate", lambda *_: 0.25)
        return tasks

    return use


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "trials.csv").open() as stream:
        return list(csv.DictReader(stream))


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


def test_the_first_trial_has_the_default_settings_and_the_best_is_found(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    simulated(shares=True)
    sentences: list[str] = []
    steps: list[tuple[int, int]] = []
    best = search(problem, tmp_path, lambda *step: steps.append(step), sentences.append)
    table = rows(tmp_path)
    assert len(table) == 10
    first = {name: float(table[0][name]) for name in SPACE}
    assert first == {"max_depth": 2, "learning_rate": 0.3, "class_balance": 1}
    values = [float(row["value"]) for row in table]
    assert (best.default, best.value, best.trial) == (
        values[0],
        max(values),
        values.index(max(values)),
    )
    assert best.value > values[0]
    assert best.settings["max_depth"] == int(table[best.trial]["max_depth"])
    assert best.settings["kind"] == "boosted_trees"
    assert [float(row["best"]) for row in table] == [max(values[: i + 1]) for i in range(10)]
    assert read_best(tmp_path / "best.json") == best
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == ((1, 10), (10, 10))
    place = f"trial {best.trial + 1} of 10"
    assert sentences[-1] == f"{place} is the best so far: UAR {best.value:.3f}"
    with (tmp_path / "importances.csv").open() as stream:
        shares = {row["setting"]: float(row["importance"]) for row in csv.DictReader(stream)}
    assert set(shares) == set(SPACE)
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("evaluation", "kill_at", "stored"),
    [("devel", 0, False), ("devel", 6, True), ("nested", 17, False)],
)
def test_a_killed_search_goes_on_without_loss_to_the_same_result(
    problem: Problem,
    tmp_path: Path,
    simulated: Callable[..., list[Task]],
    evaluation: str,
    kill_at: int,
    *,
    stored: bool,
) -> None:
    problem = with_config(problem, evaluation=evaluation)
    whole = simulated()
    undisturbed = search(problem, tmp_path / "whole")
    begun = simulated(kill_at=kill_at, stored=stored)
    with pytest.raises(Killed):
        search(problem, tmp_path / "killed")
    rest = simulated(stored=stored)
    assert search(problem, tmp_path / "killed") == undisturbed
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert begun + rest == whole  # nothing twice
    again = simulated(stored=stored)
    search(problem, tmp_path / "killed")
    assert again == []


def test_more_trials_extend_a_search(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    simulated()
    search(with_config(problem, trials=6), tmp_path / "few")
    more = simulated()
    search(problem, tmp_path / "few")
    assert [task.number for task in more] == [6, 7, 8, 9]
    simulated()
    search(problem, tmp_path / "all")
    assert contents(tmp_path / "few") == contents(tmp_path / "all")


def test_a_changed_setting_starts_a_new_search_and_keeps_the_former(
    problem: Problem,
    tmp_path: Path,
    simulated: Callable[..., list[Task]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulated(stored=True)
    search(with_config(problem, trials=2), tmp_path)
    tasks = simulated(stored=True)
    with caplog.at_level(logging.WARNING):
        search(with_config(problem, trials=2, objective="macro_f1"), tmp_path)
    assert len(tasks) == 2
    assert "have changed" in caplog.text
    assert "study.previous.db" in caplog.text
    with open_study(tmp_path / "other", fingerprint(problem)) as study:
        assert study.trials == []
    assert (tmp_path / "study.previous.db").exists()


def test_a_damaged_study_starts_a_new_search(
    problem: Problem,
    tmp_path: Path,
    simulated: Callable[..., list[Task]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "study.db").write_bytes(b"no database" * 100)
    simulated(stored=True)
    search(with_config(problem, trials=1), tmp_path)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(
    "change",
    [{"seed": 4}, {"objective": "macro_f1"}, {"evaluation": "nested"}, {"spaces": MORE}],
)
def test_the_fingerprint_depends_on_settings(problem: Problem, change: dict[str, Any]) -> None:
    assert fingerprint(with_config(problem, **change)) != fingerprint(problem)


def test_the_fingerprint_depends_on_the_data_and_on_nothing_that_does_not_matter(
    problem: Problem, training: TrainingConfig
) -> None:
    key = fingerprint(problem)
    assert fingerprint(with_config(problem, trials=99, jobs=4, folds=9, pruning=False)) == key
    for changed in (
        replace(problem, devel=problem.devel.where(problem.devel.meta.clip_ID != "devel0-0.wav")),
        replace(problem, train=replace(problem.train, values=problem.train.values + 1)),
        replace(problem, training=training.model_copy(update={"rounds": 4})),
    ):
        assert fingerprint(changed) != key


def test_settings_that_fail_do_not_end_the_search(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    simulated(fail=lambda task: task.number == 0 or task.values["max_depth"] == 1)
    best = search(problem, tmp_path)
    table = rows(tmp_path)
    failed = [row for row in table if row["state"] == "failed"]
    assert {row["error"] for row in failed} == {"It fails."}
    assert best.failed == len(failed) >= 1
    assert best.default is None
    simulated(fail=lambda task: True)
    with pytest.raises(DataError, match="No trial of boosted_trees could be trained: It fails"):
        search(with_config(problem, trials=2), tmp_path / "none")


def test_pruning_ends_trials_that_fall_behind(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    problem = with_config(problem, evaluation="nested")
    tasks = simulated()
    pruned = search(problem, tmp_path / "pruned")
    assert 0 < pruned.pruned < 6
    assert len(tasks) < 30
    simulated()
    complete = search(with_config(problem, pruning=False), tmp_path / "complete")
    assert complete.pruned == 0
    for row in rows(tmp_path / "pruned"):
        assert (row["state"] == "pruned") == (row["value"] == "") == (row["fold_3"] == "")
    assert pruned.devel == 0.25


def test_defaults_outside_of_the_space_are_tried_nevertheless(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    narrow = {"boosted_trees": SPACE | {"max_depth": Space(low=3, high=4)}}
    simulated()
    search(with_config(problem, spaces=narrow), tmp_path)
    assert next(row["max_depth"] for row in rows(tmp_path)) == "2"


def test_without_a_space_the_default_settings_are_evaluated(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    tasks = simulated()
    best = search(with_config(problem, spaces={"boosted_trees": {}}), tmp_path)
    assert (len(tasks), best.trials, best.settings) == (1, 1, {"kind": "boosted_trees"})


def test_two_processes_do_not_work_on_one_search(
    problem: Problem, tmp_path: Path, simulated: Callable[..., list[Task]]
) -> None:
    simulated(stored=True)
    with (
        open_study(tmp_path, fingerprint(problem)),
        pytest.raises(FileError, match="Another process tunes in"),
    ):
        search(problem, tmp_path)


def test_several_processes_find_what_one_finds(problem: Problem, tmp_path: Path) -> None:
    problem = with_config(problem, trials=2)
    alone = search(problem, tmp_path / "one")
    assert search(with_config(problem, jobs=2), tmp_path / "two") == alone
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert alone.value == alone.devel > 0.3
