"""What segmentation needs of a model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import FeatureSet

__all__ = ["WindowModel"]


class WindowModel(Protocol):
    """A model that classifies windows; `vocalbaby.inference.Predictor` is one."""

    @property
    def version(self) -> str:
        """Version of the model."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def feature_set(self) -> FeatureSet:
        """The features of the model."""

    @property
    def novelty_threshold(self) -> float:
        """Novelty above which a sound is unlike the training data."""

    def logits(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits: their softmax is a probability per class.

        Args:
            x: Features, float32, shape (n, n_columns).

        Returns:
            float32, shape (n, n_classes).
        """

    def novelty(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the novelty of each row, float64, shape (n,)."""
