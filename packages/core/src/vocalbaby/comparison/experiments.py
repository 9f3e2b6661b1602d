"""Experiments: a feature set, a family of models and a mode, trained and predicted."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vocalbaby.bundle.files import verify_bundle
from vocalbaby.comparison.config import ComparisonConfig, Mode
from vocalbaby.comparison.fingerprints import fingerprint
from vocalbaby.comparison.predictions import Tables, fit_and_predict
from vocalbaby.components.fitting import FittedModel, TrainingSettings
from vocalbaby.components.metrics import EvaluationConfig, evaluate_by_corpus
from vocalbaby.components.packaging import package
from vocalbaby.entity.progress import TaskProgressCallback
from vocalbaby.tuning.families import Family
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["Experiment", "is_current", "plan", "run_experiment"]

_BUNDLE, _PREDICTIONS, _SETTINGS = "bundle", "predictions.csv", "settings.json"


@dataclass(frozen=True, slots=True, order=True)
class Experiment:
    """A feature set, a family and a mode.

    Attributes:
        feature_set: Name of the feature set, or of several joined with ``+``.
        family: Family of the models.
        mode: ``flat`` or ``hierarchical``.

    Examples:
        >>> Experiment("mfcc", "svm", "flat").name
        'mfcc/svm/flat'
        >>> Experiment.of("mfcc/svm/flat").family
        'svm'
    """

    feature_set: str
    family: Family
    mode: Mode

    @property
    def name(self) -> str:
        """The three names with slashes; also the folder of the results."""
        return f"{self.feature_set}/{self.family}/{self.mode}"

    @classmethod
    def of(cls, name: str) -> "Experiment":
        """Return the experiment of a name.

        Args:
            name: Name of an experiment.

        Raises:
            ValueError: It does not have three parts.
        """
        feature_set, family, mode = name.split("/")
        return cls(feature_set, family, mode)  # type: ignore[arg-type]


def plan(config: ComparisonConfig, feature_set: str) -> list[Experiment]:
    """List the experiments of a comparison.

    Args:
        config: Settings of the comparison.
        feature_set: Feature set if the settings name none.

    Returns:
        The experiments, by feature set, family and mode in the order of the settings.

    Examples:
        >>> config = ComparisonConfig(families=("svm",))
        >>> [each.name for each in plan(config, "mfcc")]
        ['mfcc/svm/flat', 'mfcc/svm/hierarchical']
    """
    return [
        Experiment(name, family, mode)
        for name in config.feature_sets or (feature_set,)
        for family in config.families
        for mode in config.modes
    ]


def run_experiment(
    folder: Path,
    tables: Tables,
    settings: TrainingSettings,
    evaluation: EvaluationConfig,
    progress: TaskProgressCallback | None = None,
) -> bool:
    """Train and calibrate a model, predict devel out of fold and test, and write the results.

    A folder whose results have the same inputs stays as it is. The results replace older ones
    as a whole, so that no reader sees a part of them.

    Args:
        folder: Folder for ``bundle/``, ``predictions.csv`` and ``settings.json``.
        tables: Train, devel and test.
        settings: Settings of the training.
        evaluation: Settings of the figures in the bundle.
        progress: Called with (task, rounds done, maximum number of rounds).

    Returns:
        Whether anything was computed.

    Raises:
        DataError: The tables cannot be trained on.

    Examples:
        >>> is_current(Path("nothing"), "0" * 64)
        False
    """
    used = settings_used(settings) | {"evaluation": evaluation.model_dump(mode="json")}
    key = fingerprint(tables, used)
    if is_current(folder, key):
        return False
    fitted, answers = fit_and_predict(tables, settings, progress)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        new = Path(temporary) / folder.name
        new.mkdir()
        _write(new, fitted, answers, settings, evaluation, {"fingerprint": key, **used})
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)
    return True


def is_current(folder: Path, key: str) -> bool:
    """Whether a folder has the complete results of these inputs.

    Args:
        folder: Folder of the results.
        key: Fingerprint of the inputs.

    Examples:
        >>> is_current(Path("nothing"), "0" * 64)
        False
    """
    try:
        recorded = json.loads((folder / _SETTINGS).read_text("utf-8"))
        predictions = hashlib.sha256((folder / _PREDICTIONS).read_bytes()).hexdigest()
        return (
            recorded["fingerprint"] == key
            and recorded["predictions_sha256"] == predictions
            and not verify_bundle(folder / _BUNDLE)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def settings_used(settings: TrainingSettings) -> dict[str, object]:
    """Return the sections of the settings as JSON can hold them.

    Args:
        settings: Settings of a training.

    Examples:
        >>> from vocalbaby.components.fitting import TrainingSettings
        >>> sorted(settings_used(TrainingSettings.read(Path("training.yaml"))))[:2]
        ['calibration', 'classification']
    """
    return {
        name: section.model_dump(mode="json")
        for name in settings.__slots__
        if (section := getattr(settings, name)) is not None
    }


def _write(
    folder: Path,
    fitted: FittedModel,
    answers: pd.DataFrame,
    settings: TrainingSettings,
    evaluation: EvaluationConfig,
    record: Mapping[str, object],
) -> None:
    test = answers[answers.split == "test"]
    labelled = len(test[test.Answer != ""]) > 0
    package(
        folder / _BUNDLE,
        fitted.model,
        fitted.calibration,
        fitted.tables,
        settings.model,
        evaluate_by_corpus(test, evaluation) if labelled else {},
    )
    columns = ["split", "corpus", "child_ID", "clip_ID", "Answer", "label", "predicted"]
    columns += [name for name in answers.columns if name.startswith("p_")]
    text = answers[columns].to_csv(index=False, float_format="%.6f", lineterminator="\n")
    (folder / _PREDICTIONS).write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    content = {**record, "predictions_sha256": digest}
    (folder / _SETTINGS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
