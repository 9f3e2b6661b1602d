"""A listener whose answers are known."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class ToneListener:
    """Hears a cry or singing wherever a harmonic tone is.

    Args:
        hears: The group that a tone is heard as.
    """

    groups = ("cry", "singing")

    def __init__(self, hears: str = "cry") -> None:
        self.sha256 = f"of {hears}"
        self._hears = self.groups.index(hears)
        self.patches: list[Array] = []

    def scores(self, patch: Array) -> Array:
        """Return the scores of a patch."""
        self.patches.append(patch)
        scores = np.full(2, 0.004, np.float32)
        contrast = np.quantile(patch, 0.98) - np.median(patch)
        scores[self._hears] = np.clip(contrast / 5, 0.01, 0.99)
        return scores
