"""The model kind ``logistic_regression``: multinomial logistic regression, in NumPy.

The features are standardized as in `vocalbaby.models.standardization`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from vocalbaby.models.classifier import checked_rows
from vocalbaby.models.parts import EncodedArray, read_part
from vocalbaby.models.standardization import EncodedStandardization, Standardization

__all__ = ["KIND", "PART", "LinearPart", "LogisticRegression"]

#: Name of the kind in bundle manifests.
KIND: Final = "logistic_regression"

#: The one model part of such a bundle.
PART: Final = "linear.json"

_MAX_CLASSES: Final = 100


class LinearPart(BaseModel):
    """The content of ``linear.json``.

    Attributes:
        input: Standardization of the columns.
        weights: float64, shape (n_classes, n_columns).
        intercept: float64, shape (n_classes,).

    Examples:
        >>> one = np.ones(1, np.float32)
        >>> part = LinearPart(
        ...     input=EncodedStandardization.encode(Standardization(-one, one, 0 * one, one)),
        ...     weights=EncodedArray.encode(np.array([[2.0], [-2.0]])),
        ...     intercept=EncodedArray.encode(np.zeros(2)),
        ... )
        >>> part.weights.shape
        (2, 1)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    input: EncodedStandardization
    weights: EncodedArray
    intercept: EncodedArray

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        shape = self.weights.shape
        if shape[1:] != self.input.low.shape or shape[:1] != self.intercept.shape:
            raise ValueError("the arrays differ in their numbers of columns or classes")
        if not 2 <= shape[0] <= _MAX_CLASSES:
            raise ValueError(f"the number of classes is not from 2 to {_MAX_CLASSES}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class LogisticRegression:
    """A logistic regression, ready to evaluate.

    Attributes:
        n_features: Number of columns.
        n_classes: Number of classes.

    Examples:
        >>> one = np.ones(1, np.float32)
        >>> part = LinearPart(
        ...     input=EncodedStandardization.encode(Standardization(-one, one, 0 * one, one)),
        ...     weights=EncodedArray.encode(np.array([[2.0], [-2.0]])),
        ...     intercept=EncodedArray.encode(np.zeros(2)),
        ... )
        >>> model = LogisticRegression.from_parts({PART: part.model_dump_json().encode()})
        >>> model.margins(np.array([[0.5], [9.0], [np.nan]], np.float32)).tolist()
        [[1.0, -1.0], [2.0, -2.0], [0.0, 0.0]]
    """

    n_features: int
    n_classes: int
    _input: Standardization
    _weights: NDArray[np.float64]
    _intercept: NDArray[np.float64]

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes]) -> Self:
        """Build the regression from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.

        Returns:
            The regression.

        Raises:
            BundleError: The parts are not exactly ``linear.json``, or it is not valid.
        """
        part = read_part(parts, KIND, PART, LinearPart)
        weights = part.weights.decode(PART, "weights").astype(np.float64)
        return cls(
            n_features=weights.shape[1],
            n_classes=weights.shape[0],
            _input=part.input.decode(PART),
            _weights=np.ascontiguousarray(weights.T),
            _intercept=part.intercept.decode(PART, "intercept").astype(np.float64),
        )

    def decision_function(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the linear scores, whose softmax is the regression's probability.

        Args:
            x: float32, shape (n, n_features); NaN means "missing".

        Returns:
            float64, shape (n, n_classes).

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        scaled = self._input.apply(checked_rows(x, self.n_features)).astype(np.float64)
        # One product of the same shape per row: that of a whole matrix would have other bits.
        scores: NDArray[np.float64] = np.matmul(scaled[:, np.newaxis], self._weights)[:, 0]
        return scores + self._intercept

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the linear scores as float32; see `decision_function`.

        Args:
            x: float32, shape (n, n_features); NaN means "missing".

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        return self.decision_function(x).astype(np.float32)
