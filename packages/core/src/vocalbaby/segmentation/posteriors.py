"""From the model's answers for windows to probabilities of segments."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.segmentation.config import HearingConfig, SegmentationConfig
from vocalbaby.segmentation.evidence_layout import EvidenceHeader
from vocalbaby.segmentation.listened import listened

__all__ = ["biases", "pooled", "probabilities", "window_logits"]

Array = NDArray[np.float32]

_JUNK: Final = "Junk"


def biases(classes: tuple[str, ...], config: SegmentationConfig) -> Array:
    """Return what is added to the logits of each class, float32, (n_classes,)."""
    of_class = {
        _JUNK: config.junk_bias,
        "Canonical": config.babble_bias,
        "Non-canonical": config.babble_bias,
        "Laughing": config.laugh_bias,
    }
    return np.array([of_class.get(name, 0.0) for name in classes], np.float32)


def window_logits(
    blocks: NDArray[Any], header: EvidenceHeader, config: SegmentationConfig
) -> Array:
    """Return the logits of windows, given what else is known of them.

    Those of infant classes are lower where a window is unlike the training data. With a
    listener, those of all classes depend on what it heard (`listened`).

    Args:
        blocks: Blocks of evidence, one after another.
        header: Classes, the threshold of novelty and the listener.
        config: Settings.

    Returns:
        float32, (n_windows, n_classes), NaN where a window was not classified.
    """
    logits: Array = blocks["logits"].reshape(-1, len(header.classes))
    novelty: Array = blocks["novelty"].reshape(-1)
    over = np.maximum(novelty / np.float32(header.novelty_threshold) - 1, 0)
    infant = np.array([name != _JUNK for name in header.classes], np.float32)
    lowered: Array = logits - np.float32(config.novelty_cost) * over[:, None] * infant
    if header.listener is None:
        return lowered
    groups = header.listener.groups
    scores: Array = blocks["listener"].reshape(-1, len(groups))
    return listened(lowered, scores, header.classes, groups, header.hearing)


def pooled(
    logits: Array, begin: int, end: int, hearing: HearingConfig
) -> NDArray[np.float64] | None:
    """Return the mean logits of windows, weighted by their overlap with a segment.

    Returns:
        float64, (n_classes,), or None if no window was classified.
    """
    hop, length = hearing.hop_slots, hearing.window_slots
    first = max(0, (begin - length) // hop + 1)
    part = logits[first : -(-end // hop)]
    starts = (first + np.arange(len(part))) * hop
    overlap = np.minimum(starts + length, end) - np.maximum(starts, begin)
    weight = np.where(np.isnan(part[:, 0]), 0, overlap).astype(np.float64)
    total = float(weight.sum())
    if total <= 0:
        return None
    mean: NDArray[np.float64] = weight @ np.nan_to_num(part) / total
    return mean


def probabilities(
    mean: NDArray[np.float64] | None,
    classes: tuple[str, ...],
    config: SegmentationConfig,
) -> NDArray[np.float64]:
    """Return calibrated probabilities of a segment: float64, (n_classes,).

    A segment without a classified window is Junk.
    """
    if mean is None:
        return np.array([float(name == _JUNK) for name in classes])
    scores = config.scale * (mean + biases(classes, config))
    weights = np.exp(scores - scores.max())
    found: NDArray[np.float64] = weights / weights.sum()
    return found
