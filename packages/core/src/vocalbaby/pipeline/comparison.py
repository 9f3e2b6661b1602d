"""Stage comparison: train and predict every experiment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.comparison.choice import ranked
from vocalbaby.comparison.config import ComparisonConfig
from vocalbaby.comparison.experiments import Experiment, plan, run_experiment
from vocalbaby.comparison.findings import (
    Finding,
    class_corpora,
    class_from_corpus,
    findings_table,
    perfect_features,
    shared_sounds,
)
from vocalbaby.comparison.intervals import score_all
from vocalbaby.comparison.learning_curves import COLUMNS, curve_rows, run_points
from vocalbaby.comparison.predictions import Tables
from vocalbaby.comparison.settings import experiment_settings
from vocalbaby.comparison.unseen_corpora import run_unseen_corpora
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import children, read_feature_table
from vocalbaby.components.fitting import TrainingSettings
from vocalbaby.components.metrics import EvaluationConfig
from vocalbaby.components.split_leaks import require_disjoint, require_distinct_sounds
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.tuning.best import read_best
from vocalbaby.utils.config import load_config
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["ComparisonRun", "planned", "run_comparison"]


@dataclass(frozen=True, slots=True)
class ComparisonRun:
    """What the stage has done.

    Attributes:
        computed: Names of the experiments that were computed.
        kept: Names of those whose results were there already.
    """

    computed: tuple[str, ...]
    kept: tuple[str, ...]


def run_comparison(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> ComparisonRun:
    """Run every experiment of ``comparison.yaml`` whose results are missing or stale.

    Results are complete or not there, so a stage that was killed goes on where it was.

    Args:
        workspace: Folders of settings and results.
        progress: Called with (``experiments``, done, in all), with (``current model``, rounds
            done, maximum number of rounds), and with (``learning curve``, points done, in all).

    Returns:
        Names of the experiments.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing or cannot be trained on.
        SplitLeakError: A child or a sound is in more than one split.
    """
    config, experiments = planned(workspace)
    settings = TrainingSettings.read(workspace.training_config)
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig, optional_file=True)
    sets = list(dict.fromkeys(each.feature_set for each in experiments))
    tables = {name: _tables(workspace, name) for name in sets}
    findings = _check(list(tables.values()))
    write_json(workspace.comparison / "data.json", _data(tables))
    chosen = {each: _settings(workspace, settings, each) for each in experiments}
    computed = []
    for done, each in enumerate(experiments):
        if progress is not None:
            progress("experiments", done, len(experiments))
        folder = workspace.comparison / each.name
        inputs = tables[each.feature_set], chosen[each], evaluation
        if run_experiment(folder, *inputs, _as_one_task(progress)):
            computed.append(each.name)
    if progress is not None:
        progress("experiments", len(experiments), len(experiments))
    findings += _curves(workspace, config, experiments, tables, chosen, progress)
    if config.unseen_corpora:
        best = ranked(score_all(workspace.comparison, experiments, bins=15), config)[0].experiment
        given = best, tables[best.feature_set], chosen[best]
        findings += run_unseen_corpora(workspace.comparison, *given, progress)
    _write_csv(workspace.comparison / "findings.csv", findings_table(findings))
    kept = tuple(each.name for each in experiments if each.name not in computed)
    return ComparisonRun(tuple(computed), kept)


def planned(workspace: Workspace) -> tuple[ComparisonConfig, list[Experiment]]:
    """Read the settings of the comparison.

    Args:
        workspace: Folders of settings and results.

    Returns:
        The settings, and the experiments.

    Raises:
        ConfigError: ``comparison.yaml`` or ``features.yaml`` is not valid.
    """
    config = load_config(workspace.comparison_config, ComparisonConfig, optional_file=True)
    features = load_config(workspace.features_config, FeaturesConfig, optional_file=True)
    return config, plan(config, features.feature_set)


def _tables(workspace: Workspace, feature_set: str) -> Tables:
    train, devel, test = (
        read_feature_table(workspace.feature_table(feature_set, split)) for split in SPLITS
    )
    require_disjoint((train, devel, test))
    require_distinct_sounds((train, devel, test))
    return train, devel, test


def _check(sets: Sequence[Tables]) -> list[Finding]:
    """Find what limits the results, in the clips of the first set and in the features of all."""
    found = shared_sounds(sets[0])
    metas = [table.originals.meta for table in sets[0]]
    together = pd.concat(metas, ignore_index=True)
    together = together[together.Answer != ""]
    cells = list(together.Answer), list(together.corpus)
    found += class_corpora(*cells) + class_from_corpus(*cells)
    for train, devel, _ in sets:
        found += perfect_features(train, devel)
    return found


def _data(tables: Mapping[str, Tables]) -> dict[str, object]:
    first = next(iter(tables.values()))
    return {
        "features": {name: len(train.columns) for name, (train, _, _) in tables.items()},
        "children": {
            split: int(children(table.meta).max(initial=-1)) + 1
            for split, table in zip(SPLITS, first, strict=True)
        },
    }


def _settings(
    workspace: Workspace, settings: TrainingSettings, each: Experiment
) -> TrainingSettings:
    best = read_best(workspace.tuning / each.feature_set / each.family / "best.json")
    return experiment_settings(
        settings, each.family, each.mode, best.settings if best is not None else None
    )


def _curves(
    workspace: Workspace,
    config: ComparisonConfig,
    experiments: Sequence[Experiment],
    tables: Mapping[str, Tables],
    settings: Mapping[Experiment, TrainingSettings],
    progress: TaskProgressCallback | None,
) -> list[Finding]:
    """Compute the learning curves of the best experiments on devel."""
    skipped: list[str] = []
    rows: list[Mapping[str, object]] = []
    curve = config.learning_curve
    if curve.children and curve.experiments:
        scores = ranked(score_all(workspace.comparison, experiments, bins=15), config)
        for best in scores[: curve.experiments]:
            each = best.experiment
            given = each, tables[each.feature_set], settings[each]
            skipped += run_points(workspace.comparison, *given, config, progress)
            rows += curve_rows(workspace.comparison, each, config)
    table = pd.DataFrame(rows, columns=COLUMNS)
    _write_csv(workspace.comparison / "learning_curves.csv", table)
    return [
        Finding("point_skipped", f"The learning curve lacks {name}: no selection has all classes.")
        for name in skipped
    ]


def _as_one_task(progress: TaskProgressCallback | None) -> TaskProgressCallback | None:
    """Report the models of all experiments on one bar."""
    if progress is None:
        return None
    report: Callable[[str, int, int], None] = progress
    return lambda _, done, total: report("current model", done, total)


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
