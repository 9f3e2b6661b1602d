"""Stage aggregation: tables with intervals, the choice of the best experiment, and the report."""

import json
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.comparison.choice import Choice, choose, copy_bundle
from vocalbaby.comparison.differences import differences_table, mode_table
from vocalbaby.comparison.experiments import Experiment
from vocalbaby.comparison.intervals import score_all
from vocalbaby.comparison.learning_curves import COLUMNS, curve_table
from vocalbaby.comparison.metrics_table import (
    class_table,
    confusions,
    corpus_table,
    reliability_table,
    results_table,
)
from vocalbaby.comparison.reasons import Summary, explain
from vocalbaby.comparison.report import write_report
from vocalbaby.comparison.unseen_corpora import unseen_table
from vocalbaby.components.metrics import EvaluationConfig
from vocalbaby.exception import DataNotFoundError
from vocalbaby.pipeline.comparison import planned
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.config import load_config
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["Aggregation", "run_aggregation"]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation:
    """Results of a comparison.

    Attributes:
        choice: The chosen experiment and its alternatives.
        results: The table ``results.csv``.
        summary: The reasons and warnings of the report.
    """

    choice: Choice
    results: pd.DataFrame
    summary: Summary


def run_aggregation(workspace: Workspace) -> Aggregation:
    """Compute all tables of a comparison, choose the best experiment, and write the report.

    Devel chooses the experiment, and test reports how good it is.

    Args:
        workspace: Folders of settings and results.

    Returns:
        The choice, the metrics, and the sentences of the report.

    Raises:
        ConfigError: A settings file is not valid.
        DataNotFoundError: The results of an experiment are missing.
        DataError: The experiments have predicted different clips.
    """
    config, experiments = planned(workspace)
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig, optional_file=True)
    data = _data(workspace)
    scores = score_all(workspace.comparison, experiments, evaluation.bins)
    choice = choose(scores, config)
    drawn = pd.read_csv(workspace.comparison / "learning_curves.csv")[COLUMNS[:3]]
    curves = {"/".join(row) for row in drawn.itertuples(index=False)}
    with_curve = [each for each in scores if each.experiment.name in curves]
    train_children = data["children"]["train"]
    results = results_table(scores, config)
    findings = pd.read_csv(workspace.comparison / "findings.csv", keep_default_na=False)
    folder = workspace.results
    for name, table in {
        "results": results,
        "classes": class_table(scores, config),
        "reliability": reliability_table(scores),
        "differences": differences_table(scores, config, choice.best),
        "flat_vs_hierarchical": mode_table(scores, config),
        "corpora": corpus_table(scores, config),
        "learning_curves": curve_table(workspace.comparison, with_curve, train_children, config),
        "unseen_corpora": unseen_table(workspace.comparison, config),
        "findings": findings,
    }.items():
        _write(folder / f"{name}.csv", table)
    write_json(folder / "confusions.json", confusions(scores))
    write_json(
        folder / "choice.json",
        {
            "objective": config.objective,
            "best": choice.best.name,
            "runner_up": choice.runner_up.name if choice.runner_up else None,
            "indistinguishable": [each.name for each in choice.indistinguishable],
            "simplest": choice.simplest.name,
        },
    )
    used = config.model_dump(mode="json") | {"experiments": [each.name for each in experiments]}
    write_json(folder / "settings.json", used)
    write_json(folder / "metrics.json", _metrics(results, choice.best))
    copy_bundle(workspace.comparison / choice.best.name / "bundle", folder / "bundle")
    summary = explain(folder, objective=config.objective, confidence=config.confidence)
    write_report(folder)
    return Aggregation(choice, results, summary)


def _metrics(results: pd.DataFrame, best: Experiment) -> dict[str, dict[str, float]]:
    """Metrics of the best experiment by split, for ``dvc metrics show``."""
    names = ("uar", "macro_f1", "accuracy", "ece")
    columns = [f"{name}{suffix}" for name in names for suffix in ("", "_low", "_high")]
    rows = results.set_index(["feature_set", "family", "mode"]).loc[
        [(best.feature_set, best.family, best.mode)]
    ]
    return {
        str(split): {name: round(float(row[name]), 6) for name in columns}
        for split, row in rows.set_index("split").iterrows()
    }


def _data(workspace: Workspace) -> dict[str, dict[str, int]]:
    path = workspace.comparison / "data.json"
    try:
        found: dict[str, dict[str, int]] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DataNotFoundError(
            f"There is no comparison in {workspace.comparison}.",
            hint="Run the stage comparison first.",
        ) from None
    return found


def _write(path: Path, table: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
