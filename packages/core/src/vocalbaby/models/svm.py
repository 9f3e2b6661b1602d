"""The model kind ``svm``: a support vector machine with a Gaussian kernel (RBF), in NumPy.

The features are standardized as in `vocalbaby.models.standardization`. There is one decision value
for each pair of classes (one against one), as in LIBSVM and scikit-learn's ``SVC``.

The margin of a class is the mean of its decision values against all classes, with 0 for itself.
These are the scores whose differences fit the decision values best by least squares, so decision
values take the place of log odds, up to the temperature of the calibration. On simulated children
(three levels of noise, twelve machines each), log loss after temperature scaling was within 0.004
of that of pairwise coupling (Wu, Lin and Weng, 2004), once higher and twice lower, and UAR within
0.003; mean log sigmoids and limited decision values had a higher log loss. Platt's sigmoids need a
cross-validation, in which clips of one child would be on both sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vocalbaby.entity.bundle import MAX_PART_BYTES
from vocalbaby.models.classifier import checked_rows
from vocalbaby.models.parts import EncodedArray, read_part
from vocalbaby.models.standardization import EncodedStandardization, Standardization

__all__ = ["KIND", "PART", "SupportVectorMachine", "SvmPart"]

#: Name of the kind in bundle manifests.
KIND: Final = "svm"

#: The one model part of such a bundle.
PART: Final = "svm.json"

_MAX_CLASSES: Final = 100

#: Rows times support vectors per step, which limits the memory of a prediction.
_BLOCK: Final = 1 << 19


class SvmPart(BaseModel):
    """The content of ``svm.json``, with the names of scikit-learn's ``SVC``.

    Attributes:
        input: Standardization of the columns.
        gamma: The kernel of two rows is ``exp(-gamma * squared distance)``.
        n_support: Number of support vectors of each class.
        support_vectors: float32, shape (n_vectors, n_columns), standardized, class by class.
        dual_coef: float64, shape (n_classes - 1, n_vectors): coefficients of each vector against
            the other classes in order.
        intercept: float64, shape (n_pairs,): offset of each pair of classes, in the order (0, 1),
            (0, 2), ..., (1, 2), ...

    Examples:
        >>> one = np.ones(1, np.float32)
        >>> part = SvmPart(
        ...     input=EncodedStandardization.encode(Standardization(-one, one, 0 * one, one)),
        ...     gamma=1.0,
        ...     n_support=(1, 1),
        ...     support_vectors=EncodedArray.encode(np.array([[-1.0], [1.0]], np.float32)),
        ...     dual_coef=EncodedArray.encode(np.array([[1.0, -1.0]])),
        ...     intercept=EncodedArray.encode(np.zeros(1)),
        ... )
        >>> part.n_support
        (1, 1)
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    input: EncodedStandardization
    gamma: Annotated[float, Field(gt=0.0, le=1e6)]
    n_support: tuple[Annotated[int, Field(ge=0, le=MAX_PART_BYTES)], ...] = Field(
        min_length=2, max_length=_MAX_CLASSES
    )
    support_vectors: EncodedArray
    dual_coef: EncodedArray
    intercept: EncodedArray

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        classes, vectors = len(self.n_support), sum(self.n_support)
        if self.support_vectors.shape != (vectors, *self.input.low.shape):
            raise ValueError("the support vectors differ in number from n_support or the columns")
        if self.support_vectors.dtype != "float32":
            raise ValueError("the support vectors must be float32 values")
        if self.dual_coef.shape != (classes - 1, vectors):
            raise ValueError("dual_coef differs from the numbers of classes and support vectors")
        if self.intercept.shape != (classes * (classes - 1) // 2,):
            raise ValueError("intercept does not have one value per pair of classes")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class SupportVectorMachine:
    """A support vector machine, ready to evaluate.

    Attributes:
        n_features: Number of columns.
        n_classes: Number of classes.
        n_vectors: Number of support vectors.

    Examples:
        >>> one = np.ones(1, np.float32)
        >>> part = SvmPart(
        ...     input=EncodedStandardization.encode(Standardization(-one, one, 0 * one, one)),
        ...     gamma=1.0,
        ...     n_support=(1, 1),
        ...     support_vectors=EncodedArray.encode(np.array([[-1.0], [1.0]], np.float32)),
        ...     dual_coef=EncodedArray.encode(np.array([[1.0, -1.0]])),
        ...     intercept=EncodedArray.encode(np.zeros(1)),
        ... )
        >>> model = SupportVectorMachine.from_parts({PART: part.model_dump_json().encode()})
        >>> margins = model.margins(np.array([[-1.0], [0.0], [np.nan]], np.float32))
        >>> margins.astype(float).round(2).tolist()
        [[0.49, -0.49], [0.0, 0.0], [0.0, 0.0]]
    """

    n_features: int
    n_classes: int
    n_vectors: int
    _input: Standardization
    _gamma: float
    _starts: tuple[int, ...]
    _vectors: NDArray[np.float64]
    _squares: NDArray[np.float64]
    _coefficients: NDArray[np.float64]
    _intercept: NDArray[np.float64]

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes]) -> Self:
        """Build the machine from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.

        Returns:
            The machine.

        Raises:
            BundleError: The parts are not exactly ``svm.json``, or it is not valid.
        """
        part = read_part(parts, KIND, PART, SvmPart)
        vectors = part.support_vectors.decode(PART, "support_vectors")
        coefficients = part.dual_coef.decode(PART, "dual_coef").astype(np.float64)
        return cls(
            n_features=vectors.shape[1],
            n_classes=len(part.n_support),
            n_vectors=len(vectors),
            _input=part.input.decode(PART),
            _gamma=part.gamma,
            _starts=tuple(accumulate(part.n_support, initial=0)),
            _vectors=np.ascontiguousarray(vectors.T, np.float64),
            _squares=np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64),
            _coefficients=np.ascontiguousarray(coefficients.T),
            _intercept=part.intercept.decode(PART, "intercept").astype(np.float64),
        )

    def decision_function(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the decision values of the pairs; positive ones speak for the first class.

        Args:
            x: float32, shape (n, n_features); NaN means "missing".

        Returns:
            float64, shape (n, n_pairs), the pairs in the order of the intercepts. With three
            classes or more, it equals scikit-learn's ``decision_function`` of the shape ``ovo``;
            with two, scikit-learn changes the sign.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        x = checked_rows(x, self.n_features)
        values = np.empty((len(x), len(self._intercept)))
        step = max(1, _BLOCK // self.n_vectors)
        for start in range(0, len(x), step):
            values[start : start + step] = self._pairs(x[start : start + step])
        return values

    def _pairs(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        rows = self._input.apply(x).astype(np.float64)
        # One product of the same shape per row: that of a whole matrix would have other bits.
        products = np.matmul(rows[:, np.newaxis], self._vectors)
        own = np.square(rows).sum(axis=1)[:, np.newaxis, np.newaxis]
        kernel = np.exp(-self._gamma * np.maximum(own + self._squares - 2 * products, 0))
        ends = zip(self._starts, self._starts[1:], strict=False)
        # Of each class, the sums of its vectors' kernels against the other classes.
        sums = [np.matmul(kernel[:, :, a:b], self._coefficients[a:b])[:, 0] for a, b in ends]
        pairs = combinations(range(self.n_classes), 2)
        values = [sums[i][:, j - 1] + sums[j][:, i] for i, j in pairs]
        return np.stack(values, axis=1) + self._intercept

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean decision value of each class against all classes.

        Args:
            x: float32, shape (n, n_features); NaN means "missing".

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        values = self.decision_function(x)
        total = np.zeros((len(values), self.n_classes))
        for number, (i, j) in enumerate(combinations(range(self.n_classes), 2)):
            total[:, i] += values[:, number]
            total[:, j] -= values[:, number]
        return (total / self.n_classes).astype(np.float32)
