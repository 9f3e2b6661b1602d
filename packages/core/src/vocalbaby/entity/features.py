"""Feature columns, and the protocol that every feature set fulfils."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.bundle import ModelFile

__all__ = ["Column", "FeatureSet", "ModelFiles", "as_files"]

#: The pretrained models of a feature set; several where sets are joined.
ModelFiles = ModelFile | tuple[ModelFile, ...] | None


def as_files(file: ModelFiles) -> tuple[ModelFile, ...]:
    """Return the pretrained models of a feature set as a tuple.

    Args:
        file: One, several or none.

    Examples:
        >>> as_files(None)
        ()
    """
    if file is None:
        return ()
    return file if isinstance(file, tuple) else (file,)


@dataclass(frozen=True, slots=True)
class Column:
    """One feature.

    Attributes:
        name: Unique within its set, e.g. ``f0_mean``.
        unit: e.g. ``Hz``, ``dB``, ``semitones``, ``1`` for a ratio.
        description: What it measures and how.
        group: The family it belongs to, e.g. ``prosody``; drift is reported per group.

    Examples:
        >>> from vocalbaby import features
        >>> features.get("mfcc").columns[0].name, features.get("mfcc").columns[0].unit
        ('mfcc0_mean', 'dB')
    """

    name: str
    unit: str
    description: str
    group: str


class FeatureSet(Protocol):
    """A named, versioned function from clips to a matrix.

    Examples:
        >>> from vocalbaby import features
        >>> mfcc: FeatureSet = features.get("mfcc")
        >>> mfcc.name, len(mfcc.columns), mfcc.file
        ('mfcc', 40, None)
    """

    @property
    def name(self) -> str:
        """Registered name."""

    @property
    def version(self) -> str:
        """Changes whenever any value could change; a bundle records it."""

    @property
    def file(self) -> ModelFiles:
        """The pretrained model that the set needs; several for joined sets, None for none."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in order."""

    def extract(self, clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Compute the features of a batch.

        Args:
            clips: Mono float32 arrays at 16 kHz, shape (n_samples,), each of at least one sample.

        Returns:
            float32, shape (n_clips, n_columns). NaN where not measurable. A clip's row
            does not depend, to the last bit, on the other clips of the batch.

        Raises:
            FeatureSetError: The file that the set needs is missing or cannot be used.
        """
