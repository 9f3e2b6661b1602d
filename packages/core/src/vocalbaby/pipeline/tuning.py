"""Stage tuning: search the best settings of each family on each feature set."""

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import read_feature_table
from vocalbaby.components.split_leaks import require_disjoint, require_distinct_sounds
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.tuning.best import Best
from vocalbaby.tuning.config import TuningConfig
from vocalbaby.tuning.evaluation import Problem
from vocalbaby.tuning.search import Report, search
from vocalbaby.utils.config import load_config

__all__ = ["run_tuning"]


def run_tuning(
    workspace: Workspace,
    progress: TaskProgressCallback | None = None,
    report: Report | None = None,
) -> list[Best]:
    """Search the best settings of each family on each feature set, and write them.

    The test split is not read. Searches that are complete are not repeated, and one that was
    interrupted goes on where it stopped.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (``<set>/<family>``, trials done, trials in all).
        report: Called with a sentence when a trial is the best so far of its search.

    Returns:
        The best settings, by feature set and then family, in the order of ``tuning.yaml``.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing or cannot be trained on.
        SplitLeakError: A child or a sound is in train and in devel.
        FileError: Another process works on the same search.

    Examples:
        >>> from pathlib import Path
        >>> def show(folder: Path) -> None:
        ...     for best in run_tuning(Workspace(folder / "configs", folder / "artifacts")):
        ...         print(best.feature_set, best.family, best.value)
    """
    config = load_config(workspace.tuning_config, TuningConfig, optional_file=True)
    training = load_config(
        workspace.training_config, TrainingConfig, "training", optional_file=True
    )
    features = load_config(workspace.features_config, FeaturesConfig, optional_file=True)
    found = []
    for feature_set in config.feature_sets or (features.feature_set,):
        train, devel = (
            read_feature_table(workspace.feature_table(feature_set, split))
            for split in ("train", "devel")
        )
        require_disjoint((train, devel))
        require_distinct_sounds((train, devel))
        for family in config.families:
            task = f"{feature_set}/{family}"
            problem = Problem(train, devel, family, training, config)
            folder = workspace.tuning / feature_set / family
            say = None if report is None else _prefixed(report, task)
            found.append(search(problem, folder, for_task(progress, task), say))
    return found


def _prefixed(report: Report, task: str) -> Report:
    return lambda sentence: report(f"{task}: {sentence}")
