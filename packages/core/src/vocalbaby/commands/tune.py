"""The command ``vocalbaby tune``."""

import typer

from vocalbaby.commands.stages import ARTIFACTS, CONFIGS, ConfigDir, Out
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra

__all__ = ["tune"]


def tune(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False) -> None:
    """Search the best settings of each family of models on each feature set.

    Reads tuning.yaml, which names feature sets, families and the values to try, and the features
    of train and devel; never those of test. Writes tuning/<set>/<family>/best.json, trials.csv,
    importances.csv and study.db. The first trial has the settings of training.yaml, so the best
    ones are not worse. The command may be stopped at any time: run again, it goes on where it
    stopped, and with more trials in tuning.yaml it extends the search.

    Example: VOCALBABY_TUNING__TRIALS=50 VOCALBABY_TUNING__JOBS=4 vocalbaby tune
    """
    require_extra("train")
    require_extra("tune")
    from vocalbaby.commands.tables import show_tuning
    from vocalbaby.pipeline.tuning import run_tuning
    from vocalbaby.pipeline.workspace import Workspace
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = Workspace(config_dir, out)
    with progress_bars() as progress:
        found = run_tuning(workspace, progress, lambda sentence: typer.echo(sentence, err=True))
    answer({"folder": workspace.tuning, "best": found})
    if not as_json:
        show_tuning(found)
