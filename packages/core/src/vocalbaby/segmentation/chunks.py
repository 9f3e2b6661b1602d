"""Evidence in chunks of bounded length, which begin and end between sounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.segmentation.activity import sounds
from vocalbaby.segmentation.config import BLOCK_SLOTS, SegmentationConfig
from vocalbaby.segmentation.evidence import Evidence
from vocalbaby.segmentation.levels import floors_of
from vocalbaby.segmentation.posteriors import window_logits

__all__ = ["Chunk", "chunks"]

Numbers = NDArray[np.int64]
Array = NDArray[np.float32]

#: Blocks of a chunk, 10 min.
_BLOCKS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Evidence of some minutes.

    Attributes:
        first_slot: Slot of the recording with which the arrays begin.
        excess: Level of each slot above the noise floor, dB.
        begins: First slots of the sounds that belong to this chunk.
        ends: The slots after their last ones.
        activity: Share of the slots of each window that are in a sound.
        logits: Of each window (`posteriors.window_logits`).
    """

    first_slot: int
    excess: Array
    begins: Numbers
    ends: Numbers
    activity: Array
    logits: Array


def chunks(evidence: Evidence, config: SegmentationConfig) -> Iterator[Chunk]:
    """Yield the chunks of a recording; each sound belongs to exactly one.

    A sound, with the pauses that segments bridge, that goes on at the end of a chunk belongs to
    the next one. Only a sound of ten minutes is cut.
    """
    floors = floors_of(evidence, config.floor_quantile)
    per_block, hop = evidence.header.hearing.block_windows, evidence.header.hearing.hop_slots
    length = evidence.header.hearing.window_slots
    block, done = 0, 0
    while block < evidence.n_blocks:
        blocks = evidence.read(block, _BLOCKS + 1)
        origin, n = block * BLOCK_SLOTS, len(blocks) * BLOCK_SLOTS
        final = block + len(blocks) >= evidence.n_blocks
        level: Array = blocks["level"].reshape(-1).astype(np.float32) / np.float32(100)
        excess: Array = level - _floor(floors, block, len(blocks))
        excess[: max(0, done - origin)] = -100
        begins, ends = sounds(excess, config)
        active = np.zeros(n + length, np.int64)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            active[begin:end] = 1
        total = np.concatenate([[0], np.cumsum(active)])
        starts = np.arange(len(blocks) * per_block) * hop
        activity = ((total[starts + length] - total[starts]) / length).astype(np.float32)
        if not final:
            pause = round(100 * max(config.bridge_s, config.min_gap_s)) + 1
            closed = _last_pause(begins, ends, n, pause)
            keep = ends <= closed
            begins, ends = begins[keep], ends[keep]
            done = origin + closed
        yield Chunk(
            origin,
            excess,
            begins,
            ends,
            activity,
            window_logits(blocks, evidence.header, config),
        )
        if final:
            return
        block = max(block + 1, done // BLOCK_SLOTS)


def _last_pause(begins: Numbers, ends: Numbers, n: int, pause: int) -> int:
    """Return the last slot before which sounds are complete, and which a pause follows."""
    following = np.append(begins[1:], n)
    apart = np.flatnonzero(following - ends >= pause)
    if len(begins) and len(apart):
        return int(ends[apart[-1]])
    if len(begins) and begins[0] >= BLOCK_SLOTS:
        return int(begins[0])
    return n if len(begins) else n - BLOCK_SLOTS


def _floor(floors: NDArray[np.float64], block: int, n_blocks: int) -> Array:
    """Return the noise floor of each slot: between the middles of blocks it changes steadily."""
    slot = (np.arange(n_blocks * BLOCK_SLOTS) + 0.5) / BLOCK_SLOTS - 0.5 + block
    return np.interp(slot, np.arange(len(floors)), floors).astype(np.float32)
