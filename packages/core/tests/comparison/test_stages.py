"""The stages comparison and aggregation, through the files that they write."""

import json
import shutil
from typing import Any

import pandas as pd
import pytest
import yaml

from packages.core.tests.comparison.conftest import COMPARISON, make_table
from vocalbaby.bundle.files import read_bundle, verify_bundle
from vocalbaby.comparison import predictions
from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.fitting import fit
from vocalbaby.exception import DataNotFoundError
from vocalbaby.pipeline.aggregation import run_aggregation
from vocalbaby.pipeline.comparison import run_comparison
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.tuning.best import Best

TREES = "mfcc/boosted_trees/flat"
LINES = "mfcc/logistic_regression/flat"


def configure(workspace: Workspace, **changes: Any) -> None:
    settings = COMPARISON | changes
    workspace.comparison_config.write_text(yaml.safe_dump(settings))


def test_a_second_run_computes_only_what_is_missing_or_changed(workspace: Workspace) -> None:
    configure(workspace, families=["boosted_trees"])
    assert run_comparison(workspace).computed == (TREES,)
    before = (workspace.comparison / TREES / "predictions.csv").stat().st_mtime_ns
    configure(workspace)
    steps: list[tuple[str, int, int]] = []
    run = run_comparison(workspace, lambda *step: steps.append(step))
    assert (run.computed, run.kept) == ((LINES,), (TREES,))
    assert (workspace.comparison / TREES / "predictions.csv").stat().st_mtime_ns == before
    assert ("experiments", 2, 2) in steps
    # A part of a folder, as a copy that was cut off leaves it, is computed again.
    (workspace.comparison / LINES / "bundle" / "manifest.json").unlink()
    path = workspace.comparison / TREES / "predictions.csv"
    path.write_text(path.read_text()[:-20])
    assert run_comparison(workspace).computed == (TREES, LINES)
    # So is everything with other settings or features.
    assert run_comparison(workspace).computed == ()
    training = yaml.safe_load(workspace.training_config.read_text())
    training["calibration"]["novelty_axes"] = 1
    workspace.training_config.write_text(yaml.safe_dump(training))
    assert len(run_comparison(workspace).computed) == 2


def test_a_run_that_dies_leaves_complete_experiments(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(train: Any, devel: Any, config: TrainingConfig, *rest: Any) -> Any:
        if config.kind != "boosted_trees":
            raise KeyboardInterrupt
        return train_model(train, devel, config, *rest)

    monkeypatch.setattr("vocalbaby.comparison.predictions.train_model", dying)
    with pytest.raises(KeyboardInterrupt):
        run_comparison(workspace)
    assert not (workspace.comparison / LINES).exists()
    with pytest.raises(DataNotFoundError, match="comparison"):
        run_aggregation(workspace)
    monkeypatch.undo()
    assert run_comparison(workspace).computed == (LINES,)


def test_results_have_all_tables_and_the_best_bundle(workspace: Workspace) -> None:
    configure(workspace, learning_curve={"children": [4, 6], "repeats": 1})
    run_comparison(workspace)
    found = run_aggregation(workspace)
    results = pd.read_csv(workspace.results / "results.csv")
    devel = results[results.split == "devel"].sort_values("uar").iloc[-1]
    assert found.choice.best.family == devel.family
    assert found.summary.chosen == found.choice.best.name
    assert len(results) == 4
    assert verify_bundle(workspace.results / "bundle") == []
    test = results[(results.split == "test") & (results.family == devel.family)].iloc[0]
    bundle = read_bundle(workspace.results / "bundle")
    assert bundle.manifest.metrics["test"]["uar"] == pytest.approx(test.uar, abs=1e-6)
    assert "Figures: test" in bundle.card
    curve = pd.read_csv(workspace.results / "learning_curves.csv")
    assert curve[curve.split == "test"].children.tolist() == [4, 6]
    assert float(curve[(curve.split == "test") & (curve.children == 6)].uar.iloc[0]) == test.uar
    raw = pd.read_csv(workspace.comparison / "learning_curves.csv")
    assert list(raw.columns)[-3:] == ["repeat", "split", "uar"]
    metrics = json.loads((workspace.results / "metrics.json").read_text())
    assert metrics["test"]["uar"] == pytest.approx(test.uar)
    assert (workspace.results / "report.html").is_file()
    # The same inputs give the same bytes.
    first = {p.name: p.read_bytes() for p in workspace.results.glob("*.csv")}
    shutil.rmtree(workspace.results)
    run_aggregation(workspace)
    assert {p.name: p.read_bytes() for p in workspace.results.glob("*.csv")} == first


def test_devel_is_predicted_by_calibrations_that_have_not_seen_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[set[str], set[str]]] = []
    predict = predictions._predict

    def watched_fit(train: Any, devel: Any, settings: Any, **options: Any) -> Any:
        fitted = fit(train, devel, settings, **options)
        calibrated.append(set(devel.meta.child_ID))
        return fitted

    def watched_predict(fitted: Any, table: Any, settings: Any) -> pd.DataFrame:
        seen.append((set(fitted.tables[1].meta.child_ID), set(table.meta.child_ID)))
        return predict(fitted, table, settings)

    calibrated: list[set[str]] = []
    monkeypatch.setattr("vocalbaby.comparison.predictions.fit", watched_fit)
    monkeypatch.setattr(predictions, "_predict", watched_predict)
    configure(workspace, families=["boosted_trees"])
    run_comparison(workspace)
    assert len(seen) == len(calibrated) == 3
    assert all(not known & predicted for known, predicted in seen)
    table = pd.read_csv(workspace.comparison / TREES / "predictions.csv")
    assert sorted(table.clip_ID[table.split == "devel"]) == sorted(
        make_table("devel", 1).meta.clip_ID
    )


def test_aggregation_requires_the_comparison(workspace: Workspace) -> None:
    with pytest.raises(DataNotFoundError, match="Run the stage comparison"):
        run_aggregation(workspace)


def test_tuned_settings_take_precedence(workspace: Workspace) -> None:
    best = Best(
        feature_set="mfcc",
        family="boosted_trees",
        objective="uar",
        evaluation="devel",
        value=0.6,
        default=0.5,
        devel=0.6,
        trial=3,
        trials=12,
        pruned=0,
        failed=0,
        seed=0,
        settings={"kind": "boosted_trees", "max_depth": 1},
        fingerprint="0",
        code_version="0",
    )
    path = workspace.tuning / "mfcc" / "boosted_trees" / "best.json"
    path.parent.mkdir(parents=True)
    path.write_text(best.model_dump_json())
    configure(workspace, families=["boosted_trees"])
    run_comparison(workspace)
    used = json.loads((workspace.comparison / TREES / "settings.json").read_text())
    assert used["training"]["max_depth"] == 1
    assert used["training"]["kind"] == "boosted_trees"


def test_hierarchical_and_flat_models_are_compared(workspace: Workspace) -> None:
    configure(workspace, families=["logistic_regression"], modes=["flat", "hierarchical"])
    run_comparison(workspace)
    run_aggregation(workspace)
    table = pd.read_csv(workspace.results / "flat_vs_hierarchical.csv")
    assert len(table) == 4
    assert (table.hierarchical - table.flat - table.difference).abs().max() < 2e-6
    bundle = read_bundle(workspace.comparison / "mfcc/logistic_regression/hierarchical/bundle")
    assert bundle.manifest.kind == "hierarchical"
