"""The interface that every kind of model implements."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Classifier", "checked_rows"]


class Classifier(Protocol):
    """What prediction needs of a model, whatever its kind.

    Calibration, novelty and abstention are the same for every kind, so they are not part
    of this interface. Implementations must be safe to use from several threads.

    Examples:
        >>> class Loudness:  # an own kind of model, which `vocalbaby.models.registry` can load
        ...     n_features, n_classes = 3, 2
        ...
        ...     def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        ...         level = checked_rows(x, self.n_features).mean(axis=1)
        ...         return np.stack([level, -level], axis=1)
        >>> model: Classifier = Loudness()
        >>> model.margins(np.ones((1, 3), np.float32)).tolist()
        [[1.0, -1.0]]
    """

    @property
    def n_features(self) -> int:
        """Number of columns of the input."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an uncalibrated score per class, on a logarithmic scale.

        Args:
            x: float32, shape (n, n_features); NaN means "not measurable".

        Returns:
            float32, shape (n, n_classes). The softmax of a row is a probability per
            class. A row does not depend, to the last bit, on the other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """


def checked_rows(x: NDArray[np.float32], n_features: int) -> NDArray[np.float32]:
    """Return the input of a model as float32, shape (n, n_features), in C order.

    Args:
        x: Features, floating point, shape (n, n_features).
        n_features: Number of columns that the model has.

    Raises:
        ValueError: ``x`` has a wrong shape.

    Examples:
        >>> checked_rows(np.ones((2, 3)), 3).dtype
        dtype('float32')
        >>> checked_rows(np.ones(3, np.float32), 3)
        Traceback (most recent call last):
        ValueError: x has shape (3,); (n, 3) is expected
    """
    # Products of matrices of another memory order differ in their last bits.
    x = np.ascontiguousarray(x, np.float32)
    if x.ndim != 2 or x.shape[1] != n_features:
        raise ValueError(f"x has shape {x.shape}; (n, {n_features}) is expected")
    return x
