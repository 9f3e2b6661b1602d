"""What a listener hears in patches, in the first pass."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.embedding.log_mel import N_FRAMES, scaled_patches
from vocalbaby.segmentation.config import (
    BLOCK_PATCHES,
    PATCH_HOP_SLOTS,
    SLOT,
    HearingConfig,
)
from vocalbaby.segmentation.model import PatchListener

__all__ = ["REACH_SLOTS", "listen"]

Array = NDArray[np.float32]

#: Slots that a patch covers: its frames of 25 ms are longer than a slot.
_PATCH_SLOTS: Final = N_FRAMES + 2
#: Slots of the next block that the last patch of a block needs.
REACH_SLOTS: Final = _PATCH_SLOTS - PATCH_HOP_SLOTS


def listen(
    samples: Array,
    loud: NDArray[np.bool_],
    n_slots: int,
    config: HearingConfig,
    listener: PatchListener,
) -> Array:
    """Return what the listener hears in a block.

    Args:
        samples: Of the block and those that its last patches need of the next. Where the
            recording has ended, silence follows.
        loud: Whether each slot is above the noise floor.
        n_slots: Slots of the block.
        config: How many slots of a patch must be loud.
        listener: The listener.

    Returns:
        float32, (60, n_groups), NaN where a patch was not heard.
    """
    heard = np.full((BLOCK_PATCHES, len(listener.groups)), np.nan, np.float32)
    counts = np.concatenate([[0], np.cumsum(loud)])
    starts = np.arange(0, n_slots, PATCH_HOP_SLOTS)
    ends = np.minimum(starts + _PATCH_SLOTS, len(loud))
    audible = np.flatnonzero(counts[ends] - counts[starts] >= config.gate_slots)
    if not len(audible):
        return heard
    first, last = int(starts[audible[0]]), int(starts[audible[-1]])
    part = samples[first * SLOT : (last + _PATCH_SLOTS) * SLOT]
    part = np.pad(part, (0, (last - first + _PATCH_SLOTS) * SLOT - len(part)))
    within = (starts[audible] - first).tolist()
    for number, patch in zip(audible.tolist(), scaled_patches(part, within), strict=True):
        heard[number] = listener.scores(patch)
    return heard
