"""What is compared: rows of features with the model's answers."""

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vocalbaby.components.feature_table import META_COLUMNS
from vocalbaby.entity.clip import Clip
from vocalbaby.exception import BundleError
from vocalbaby.inference.predictor import Predictor

__all__ = ["ABSTAINED", "Answers", "Sample", "predict_from_features", "reference_sample"]

#: Stands for the class of a clip that got no label.
ABSTAINED: Final = "abstained"

#: Rows of a reference; each half of it must have some in every fold.
_FEWEST: Final = 40
_NO_SOUND: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the model said.

    Attributes:
        labels: Class or :data:`ABSTAINED`, shape (n,).
        probabilities: float64, shape (n, n_classes), in the model's order of classes.
    """

    labels: NDArray[np.str_]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows that can be compared.

    Attributes:
        values: float64, shape (n, n_columns), the model's columns; NaN is "not measurable".
        answers: The model's, for the same rows.
        groups: Number of the row's child, or of its request, shape (n,): rows of a group
            are not independent of each other.
    """

    values: NDArray[np.float64]
    answers: Answers
    groups: NDArray[np.intp]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.values)

    def rows(self, places: NDArray[np.intp]) -> "Sample":
        """Some of the rows, in this order."""
        answers = Answers(self.answers.labels[places], self.answers.probabilities[places])
        return Sample(self.values[places], answers, self.groups[places])


def predict_from_features(predictor: Predictor, values: NDArray[np.floating[Any]]) -> Answers:
    """What the model says to rows of its features."""
    clips = [Clip("", _NO_SOUND, 0.0)] * len(values)
    said = predictor.predict_from_features(clips, values.astype(np.float32))
    classes = predictor.manifest.classes
    return Answers(
        np.array([one.label or ABSTAINED for one in said], np.str_),
        np.array([[one.probabilities[c] for c in classes] for one in said]).reshape(
            -1, len(classes)
        ),
    )


def reference_sample(predictor: Predictor) -> tuple[Sample, NDArray[np.str_]]:
    """The reference sample of a model's bundle, and its true classes.

    Raises:
        BundleError: The reference cannot be read, or is too small.
    """
    what = f"The drift reference of {predictor.manifest.version}"
    try:
        table = pq.read_table(io.BytesIO(predictor.bundle.reference))
        columns = [table[name].to_numpy() for name in predictor.manifest.columns]
    except (pa.ArrowException, KeyError) as error:
        raise BundleError(f"{what} cannot be read: {error}.", hint="Train it again.") from error
    if table.num_rows < _FEWEST:
        raise BundleError(
            f"{what} has {table.num_rows} rows; at least {_FEWEST} are needed.",
            hint="Train it again, with more clips in the devel split.",
        )
    values = np.stack(columns, axis=1).astype(np.float64)
    child, truth = (table[name].to_pylist() for name in (META_COLUMNS[1], META_COLUMNS[2]))
    groups = np.unique(np.array(child, np.str_), return_inverse=True)[1]
    return Sample(values, predict_from_features(predictor, values), groups), np.array(
        truth, np.str_
    )
