"""What segmentation needs of a model and of a listener."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import FeatureSet

__all__ = ["PatchListener", "WindowModel"]


class WindowModel(Protocol):
    """A model that classifies windows; `vocalbaby.inference.Predictor` is one.

    Examples:
        >>> from vocalbaby import inference
        >>> model: WindowModel = inference.load()
        >>> model.classes
        ('Canonical', 'Non-canonical', 'Crying', 'Laughing', 'Junk')
    """

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
        """Novelty above which a sound counts as unlike the training data."""

    def logits(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits: their softmax is a probability per class.

        Args:
            x: Features, float32, shape (n, n_columns).

        Returns:
            float32, shape (n, n_classes).
        """

    def novelty(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Measure how unlike the training data windows are.

        Args:
            x: Features, float32, shape (n, n_columns).

        Returns:
            float64, shape (n,).
        """


class PatchListener(Protocol):
    """A classifier of everyday sounds; `vocalbaby.inference.load_listener` gives one of YAMNet.

    Examples:
        >>> class Deaf:
        ...     sha256 = "0" * 64
        ...     groups = ("cry", "speech")
        ...
        ...     def scores(self, patch: NDArray[np.float32]) -> NDArray[np.float32]:
        ...         return np.zeros(2, np.float32)
        >>> listener: PatchListener = Deaf()
        >>> listener.scores(np.zeros((96, 64), np.float32)).shape
        (2,)
    """

    @property
    def sha256(self) -> str:
        """SHA-256 checksum of its file, in hexadecimal."""

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
