"""Stage evaluation: evaluate the trained model on the test split."""

import numpy as np

from vocalbaby import inference
from vocalbaby.components.evaluation_files import write_evaluation
from vocalbaby.components.feature_table import FeatureTable, read_feature_table
from vocalbaby.components.metrics import (
    Evaluation,
    EvaluationConfig,
    evaluate_by_corpus,
    tabulate,
)
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import FeatureSetError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.pipeline.workspace import Workspace, write_json
from vocalbaby.utils.config import load_config
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    import pandas as pd

__all__ = ["predict_table", "run_evaluation"]


def run_evaluation(workspace: Workspace) -> dict[str, Evaluation]:
    """Evaluate the trained model on the test split, as a whole and per corpus.

    Args:
        workspace: Folders of settings and results.

    Returns:
        Metrics by set of clips; the whole test split comes first.

    Raises:
        ConfigError: ``evaluation.yaml`` is not valid.
        DataError: The table of the test split is missing or has no labelled clip.
        BundleError: The model is missing or damaged.
        FeatureSetError: The features of the table are not those of the model.
    """
    config = load_config(workspace.evaluation_config, EvaluationConfig, optional_file=True)
    predictor = inference.load(workspace.bundle)
    path = workspace.feature_table(predictor.manifest.feature_set, "test")
    answers = predict_table(predictor, read_feature_table(path))
    evaluations = evaluate_by_corpus(answers, config)
    write_evaluation(workspace.evaluation, evaluations["test"], answers, config.bins)
    write_json(
        workspace.evaluation / "by_corpus.json",
        {name: evaluation.metrics() for name, evaluation in evaluations.items()},
    )
    return evaluations


def predict_table(predictor: Predictor, table: FeatureTable) -> pd.DataFrame:
    """Predict every row of a feature table.

    Returns:
        Labels and predictions, as `components.metrics.tabulate` returns them.

    Raises:
        FeatureSetError: The features of the table are not those of the model.
    """
    manifest = predictor.manifest
    required = (manifest.feature_set, manifest.feature_set_version, manifest.columns)
    if required != (table.feature_set, table.feature_set_version, table.columns):
        raise FeatureSetError(
            f"The table has the features {table.feature_set} {table.feature_set_version}, "
            f"the model {manifest.version} requires {required[0]} {required[1]}.",
            hint="Run `vocalbaby features` and `vocalbaby train` again.",
        )
    # The features are known, so the clips need no samples.
    silence = np.empty(0, np.float32)
    clips = [Clip(name, silence, duration_s=0.0) for name in table.meta.clip_ID]
    return tabulate(table.meta, predictor.predict_from_features(clips, table.array))
