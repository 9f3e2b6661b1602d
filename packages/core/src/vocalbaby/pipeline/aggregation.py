"""Stage aggregation: tables with intervals, the choice of the best experiment, and the report."""

import json
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.comparison.choice import Choice, choose, copy_bundle
from vocalbaby.comparison.differences import differences_table, mode_table
from vocalbaby.comparison.findings import Finding, few_children, findings_table
from vocalbaby.comparison.intervals import score_all
from vocalbaby.comparison.learning_curves import COLUMNS, curve_table
from vocalbaby.comparison.metrics_table import (
    class_table,
    confusions,
    corpus_table,
    reliability_table,
    results_table,
)
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
        findings: The table ``findings.csv``.
    """

    choice: Choice
    results: pd.DataFrame
    findings: pd.DataFrame


def run_aggregation(workspace: Workspace) -> Aggregation:
    """Compute all tables of a comparison, choose the best experiment, and write the report.

    Devel chooses the experiment, and test reports how good it is.

    Args:
        workspace: Folders of settings and results.

    Returns:
        The choice, the metrics and the findings.

    Raises:
        ConfigError: A settings file is not valid.
        DataNotFoundError: The results of an experiment are missing.
        DataError: The experiments have predicted different clips.
    """
    config, experiments = planned(workspace)
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig, optional_file=True)
    data = _data(workspace)
    scores = score_all(workspace.comparison, experiments, evaluation.bins)
    choice = choose(scores, config, data["features"])
    drawn = pd.read_csv(workspace.comparison / "learning_curves.csv")[COLUMNS[:3]]
    curves = {"/".join(row) for row in drawn.itertuples(index=False)}
    with_curve = [each for each in scores if each.experiment.name in curves]
    train_children = data["children"]["train"]
    results = results_table(scores, config)
    findings = _findings(workspace, data["children"])
    folder = workspace.results
    for name, table in {
        "results": results,
        "classes": class_table(scores, config),
        "reliability": reliability_table(scores),
        "differences": differences_table(scores, config),
        "flat_vs_hierarchical": mode_table(scores, config),
        "corpora": corpus_table(scores, config),
        "learning_curves": curve_table(workspace.comparison, with_curve, train_children, config),
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
    copy_bundle(workspace.comparison / choice.best.name / "bundle", folder / "bundle")
    return Aggregation(choice, results, findings)


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


def _findings(workspace: Workspace, children: dict[str, int]) -> pd.DataFrame:
    table = pd.read_csv(workspace.comparison / "findings.csv", keep_default_na=False)
    found = [Finding(*row) for row in table.itertuples(index=False)]
    found += few_children({name: n for name, n in children.items() if name != "train"})
    return findings_table(found)


def _write(path: Path, table: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
