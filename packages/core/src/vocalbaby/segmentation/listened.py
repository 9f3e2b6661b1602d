"""The second pass with a listener: what it heard changes the logits of the windows."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.features.embedding.log_mel import N_FRAMES
from vocalbaby.segmentation.config import PATCH_HOP_SLOTS, HearingConfig

__all__ = ["listened"]

Array = NDArray[np.float32]

#: Scores are limited to these before their logits are taken: YAMNet's are multiples of 1/256.
_LIMITS: Final = (0.004, 0.996)
#: Added to the logit of a class: a constant ("") and, for groups, a factor of the score's logit.
_WEIGHTS: Final[dict[str, dict[str, float]]] = {
    "Crying": {"": 0.49, "cry": 0.96, "singing": -0.65},
    "Canonical": {"": -0.5},
    "Non-canonical": {"": -0.5},
    "Laughing": {"": -0.5},
}


def listened(
    logits: Array,
    scores: Array,
    classes: tuple[str, ...],
    groups: tuple[str, ...],
    hearing: HearingConfig,
) -> Array:
    """Combine the logits of windows with what a listener heard in the patches around them.

    Args:
        logits: (n_windows, n_classes).
        scores: Of patches from the same time on, (n_patches, n_groups), NaN if not heard.
        classes: Classes of the logits.
        groups: Groups of the scores.
        hearing: Length and hop of windows.

    Returns:
        (n_windows, n_classes). Windows of which no patch was heard are as before.
    """
    weights = np.zeros((len(groups) + 1, len(classes)), np.float32)
    for i, name in enumerate(classes):
        for group, weight in _WEIGHTS.get(name, {}).items():
            weights[groups.index(group) if group else -1, i] = weight
    heard: NDArray[np.bool_] = ~np.isnan(scores[:, 0])
    odds = np.clip(np.where(heard[:, None], scores, 0.5), *_LIMITS)
    change: Array = np.log(odds / (1 - odds)).astype(np.float32) @ weights[:-1] + weights[-1]
    total = np.zeros(logits.shape, np.float32)
    overlap = np.zeros(len(logits), np.float32)
    start = np.arange(len(logits)) * hearing.hop_slots
    end = start + hearing.window_slots
    first = start // PATCH_HOP_SLOTS - (N_FRAMES - 1) // PATCH_HOP_SLOTS
    for step in range(N_FRAMES // PATCH_HOP_SLOTS + hearing.window_slots // PATCH_HOP_SLOTS + 2):
        patch = np.clip(first + step, 0, len(scores) - 1)
        begin = patch * PATCH_HOP_SLOTS
        shared = np.minimum(end, begin + N_FRAMES) - np.maximum(start, begin)
        use = (patch == first + step) & heard[patch] & (shared > 0)
        share = np.where(use, shared, 0).astype(np.float32)
        total += change[patch] * share[:, None]
        overlap += share
    total /= np.maximum(overlap, 1)[:, None]
    return logits + total
