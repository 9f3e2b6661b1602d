"""Training of logistic regression on feature tables."""

import numpy as np

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.standardized_data import model_row, standardized_data
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.models import linear
from vocalbaby.models.parts import EncodedArray
from vocalbaby.models.standardization import EncodedStandardization
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.linear_model import LogisticRegression

__all__ = ["train_logistic_regression"]


def train_logistic_regression(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
) -> TrainedParts:
    """Train a multinomial logistic regression with an L2 penalty by L-BFGS.

    Devel affects only the history, which has one row. Rows without a label are ignored.

    Args:
        train: Clips to fit the regression to.
        devel: Clips of other children.
        config: Settings of the training.
        progress: Called with (``config.rounds``, ``config.rounds``) at the end.

    Returns:
        The regression.

    Raises:
        DataError: Train has fewer than two classes, or devel has a class that train lacks.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> trained = train_logistic_regression(table, table, TrainingConfig())
        >>> trained.classes, list(trained.parts), trained.history[0]["devel_uar"]
        (('Crying', 'Junk'), ['linear.json'], 1.0)
    """
    data = standardized_data(train, devel, config)
    settings = config.logistic_regression
    fitted = LogisticRegression(C=settings.C, max_iter=settings.max_iter, tol=settings.tol)
    fitted.fit(data.inputs[0].astype(np.float64), data.truth[0], sample_weight=data.weights[0])
    weights, intercept = fitted.coef_, fitted.intercept_
    if len(data.classes) == 2:  # then scikit-learn has the log odds of the second class only
        weights = np.concatenate([-weights, weights]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    content = linear.LinearPart(
        input=EncodedStandardization.encode(data.standardization),
        weights=EncodedArray.encode(weights),
        intercept=EncodedArray.encode(intercept),
    )
    part = f"{content.model_dump_json(indent=1)}\n".encode()
    model = linear.LogisticRegression.from_parts({linear.PART: part})
    if progress is not None:
        progress(config.rounds, config.rounds)
    return TrainedParts(
        kind=linear.KIND,
        classes=data.classes,
        columns=train.columns,
        parts={linear.PART: part},
        history=[model_row(data, model)],
    )
