"""Where there is sound above the noise floor, at 10 ms."""

import numpy as np
from numpy.typing import NDArray

from vocalbaby.segmentation.config import SegmentationConfig

__all__ = ["sounds"]

Numbers = NDArray[np.int64]


def _runs(active: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Return begins and ends of the runs of True."""
    edges = np.flatnonzero(np.diff(active.astype(np.int8), prepend=0, append=0)).astype(np.int64)
    return edges[::2], edges[1::2]


def sounds(excess_db: NDArray[np.float32], config: SegmentationConfig) -> tuple[Numbers, Numbers]:
    """Find sounds by hysteresis: where the level stays above one threshold and reaches another.

    Args:
        excess_db: Level of each slot above the noise floor, (n_slots,).
        config: Settings.

    Returns:
        First slot of each sound and the one after its last, in order.

    Examples:
        >>> import numpy as np
        >>> excess = np.array([0, 8, 20, 8, 0, 0, 8, 8, 0], np.float32)
        >>> settings = SegmentationConfig(min_gap_s=0, min_sound_s=0.01)
        >>> [found.tolist() for found in sounds(excess, settings)]
        [[1], [4]]
    """
    begins, ends = _runs(excess_db > config.offset_db)
    if not len(begins):
        return begins, ends
    count = np.concatenate([[0], np.cumsum(excess_db > config.onset_db)])
    reached = count[ends] > count[begins]
    begins, ends = begins[reached], ends[reached]
    if not len(begins):
        return begins, ends
    apart = begins[1:] - ends[:-1] > round(100 * config.min_gap_s)
    begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
    long = ends - begins >= round(100 * config.min_sound_s)
    return begins[long], ends[long]
