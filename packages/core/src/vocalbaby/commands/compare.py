"""``vocalbaby compare``: from a folder of clips to a comparison, a report and a bundle."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from vocalbaby.pipeline.folder_comparison import Plan

__all__ = ["compare"]


class _Budget(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class _Family(StrEnum):
    BOOSTED_TREES = "boosted_trees"
    SVM = "svm"
    LOGISTIC_REGRESSION = "logistic_regression"
    MLP = "mlp"
    SOFT_VOTE = "soft_vote"


class _Mode(StrEnum):
    FLAT = "flat"
    HIERARCHICAL = "hierarchical"


def compare(  # noqa: PLR0913, PLR0917 - options of a command
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            "-d",
            metavar="FOLDER",
            help="Folder of the clips: CLASS/CHILD/CLIP.wav, or any files that --metadata names.",
            show_default=False,
        ),
    ],
    metadata: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Table with the columns clip_ID, child_ID and Answer of BabbleCor.",
            show_default="the folders are the classes",
        ),
    ] = None,
    child_pattern: Annotated[
        str,
        typer.Option(
            metavar="REGEX",
            help="Regular expression with one group that matches the child in a file name, if "
            "there is no metadata.",
            show_default="the second folder level",
        ),
    ] = "",
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FOLDER", help="Folder of the settings and results."),
    ] = Path("comparison"),
    budget: Annotated[
        _Budget,
        typer.Option(
            help="How much to compute: minutes, an hour or a night for some thousand clips. Only "
            "medium and large tune the models."
        ),
    ] = _Budget.SMALL,
    feature_set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Feature set, or several joined with +; may be repeated.",
            show_default="those of the budget",
        ),
    ] = None,
    family: Annotated[
        list[_Family] | None,
        typer.Option(help="Family of models; may be repeated.", show_default="those of the budget"),
    ] = None,
    mode: Annotated[
        list[_Mode] | None,
        typer.Option(
            help="One model for all classes, or one for each node of a tree; may be repeated.",
            show_default="those of the budget",
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and an estimate of the time.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare models on a folder of labelled clips, and write the best one and a report.

    Splits the clips by child (unless the metadata has a column split), computes the
    features, trains every combination of feature set, family and mode, chooses the
    best on devel, and reports it on test, with intervals over children. Writes
    OUT/results with tables, report.html and bundle/.

    A run that was killed goes on where it was; so does one with more experiments.

    Examples:
        vocalbaby compare --data clips --out mine --dry-run

        vocalbaby compare --data clips --metadata labels.csv --budget medium

        vocalbaby compare -d clips --feature-set mfcc --family svm --family mlp
    """
    require_extra("train")
    from vocalbaby.commands.choice_output import choice_answer, choice_lines
    from vocalbaby.pipeline.folder_comparison import compare_folder, make_plan
    from vocalbaby.pipeline.folder_settings import FolderRequest
    from vocalbaby.pipeline.workspace import Workspace
    from vocalbaby.utils.progress_bars import progress_bars

    request = FolderRequest(
        data,
        metadata,
        budget.value,
        tuple(feature_set or ()),
        tuple(each.value for each in family or ()),
        tuple(each.value for each in mode or ()),
        child_pattern,
    )
    if dry_run:
        plan = make_plan(request)
        answer({"plan": plan})
        if not as_json:
            _show(plan)
        return
    with progress_bars() as progress:
        found = compare_folder(
            request, out, progress, lambda stage: typer.echo(f"{stage} ...", err=True)
        )
    workspace = Workspace(out / "configs", out)
    answer(choice_answer(found, workspace))
    if not as_json:
        for line in choice_lines(found, workspace):
            typer.echo(line)


def _show(plan: "Plan") -> None:
    experiments = counted(len(plan.experiments), "experiment")
    typer.echo(f"{counted(plan.clips, 'recording')}, {experiments}:")
    for name in plan.experiments:
        typer.echo(f"  {name}")
    if plan.trials:
        typer.echo(f"{counted(plan.trials, 'trial')} of the tuning")
    typer.echo(f"About {max(plan.minutes, 0.1):.1f} minutes on one core")
