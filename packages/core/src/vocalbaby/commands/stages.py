"""The stages of training as commands, as `scripts/run_*.sh` and DVC run them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vocalbaby.pipeline.workspace import Workspace

__all__ = ["evaluate", "features", "ingest", "train", "validate"]

ConfigDir = Annotated[
    Path, typer.Option("--config-dir", "-c", help="Folder of the settings files.")
]
Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder of the results, with one folder per stage.")
]
MaxRejected = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Fail if a larger share of the rows is rejected. Rows that `where` excludes and "
        "files that are no audio do not count.",
    ),
]

CONFIGS = Path("configs")
ARTIFACTS = Path("artifacts")


def _workspace(config_dir: Path, out: Path) -> "Workspace":
    from vocalbaby.pipeline.workspace import Workspace

    return Workspace(config_dir, out)


def ingest(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, max_rejected: MaxRejected = None
) -> None:
    """Read the corpora of data.yaml into a manifest that is split by child.

    Writes ingestion/manifest.csv, rejections.csv and summary.json, notes.csv if there are
    notes, and the audio of synthetic corpora. Exits with code 5 if more rows are rejected
    than --max-rejected allows.

    Example: vocalbaby ingest --config-dir configs --out artifacts --max-rejected 0.05
    """
    from vocalbaby.commands.tables import show_summary
    from vocalbaby.pipeline.ingestion import run_ingestion
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = _workspace(config_dir, out)
    summaries: list[dict[str, object]] = []
    try:
        with progress_bars() as progress:
            run_ingestion(workspace, progress, max_rejected=max_rejected, report=summaries.append)
    finally:
        for summary in summaries:
            show_summary(summary, workspace.ingestion)


def validate(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS) -> None:
    """Check labels, audio, duplicates, class balance, and that no child is in two splits.

    Writes validation/report.json. Exits with code 5 if there are errors.

    Example: vocalbaby validate
    """
    from vocalbaby.commands.tables import show_report
    from vocalbaby.components.manifest_checks import require_valid
    from vocalbaby.pipeline.validation import run_validation
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        report = run_validation(_workspace(config_dir, out), progress)
    show_report(report)
    require_valid(report)


def features(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS) -> None:
    """Compute the features of every clip, and of augmented copies of the training clips.

    Writes features/<set>/train.parquet, devel.parquet and test.parquet.

    Example: VOCALBABY_FEATURES__FEATURE_SET=mfcc vocalbaby features
    """
    from vocalbaby.pipeline.features import run_features
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        tables = run_features(_workspace(config_dir, out), progress)
    for split, table in tables.items():
        typer.echo(f"{split}: {len(table)} rows of {len(table.columns)} {table.feature_set}")


def train(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS) -> None:
    """Train a model on the features, calibrate it, and write it as a bundle.

    Writes training/bundle and training/history.csv. The same settings and features
    give the same model version.

    Example: vocalbaby train && vocalbaby predict cry.wav -m artifacts/training/bundle
    """
    from vocalbaby.pipeline.training import run_training
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = _workspace(config_dir, out)
    with progress_bars() as progress:
        manifest = run_training(workspace, progress)
    typer.echo(f"{manifest.version}: {workspace.bundle}")


def evaluate(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS) -> None:
    """Evaluate the trained model on the children of the test split.

    Writes evaluation/metrics.json, predictions.csv, the confusion matrix and more.

    Example: vocalbaby evaluate
    """
    from vocalbaby.commands.tables import show_evaluations
    from vocalbaby.pipeline.evaluation import run_evaluation

    show_evaluations(run_evaluation(_workspace(config_dir, out)))
