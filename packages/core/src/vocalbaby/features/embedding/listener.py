"""A pretrained classifier of everyday sounds that hears patches of recordings, first of all YAMNet.

Its scores are those of the 521 classes of AudioSet in YAMNet's order (Plakal and Ellis 2020). The
file is the user's: see `docs/recordings.md`.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding.log_mel import N_BANDS, N_FRAMES
from vocalbaby.features.embedding.model_files import EmbeddingModel, load_file

__all__ = ["GROUPS", "Listener"]

Array = NDArray[np.float32]

N_CLASSES: Final = 521
#: Classes of each group, by their number in YAMNet's class map.
GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "cry": (19, 20, 21, 22),  # crying, baby cry, whimper, wail
    "baby_laughter": (14,),
    "laughter": (13, 15, 16, 17, 18),
    "babble": (1, 4),  # child speech, babbling
    "speech": (0, 2, 3, 5),
    "singing": tuple(range(24, 33)),
    "human": tuple(range(36, 56)),  # breathing, coughs, steps
    "animal": tuple(range(67, 132)),
    "music": tuple(range(132, 277)),
}


class Listener:
    """Scores of groups of classes for patches of 0.975 s of sound.

    Args:
        net: Returns the scores of the classes for a patch.
        sha256: Checksum of its file.
    """

    groups = tuple(GROUPS)

    def __init__(self, net: EmbeddingModel, sha256: str) -> None:
        self._net = net
        self.sha256 = sha256
        if self._net.embed(np.zeros((N_FRAMES, N_BANDS), np.float32)).size != N_CLASSES:
            raise FeatureSetError(
                f"The model file of the listener has no {N_CLASSES} scores.",
                hint="It must be YAMNet, or a model with its input and its classes.",
            )

    @classmethod
    def load(cls, path: str | Path) -> "Listener":
        """Load a ``.tflite`` or ONNX file.

        Raises:
            FeatureSetError: The file cannot be read or used, or the package that evaluates it is
                not installed.
        """
        sha256, net = load_file(Path(path))
        return cls(net, sha256)

    def scores(self, patch: Array) -> Array:
        """Return the highest score of each group.

        Args:
            patch: Log-mel spectra (`log_mel`), float32, (96, 64).

        Returns:
            float32, (n_groups,), 0 to 1.

        Raises:
            FeatureSetError: The file gives numbers that are no scores.
        """
        scores = self._net.embed(patch)
        if not (scores.min() >= 0 and scores.max() <= 1):
            raise FeatureSetError("The model file of the listener gives no scores from 0 to 1.")
        return np.array([scores[list(numbers)].max() for numbers in GROUPS.values()], np.float32)
