"""Stage training: feature tables -> model bundle and learning history."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from vocalbaby import inference
from vocalbaby.components.boosting import TrainedModel, TrainingConfig, train_booster
from vocalbaby.components.calibration import CalibrationConfig, calibrate
from vocalbaby.components.feature_extraction import FeaturesConfig
from vocalbaby.components.feature_table import FeatureTable, concat, read_feature_table
from vocalbaby.components.metrics import EvaluationConfig, evaluate
from vocalbaby.components.packaging import ModelConfig, package
from vocalbaby.entity.bundle import BundleManifest, Calibration
from vocalbaby.entity.manifest import SPLITS
from vocalbaby.entity.progress import TaskProgressCallback, for_task
from vocalbaby.exception import DataError, SplitLeakError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.evaluation import answer, evaluate_by_corpus
from vocalbaby.pipeline.workspace import Workspace
from vocalbaby.utils.config import load_config

__all__ = ["leave_out", "require_disjoint", "run_training"]

_Fitted = tuple[TrainedModel, Calibration, tuple[FeatureTable, FeatureTable], ModelConfig]


def run_training(
    workspace: Workspace, progress: TaskProgressCallback | None = None
) -> BundleManifest:
    """Train on train, calibrate on devel, and write the bundle with its test figures.

    The figures are for the record and the model card; nothing is chosen by them.

    Args:
        workspace: Settings and results.
        progress: Called with (``training``, rounds done, most rounds).

    Returns:
        The manifest of the bundle.

    Raises:
        ConfigError: A settings file is not valid.
        DataError: A feature table is missing, or cannot be learnt from.
        SplitLeakError: A child stands in more than one split.
    """
    settings = workspace.training_config
    training = load_config(settings, TrainingConfig, "training")
    calibration = load_config(settings, CalibrationConfig, "calibration")
    model = load_config(settings, ModelConfig, "model")
    evaluation = load_config(workspace.evaluation_config, EvaluationConfig)
    feature_set = load_config(workspace.features_config, FeaturesConfig).feature_set
    fitted, held_out, test = (
        read_feature_table(workspace.feature_table(feature_set, split)) for split in SPLITS
    )

    require_disjoint((fitted, held_out, test))

    def fit(fitted: FeatureTable, held_out: FeatureTable, what: str) -> _Fitted:
        trained = train_booster(fitted, held_out, training, for_task(progress, what))
        calibrated = calibrate(trained, fitted, held_out, calibration)
        return trained, calibrated, (fitted, held_out), model

    def draft(parts: _Fitted) -> Predictor:
        with TemporaryDirectory() as scratch:
            package(scratch, *parts, {})
            return inference.load(scratch)

    parts = fit(fitted, held_out, "training")
    evaluations = evaluate_by_corpus(answer(draft(parts), test), evaluation)
    for corpus in evaluation.unseen_corpora:
        known, unseen = leave_out(corpus, (fitted, held_out, test))
        answers = answer(draft(fit(*known, f"without {corpus}")), unseen)
        evaluations[f"{corpus}, left out of training"] = evaluate(answers, evaluation)
    manifest = package(workspace.bundle, *parts, evaluations)
    _write_history(workspace.training / "history.csv", parts[0].history)
    return manifest


def require_disjoint(tables: Sequence[FeatureTable]) -> None:
    """Refuse tables that share a child, also where nobody ran the validation.

    Raises:
        SplitLeakError: A child stands in more than one table.
    """
    count = Counter(child for table in tables for child in set(table.meta.child_ID))
    if shared := sorted(child for child, n in count.items() if n > 1):
        raise SplitLeakError(
            f"{len(shared)} children stand in more than one split, e.g. {shared[:3]}.",
            hint="Mend the corpus's `split` column, then run every stage again.",
        )


def leave_out(
    corpus: str, tables: tuple[FeatureTable, FeatureTable, FeatureTable]
) -> tuple[tuple[FeatureTable, FeatureTable], FeatureTable]:
    """Train and devel without a corpus, and every clip of it, augmented copies excepted.

    Raises:
        DataError: No clip is of that corpus, or no other is.
    """
    inside = [table.meta.corpus == corpus for table in tables]
    known = tuple(t.where(~own) for t, own in zip(tables[:2], inside[:2], strict=True))
    unseen = concat([t.where(own).originals for t, own in zip(tables, inside, strict=True)])
    if not len(unseen) or not all(map(len, known)):
        raise DataError(
            f"The corpus '{corpus}' cannot be left out: it has {len(unseen)} clips, "
            f"the others {sum(map(len, known))}.",
            hint="Name corpora of the manifest under unseen_corpora in evaluation.yaml.",
        )
    return (known[0], known[1]), unseen


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, history[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
