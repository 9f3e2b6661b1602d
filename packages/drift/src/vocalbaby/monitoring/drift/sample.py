"""Samples that are compared: rows of features with the predictions of the model."""

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vocalbaby.entity.clip import Clip
from vocalbaby.exception import BundleError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.utils.wording import counted

__all__ = ["ABSTAINED", "Predictions", "Sample", "predict_from_features", "reference_sample"]

#: Class of a clip for which the model abstained.
ABSTAINED: Final = "abstained"

#: Least number of rows of a reference: each of its halves needs rows in every fold.
_MIN_ROWS: Final = 40
_NO_SOUND: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Predictions of the model.

    Attributes:
        labels: Class or `ABSTAINED`, shape (n,).
        probabilities: float64, shape (n, n_classes), in the model's order of classes.
    """

    labels: NDArray[np.str_]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of features with predictions.

    Attributes:
        values: float64, shape (n, n_columns), the columns of the model; NaN means "not
            measurable".
        predictions: Predictions of the model for the rows.
        groups: Number of the child, or of the request, of each row, shape (n,). Rows of one
            group are not independent.
    """

    values: NDArray[np.float64]
    predictions: Predictions
    groups: NDArray[np.intp]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)

    def rows(self, indices: NDArray[np.intp]) -> "Sample":
        """Select the rows at these indices, in this order."""
        predictions = Predictions(
            self.predictions.labels[indices], self.predictions.probabilities[indices]
        )
        return Sample(self.values[indices], predictions, self.groups[indices])


def predict_from_features(predictor: Predictor, values: NDArray[np.floating[Any]]) -> Predictions:
    """Predict the classes of rows of features.

    Args:
        predictor: The model.
        values: Shape (n, n_columns), the columns of the model.
    """
    clips = [Clip("", _NO_SOUND, 0.0)] * len(values)
    predictions = predictor.predict_from_features(clips, values.astype(np.float32))
    classes = predictor.manifest.classes
    return Predictions(
        np.array([one.label or ABSTAINED for one in predictions], np.str_),
        np.array([[one.probabilities[c] for c in classes] for one in predictions]).reshape(
            -1, len(classes)
        ),
    )


def reference_sample(predictor: Predictor) -> tuple[Sample, NDArray[np.str_]]:
    """Read the reference sample of a model and its true classes.

    Raises:
        BundleError: The reference cannot be read, or is too small.
    """
    what = f"The drift reference of {predictor.manifest.version}"
    try:
        table = pq.read_table(io.BytesIO(predictor.bundle.reference))
        columns = [table[name].to_numpy() for name in predictor.manifest.columns]
    except (pa.ArrowException, KeyError) as error:
        raise BundleError(
            f"{what} cannot be read: {error}.", hint="Train the model again."
        ) from error
    if table.num_rows < _MIN_ROWS:
        raise BundleError(
            f"{what} has {counted(table.num_rows, 'row')}; at least {_MIN_ROWS} are needed.",
            hint="Train the model again, with more clips in the devel split.",
        )
    values = np.stack(columns, axis=1).astype(np.float64)
    child, corpus, truth = (table[name].to_pylist() for name in ("child_ID", "corpus", "Answer"))
    # A child is one of its corpus. The separator sorts before all other characters.
    keys = [f"{name}\0{of}" for name, of in zip(child, corpus, strict=True)]
    groups = np.unique(np.array(keys, np.str_), return_inverse=True)[1]
    return Sample(values, predict_from_features(predictor, values), groups), np.array(
        truth, np.str_
    )
