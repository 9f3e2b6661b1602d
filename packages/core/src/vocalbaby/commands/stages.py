"""The stages of training as commands, as `scripts/run_*.sh` and DVC run them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vocalbaby.utils.command_line import Json, answer
from vocalbaby.utils.extras import require_extra
from vocalbaby.utils.wording import counted

if TYPE_CHECKING:
    from vocalbaby.pipeline.workspace import Workspace

__all__ = [
    "ARTIFACTS",
    "CONFIGS",
    "ConfigDir",
    "Out",
    "evaluate",
    "features",
    "ingest",
    "stage_workspace",
    "train",
    "validate",
]

#: Option of the folder of settings.
ConfigDir = Annotated[
    Path,
    typer.Option(
        "--config-dir",
        "-c",
        metavar="FOLDER",
        help="Folder of the settings of the stages: data.yaml, features.yaml, training.yaml, "
        "evaluation.yaml and comparison.yaml.",
    ),
]
#: Option of the folder of results.
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Folder of the results. Each stage has a folder in it, and reads those of the stages "
        "before it.",
    ),
]
MaxRejected = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Fail if a larger share of the rows is rejected. Rows that `where` excludes and "
        "files that are no audio do not count.",
        show_default="max_rejected in data.yaml",
    ),
]

#: Folder of the settings by default.
CONFIGS = Path("configs")
#: The same for results.
ARTIFACTS = Path("artifacts")


def stage_workspace(config_dir: Path, out: Path) -> "Workspace":
    """Return the folders of settings and results.

    Args:
        config_dir: Folder of the settings.
        out: Folder of the results.

    Examples:
        >>> stage_workspace(CONFIGS, ARTIFACTS).ingestion.as_posix()
        'artifacts/ingestion'
    """
    from vocalbaby.pipeline.workspace import Workspace

    return Workspace(config_dir, out)


def ingest(
    config_dir: ConfigDir = CONFIGS,
    out: Out = ARTIFACTS,
    max_rejected: MaxRejected = None,
    *,
    as_json: Json = False,
) -> None:
    """Read the corpora of data.yaml into a manifest that is split by child.

    Writes ingestion/manifest.csv, rejections.csv and summary.json, notes.csv if there are
    notes, and the audio of synthetic corpora. Exits with code 5 if more rows are rejected
    than --max-rejected allows.

    Example: vocalbaby ingest --config-dir configs --out artifacts --max-rejected 0.05
    """
    require_extra("train")
    from vocalbaby.commands.tables import show_summary
    from vocalbaby.pipeline.ingestion import run_ingestion
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = stage_workspace(config_dir, out)
    summaries: list[dict[str, object]] = []
    try:
        with progress_bars() as progress:
            run_ingestion(workspace, progress, max_rejected=max_rejected, report=summaries.append)
    finally:
        for summary in summaries:
            answer({"folder": workspace.ingestion, "summary": summary})
            if not as_json:
                show_summary(summary, workspace.ingestion)


def validate(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False
) -> None:
    """Check labels, audio, duplicates, class balance, and that no child is in two splits.

    Writes validation/report.json. Exits with code 5 if there are errors.

    Example: vocalbaby validate
    """
    require_extra("train")
    from vocalbaby.commands.tables import show_report
    from vocalbaby.components.manifest_checks import require_valid
    from vocalbaby.pipeline.validation import run_validation
    from vocalbaby.utils.progress_bars import progress_bars

    with progress_bars() as progress:
        report = run_validation(stage_workspace(config_dir, out), progress)
    answer({"report": report})
    if not as_json:
        show_report(report)
    require_valid(report)


def features(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False
) -> None:
    """Compute the feature sets of every clip, and of augmented copies of the training clips.

    Computes the sets that features.yaml, comparison.yaml and tuning.yaml name, each once; sets
    joined by + are joined from their parts. Writes features/<set>/train.parquet, devel.parquet and
    test.parquet. Rows that were computed before are taken from cache/features, by content.

    spectral_prosodic: 105 acoustic measures, the default. mfcc: 40 cepstral coefficients, the
    baseline. egemaps: 88 functionals of openSMILE (extra egemaps), for research and education only;
    accept its licence by egemaps.accept_research_licence. embedding: a pretrained model in one file
    (extra litert or onnx). ssl: a speech model such as HuBERT or wav2vec 2.0 (extra ssl), named by
    ssl.model.

    Example: VOCALBABY_FEATURES__FEATURE_SET=spectral_prosodic+mfcc vocalbaby features
    """
    require_extra("train")
    from vocalbaby.pipeline.features import run_features
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = stage_workspace(config_dir, out)
    with progress_bars() as progress:
        tables = run_features(workspace, progress)
    counts = {
        name: {
            split: {
                "feature_set": name,
                "rows": len(table),
                "columns": len(table.columns),
                "file": workspace.feature_table(name, split),
            }
            for split, table in splits.items()
        }
        for name, splits in tables.items()
    }
    answer({"tables": counts})
    if not as_json:
        for name, splits in tables.items():
            for split, table in splits.items():
                rows = counted(len(table), "row")
                typer.echo(f"{split}: {rows} of {len(table.columns)} {name}")


def train(config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False) -> None:
    """Train a model on the features, calibrate it, and write it as a bundle.

    Writes training/bundle and training/history.csv. The same settings and features
    give the same model version. The section classification of training.yaml trains a hierarchy
    of models instead of one of all classes, or both, and keeps the better one on devel.

    Example: vocalbaby train && vocalbaby predict cry.wav -m artifacts/training/bundle
    """
    require_extra("train")
    from vocalbaby.pipeline.training import run_training
    from vocalbaby.utils.progress_bars import progress_bars

    workspace = stage_workspace(config_dir, out)
    with progress_bars() as progress:
        manifest = run_training(workspace, progress)
    answer({"version": manifest.version, "bundle": workspace.bundle, "manifest": manifest})
    if not as_json:
        if chosen := manifest.metrics.get("classification"):
            typer.echo(chosen["choice"])
        typer.echo(f"{manifest.version}: {workspace.bundle}")


def evaluate(
    config_dir: ConfigDir = CONFIGS, out: Out = ARTIFACTS, *, as_json: Json = False
) -> None:
    """Evaluate the trained model on the children of the test split.

    Writes evaluation/metrics.json, predictions.csv, the confusion matrix and more.

    Example: vocalbaby evaluate
    """
    require_extra("train")
    from vocalbaby.commands.tables import show_evaluations
    from vocalbaby.pipeline.evaluation import run_evaluation

    evaluations = run_evaluation(stage_workspace(config_dir, out))
    answer({"test_sets": {name: each.metrics() for name, each in evaluations.items()}})
    if not as_json:
        show_evaluations(evaluations)
