"""What segmentation needs of a model and of a listener."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import FeatureSet

__all__ = ["PatchListener", "WindowModel"]


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


class PatchListener(Protocol):
    """A classifier of everyday sounds; `vocalbaby.features.embedding.listener.Listener` is one."""

    @property
    def sha256(self) -> str:
        """Checksum of its file."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of its classes."""

    def scores(self, patch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the score of each group.

        Args:
            patch: Log-mel spectra of 0.975 s, float32, (96, 64).

        Returns:
            float32, (n_groups,), 0 to 1.
        """
