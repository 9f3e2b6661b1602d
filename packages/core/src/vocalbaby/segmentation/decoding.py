"""The second pass: from evidence to segments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.timeline import Segment
from vocalbaby.segmentation.chunks import Chunk, chunks
from vocalbaby.segmentation.config import SegmentationConfig
from vocalbaby.segmentation.evidence import Evidence
from vocalbaby.segmentation.posteriors import biases, pooled, probabilities, window_logits
from vocalbaby.segmentation.viterbi import best_path

__all__ = ["INFANT_TIER", "JUNK_TIER", "classify", "decode"]

#: Tier of the vocalizations of infants.
INFANT_TIER: Final = "infant"
#: Tier of all other sound.
JUNK_TIER: Final = "junk"
_JUNK: Final = "Junk"

Numbers = NDArray[np.int64]
Array = NDArray[np.float32]


@dataclass(slots=True)
class _Piece:
    """Slots of one class, from `begin` up to `end`."""

    begin: int
    end: int
    label: int


def decode(evidence: Evidence, config: SegmentationConfig) -> Iterator[Segment]:
    """Yield the segments of a recording, in the order of their onsets.

    1. Sounds are where the level is above the noise floor, by hysteresis (`activity`).
    2. In each sound, the posteriors of the windows become a sequence of classes (Viterbi, 1967).
    3. Where the class changes within a sound, the boundary moves to the lowest level nearby.
    4. Segments of one infant class are joined over short pauses.
    5. The probabilities of a segment are those of the mean logits of its windows.

    Args:
        evidence: What was heard; may be incomplete.
        config: Settings; those of the first pass are those of the evidence.

    Yields:
        Segments on the tiers ``infant`` and ``junk``, with the probabilities of all classes.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio, inference
        >>> noise = np.random.default_rng(0).normal(0, 0.001, 32_000)
        >>> noise[16_000:24_000] *= 100
        >>> timeline = inference.segment(audio.wav_bytes(noise, 16_000), evidence="day1.evidence")
        >>> again = decode(Evidence("day1.evidence"), SegmentationConfig(onset_db=20.0))
        >>> [(round(each.onset_s, 1), round(each.offset_s, 1), each.tier) for each in again]
        [(1.0, 1.5, 'junk')]
    """
    classes = evidence.header.classes
    for chunk in chunks(evidence, config):
        pieces = _pieces(chunk, evidence, config)
        for piece in _joined(pieces, classes, config):
            yield _segment(piece, chunk, evidence, config)


def classify(
    evidence: Evidence, given: Iterable[Segment], config: SegmentationConfig | None = None
) -> Iterator[Segment]:
    """Classify segments whose times are known.

    Args:
        evidence: What was heard.
        given: Segments, e.g. of another tool; they may overlap.
        config: Settings; None for the defaults.

    Yields:
        One segment for each that is given, in order, with the same times.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio, inference
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 32_000)
        >>> timeline = inference.segment(audio.wav_bytes(noise, 16_000), evidence="day1.evidence")
        >>> given = [Segment(0.2, 0.9), Segment(0.5, 1.5)]
        >>> [(s.onset_s, s.label) for s in classify(Evidence("day1.evidence"), given)]
        [(0.2, 'Junk'), (0.5, 'Junk')]
    """
    config = config or SegmentationConfig()
    header = evidence.header
    per_block, hop = header.hearing.block_windows, header.hearing.hop_slots
    for segment in given:
        begin, end = round(segment.onset_s * 100), max(1, round(segment.offset_s * 100))
        first = max(0, begin // hop - header.hearing.window_slots // hop)
        block = first // per_block
        blocks = evidence.read(block, (end // hop) // per_block - block + 1)
        logits = window_logits(blocks, header, config)
        offset = block * per_block * hop
        mean = pooled(logits, begin - offset, end - offset, header.hearing)
        found = probabilities(mean, header.classes, config)
        yield _labelled(segment.onset_s, segment.offset_s, found, header.classes)


def _cells(
    begins: Numbers, ends: Numbers, hop: int
) -> tuple[Numbers, Numbers, NDArray[np.float32]]:
    """Return the cell and the sound of each step of the path, and the slots of the sound in it."""
    first, last = begins // hop, (ends - 1) // hop
    counts = last - first + 1
    sound = np.repeat(np.arange(len(begins)), counts)
    cell = np.arange(len(sound)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    inside = np.minimum((cell + 1) * hop, ends[sound]) - np.maximum(cell * hop, begins[sound])
    return cell, sound, inside.astype(np.float32)


def _pieces(chunk: Chunk, evidence: Evidence, config: SegmentationConfig) -> list[_Piece]:
    """Divide sounds into pieces of one class."""
    hearing, classes = evidence.header.hearing, evidence.header.classes
    begins, ends = chunk.begins, chunk.ends
    if not len(begins):
        return []
    hop = hearing.hop_slots
    cell, sound, inside = _cells(begins, ends, hop)
    scores = _cell_scores(chunk, cell, hearing.window_slots // hop) + biases(classes, config)
    scores *= (inside / np.float32(hop))[:, None]
    change = np.full(len(cell), config.change_cost, np.float32)
    new = np.append(True, np.diff(sound) != 0)
    gaps_s = np.append(np.float32(1e9), (begins[1:] - ends[:-1]) / 100)[sound[new]]
    change[new] = config.context_cost * np.exp(-gaps_s / config.context_s)
    path = best_path(scores, change, np.zeros(len(classes), np.float32))
    starts = np.flatnonzero(new | np.append(True, np.diff(path.astype(np.int64)) != 0))
    found: list[_Piece] = []
    for start in starts.tolist():
        label = int(path[start])
        if new[start]:
            begin = int(begins[sound[start]])
        else:
            begin = _quietest(
                chunk.excess, int(cell[start]) * hop, begins[sound[start]], ends[sound[start]], hop
            )
            found[-1].end = begin
        found.append(_Piece(begin, int(ends[sound[start]]), label))
    return [piece for piece in found if piece.end > piece.begin]


def _quietest(excess: Array, slot: int, begin: int, end: int, reach: int) -> int:
    """Return the slot with the lowest level near the one where the class changes."""
    low, high = max(int(begin) + 1, slot - reach), min(int(end) - 1, slot + reach)
    if high <= low:
        return min(max(slot, int(begin)), int(end))
    part = excess[low - 1 : high + 2]
    smooth = part[:-2] + part[1:-1] + part[2:]
    return low + int(smooth.argmin())


def _cell_scores(chunk: Chunk, cell: Numbers, n_covering: int) -> Array:
    """Return the mean log-probabilities of the windows that cover each cell."""
    logits = chunk.logits
    peak = logits.max(axis=1, keepdims=True)
    log_p = logits - peak - np.log(np.exp(logits - peak).sum(axis=1, keepdims=True))
    total = np.zeros((len(cell), logits.shape[1]), np.float32)
    weight = np.zeros(len(cell), np.float32)
    for back in range(n_covering):
        window = cell - back
        use = (window >= 0) & (window < len(log_p))
        use[use] = ~np.isnan(log_p[window[use], 0])
        share = np.where(use, chunk.activity[np.clip(window, 0, len(chunk.activity) - 1)], 0)
        share = share.astype(np.float32) + use * np.float32(0.01)
        rows = np.where(use[:, None], log_p[np.clip(window, 0, len(log_p) - 1)], 0)
        total += rows * share[:, None]
        weight += share
    total /= np.maximum(weight, np.float32(1e-6))[:, None]
    return total


def _joined(
    pieces: list[_Piece], classes: tuple[str, ...], config: SegmentationConfig
) -> list[_Piece]:
    """Join neighbours of one class, infant classes over pauses, too."""
    bridge = round(100 * config.bridge_s)
    found: list[_Piece] = []
    for piece in pieces:
        gap = bridge if classes[piece.label] != _JUNK else 0
        if found and found[-1].label == piece.label and piece.begin - found[-1].end <= gap:
            found[-1].end = piece.end
        else:
            found.append(piece)
    least = round(100 * config.min_segment_s)
    return [p for p in found if classes[p.label] == _JUNK or p.end - p.begin >= least]


def _segment(
    piece: _Piece, chunk: Chunk, evidence: Evidence, config: SegmentationConfig
) -> Segment:
    header = evidence.header
    mean = pooled(chunk.logits, piece.begin, piece.end, header.hearing)
    found = probabilities(mean, header.classes, config)
    onset_s, offset_s = (chunk.first_slot + piece.begin) / 100, (chunk.first_slot + piece.end) / 100
    return _labelled(onset_s, min(offset_s, evidence.duration_s), found, header.classes)


def _labelled(
    onset_s: float, offset_s: float, found: NDArray[np.float64], classes: tuple[str, ...]
) -> Segment:
    label = classes[int(found.argmax())]
    return Segment(
        onset_s=onset_s,
        offset_s=offset_s,
        label=label,
        probabilities={n: round(p, 4) for n, p in zip(classes, found.tolist(), strict=True)},
        tier=JUNK_TIER if label == _JUNK else INFANT_TIER,
    )
