"""The stages of the comparison as commands, as `scripts/run_*.sh` and DVC run them."""

import typer

from vocalbaby.commands.stages import ARTIFACTS, CONFIGS, ConfigDir, Out, stage_workspace
from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted

__all__ = ["aggregate", "experiment"]


def experiment(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False
) -> None:
    """Train and predict every experiment of comparison.yaml: feature sets, families and modes.

    Writes comparison/SET/FAMILY/MODE with bundle, predictions.csv and settings.json.
    Complete results of the same inputs are kept, so a run that was killed goes on.

    Example: vocalbaby experiment && vocalbaby aggregate
    """
    require_extra("train")
    from vocalbaby.pipeline.comparison import run_comparison
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        run = run_comparison(stage_workspace(config_dir, out), progress)
    answer({"computed": run.computed, "kept": run.kept})
    if not as_json:
        typer.echo(f"{counted(len(run.computed), 'experiment')} computed, {len(run.kept)} kept")


def aggregate(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False
) -> None:
    """Compute the tables of the comparison, choose the best model, and write the report.

    Writes results/ with results.csv and other tables, report.html, and the bundle of
    the experiment that is best on devel.

    Example: vocalbaby aggregate && vocalbaby predict cry.wav -m artifacts/results/bundle
    """
    require_extra("train")
    from vocalbaby.commands.choice_output import choice_answer, choice_lines
    from vocalbaby.pipeline.aggregation import run_aggregation

    workspace = stage_workspace(config_dir, out)
    found = run_aggregation(workspace)
    answer(choice_answer(found, workspace))
    if not as_json:
        for line in choice_lines(found, workspace):
            typer.echo(line)
