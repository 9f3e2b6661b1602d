"""Features of windows, and periodicity of slots."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.features import FeatureSet
from vocalbaby.features import spectral_prosodic
from vocalbaby.segmentation.config import SLOT

__all__ = ["describe_windows"]

Array = NDArray[np.float32]

_BATCH: Final = 16
#: Slots of a frame of 30 ms; it stands for the one in its middle.
_FRAME_SLOTS: Final = 3


def describe_windows(
    feature_set: FeatureSet, samples: Array, starts: NDArray[np.int64], n_slots: int
) -> tuple[Array, Array]:
    """Compute the features of windows, and the periodicity of the slots that they cover.

    Args:
        feature_set: The features. Those of `spectral_prosodic` are computed from frames that
            windows share; those of others from each window as a clip.
        samples: Mono, 16 kHz.
        starts: First slot of each window, in ascending order. A window may end after the samples
            only if it is the first.
        n_slots: Slots of a window.

    Returns:
        The features, (n_windows, n_columns), and the periodicity, 0 to 1, (slots of `samples`,);
        0 outside of the windows.
    """
    periodicity = np.zeros(-(-len(samples) // SLOT), np.float32)
    own = spectral_prosodic.SET
    if len(samples) < n_slots * SLOT:
        return feature_set.extract([samples]), periodicity
    x, frames = own.describe_windows(samples, starts.tolist(), n_slots - _FRAME_SLOTS + 1)
    n = min(len(periodicity) - 1, len(frames))
    periodicity[1 : n + 1] = frames[:n]
    if feature_set is own:
        return x, periodicity
    clips = [samples[start * SLOT : (start + n_slots) * SLOT] for start in starts]
    parts = [feature_set.extract(clips[i : i + _BATCH]) for i in range(0, len(clips), _BATCH)]
    return np.concatenate(parts), periodicity
