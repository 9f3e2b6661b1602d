"""The first pass: from sound to evidence."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.segmentation.config import BLOCK_SLOTS, SLOT, HearingConfig
from vocalbaby.segmentation.evidence import Evidence, EvidenceWriter
from vocalbaby.segmentation.evidence_layout import (
    BLOCK_SAMPLES,
    Block,
    EvidenceHeader,
    ListenerRecord,
)
from vocalbaby.segmentation.levels import SILENT_DB, FloorTracker, slot_levels
from vocalbaby.segmentation.listening import REACH_SLOTS, listen
from vocalbaby.segmentation.model import PatchListener, WindowModel
from vocalbaby.segmentation.windows import describe_windows

__all__ = ["header_of", "hear"]

Samples = NDArray[np.float32]

#: A callback with the seconds that were heard; it may raise to cancel.
HeardCallback = Callable[[float], None]

#: Blocks whose levels give the noise floor.
FLOOR_BLOCKS: Final = 10


def header_of(
    model: WindowModel,
    config: HearingConfig,
    source: str,
    listener: PatchListener | None = None,
) -> EvidenceHeader:
    """Return the header of the evidence that `hear` would make.

    Args:
        model: Classifies windows.
        config: Settings.
        source: Identity of the recording.
        listener: Hears patches as well; None if there is none.

    Returns:
        The header. Evidence with an equal header need not be made again.

    Examples:
        >>> from vocalbaby import inference
        >>> header = header_of(inference.load(), HearingConfig(hop_s=0.1), "day1.wav")
        >>> header.classes[2], header.hearing.hop_s
        ('Crying', 0.1)
    """
    features = model.feature_set
    record = None
    if listener is not None:
        record = ListenerRecord(sha256=listener.sha256, groups=listener.groups)
    return EvidenceHeader(
        source=source,
        model_version=model.version,
        classes=model.classes,
        feature_set=f"{features.name} {features.version}",
        novelty_threshold=model.novelty_threshold,
        hearing=config,
        listener=record,
    )


def hear(
    blocks: Iterable[Samples],
    model: WindowModel,
    config: HearingConfig,
    path: str | os.PathLike[str],
    *,
    source: str = "",
    progress: HeardCallback | None = None,
    listener: PatchListener | None = None,
) -> Evidence:
    """Turn the sound of a recording into evidence, or go on where a run ended.

    Evidence does not depend on how the sound is divided into blocks, nor on interruptions.

    Args:
        blocks: Mono sound at 16 kHz from the begin of the recording on, float32, shape (n,) each.
        model: Classifies windows.
        config: Settings.
        path: File of the evidence; begun, or continued if it holds evidence of the same source,
            model and settings.
        source: Identity of the recording, which the file remembers.
        progress: Called with the seconds that are in the evidence, about every 30 s of sound; may
            raise.
        listener: Hears patches as well; None if there is none.

    Returns:
        The evidence, complete.

    Raises:
        DataError: The file is evidence of something else.
        OSError: The file cannot be written.

    Examples:
        >>> from vocalbaby import inference
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 40_000).astype(np.float32)
        >>> blocks = [noise[:16_000], noise[16_000:]]
        >>> evidence = hear(blocks, inference.load(), HearingConfig(), "noise.evidence")
        >>> evidence.duration_s, evidence.complete
        (2.5, True)
    """
    header = header_of(model, config, source, listener)
    reach = max(config.window_slots, REACH_SLOTS if listener else 0)
    with EvidenceWriter(path, header) as writer:
        known = writer.evidence
        if known.complete:
            return known
        floor = FloorTracker(FLOOR_BLOCKS)
        first = max(0, known.n_blocks - FLOOR_BLOCKS)
        for block in known.blocks(first):
            floor.add(block["level"])
        heard = known.n_samples
        for stretch in _stretches(blocks, reach, heard):
            writer.append(_hear(stretch, model, config, floor, listener))
            heard += stretch.n_samples
            if progress is not None:
                progress(heard / SAMPLE_RATE)
    return Evidence(path)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """The sound of a block of evidence.

    Attributes:
        samples: Of the block, and those that its last windows need of the next.
        before: Mean of the two samples before.
        n_samples: Samples of the block.
        last: Whether the recording ends here.
    """

    samples: Samples
    before: float
    n_samples: int
    last: bool


def _stretches(blocks: Iterable[Samples], reach: int, skipped: int) -> Iterator[_Stretch]:
    """Divide the sound from a sample on; `skipped` is a multiple of a block.

    A stretch reaches so many slots into the next one.

    The samples are valid until the next stretch: they lie in one buffer, since new memory for
    each would cost more than the copies.
    """
    wanted = BLOCK_SAMPLES + reach * SLOT
    # Two samples before the block are kept, zeros at the begin of the recording, and one after it
    # tells that the recording goes on.
    buffer = np.zeros(wanted + 3, np.float32)
    filled, position = 0 if skipped else 2, 0
    for samples in blocks:
        start = min(max(0, skipped - 2 - position), len(samples))
        position += len(samples)
        while start < len(samples):
            part = samples[start : start + len(buffer) - filled]
            buffer[filled : filled + len(part)] = part
            start += len(part)
            filled += len(part)
            if filled == len(buffer):
                yield _Stretch(buffer[2 : wanted + 2], _mean(buffer), BLOCK_SAMPLES, last=False)
                filled -= BLOCK_SAMPLES
                buffer[:filled] = buffer[BLOCK_SAMPLES:].copy()
    while filled > BLOCK_SAMPLES + 2:
        yield _Stretch(buffer[2:filled], _mean(buffer), BLOCK_SAMPLES, last=False)
        filled -= BLOCK_SAMPLES
        buffer[:filled] = buffer[BLOCK_SAMPLES : BLOCK_SAMPLES + filled].copy()
    yield _Stretch(buffer[2 : max(2, filled)], _mean(buffer), max(0, filled - 2), last=True)


def _mean(samples: Samples) -> float:
    return float(samples[:2].sum() * np.float32(0.5))


def _hear(
    stretch: _Stretch,
    model: WindowModel,
    config: HearingConfig,
    floor: FloorTracker,
    listener: PatchListener | None,
) -> Block:
    samples, n_slots = stretch.samples, -(-stretch.n_samples // SLOT)
    padding = -len(samples) % SLOT if len(samples) else SLOT
    padded = np.pad(samples, (0, padding)) if padding else samples
    levels = slot_levels(padded, stretch.before)
    level = np.full(BLOCK_SLOTS, 100 * SILENT_DB, np.int16)
    level[:n_slots] = levels[:n_slots]
    floor.add(level)
    loud = levels > 100 * (floor.floor_db() + config.gate_db)
    starts = _audible_windows(loud[: len(samples) // SLOT], n_slots, config)
    voicing = np.zeros(BLOCK_SLOTS, np.uint8)
    novelty = np.full(config.block_windows, np.nan, np.float32)
    logits = np.full((config.block_windows, len(model.classes)), np.nan, np.float32)
    if len(starts) and len(samples):
        x, periodicity = describe_windows(model.feature_set, samples, starts, config.window_slots)
        voicing[:n_slots] = np.rint(255 * periodicity[:n_slots])
        measured = ~np.isnan(x).all(axis=1)
        rows = starts[measured] // config.hop_slots
        if len(rows):
            logits[rows] = model.logits(x[measured])
            novelty[rows] = model.novelty(x[measured])
    heard = listen(samples, loud, n_slots, config, listener) if listener else None
    return Block(stretch.n_samples, stretch.last, level, voicing, novelty, logits, heard)


def _audible_windows(
    loud: NDArray[np.bool_], n_slots: int, config: HearingConfig
) -> NDArray[np.int64]:
    """Return the first slots of the windows of a block that have sound above the floor."""
    whole_slots = len(loud)
    counts = np.concatenate([[0], np.cumsum(loud)])
    starts = np.arange(0, n_slots, config.hop_slots)
    # The first window of a recording is also there when it is shorter than a window.
    starts = starts[(starts + config.window_slots <= whole_slots) | (starts == 0)]
    ends = np.minimum(starts + config.window_slots, whole_slots)
    audible: NDArray[np.int64] = starts[counts[ends] - counts[starts] >= config.gate_slots]
    return audible
