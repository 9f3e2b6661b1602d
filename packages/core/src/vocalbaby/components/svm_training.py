"""Training of support vector machines on feature tables."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.standardized_data import model_row, standardized_data
from vocalbaby.components.trained_classifier import TrainedParts
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.models import svm
from vocalbaby.models.parts import EncodedArray
from vocalbaby.models.standardization import EncodedStandardization
from vocalbaby.utils.extras import needs_extra

with needs_extra("train"):
    from sklearn.svm import SVC

__all__ = ["train_svm"]


def train_svm(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    progress: ProgressCallback | None = None,
) -> TrainedParts:
    """Train a support vector machine with a Gaussian kernel, one class against one.

    The weight of a clip multiplies ``C``. The time grows with the square of the number of clips.
    Devel affects only the history, which has one row; its losses are those of margins that are not
    calibrated. Rows without a label are ignored.

    Args:
        train: Clips to fit the machine to.
        devel: Clips of other children.
        config: Settings of the training.
        progress: Called with (``config.rounds``, ``config.rounds``) at the end.

    Returns:
        The machine.

    Raises:
        DataError: Train has fewer than two classes, or devel has a class that train lacks.
        BundleError: The support vectors take more than a part of a bundle may have.

    Examples:
        >>> import pandas as pd
        >>> keys = {"clip_ID": list("abcdef"), "child_ID": list("112233")}
        >>> meta = pd.DataFrame(keys).assign(Answer=["Junk", "Crying"] * 3, corpus="A", split="x")
        >>> values = pd.DataFrame({"pitch": np.array([1, 5, 2, 4, 1, 4], np.float32)})
        >>> table = FeatureTable("pitch", "1", meta, values)
        >>> trained = train_svm(table, table, TrainingConfig())
        >>> trained.classes, list(trained.parts), trained.history[0]["devel_uar"]
        (('Crying', 'Junk'), ['svm.json'], 1.0)
    """
    data = standardized_data(train, devel, config)
    settings, rows = config.svm, data.inputs[0].astype(np.float64)
    gamma = _scale(rows) if settings.gamma == "scale" else settings.gamma
    machine = SVC(
        C=settings.C,
        gamma=gamma,
        tol=settings.tol,
        cache_size=settings.cache_mb,
        decision_function_shape="ovo",
    )
    machine.fit(rows, data.truth[0], sample_weight=data.weights[0])
    # With two classes, scikit-learn's values speak for the second one.
    sign = -1.0 if len(data.classes) == 2 else 1.0
    content = svm.SvmPart(
        input=EncodedStandardization.encode(data.standardization),
        gamma=gamma,
        n_support=tuple(machine.n_support_.tolist()),
        support_vectors=EncodedArray.encode(machine.support_vectors_.astype(np.float32)),
        dual_coef=EncodedArray.encode(sign * machine.dual_coef_),
        intercept=EncodedArray.encode(sign * machine.intercept_),
    )
    part = f"{content.model_dump_json(indent=1)}\n".encode()
    model = svm.SupportVectorMachine.from_parts({svm.PART: part})
    if progress is not None:
        progress(config.rounds, config.rounds)
    return TrainedParts(
        kind=svm.KIND,
        classes=data.classes,
        columns=train.columns,
        parts={svm.PART: part},
        history=[model_row(data, model)],
    )


def _scale(rows: NDArray[np.float64]) -> float:
    """Return 1 over the number of columns and their variance, as ``gamma="scale"`` of SVC."""
    variance = float(rows.var())
    return 1.0 / (rows.shape[1] * variance) if variance > 0 else 1.0
