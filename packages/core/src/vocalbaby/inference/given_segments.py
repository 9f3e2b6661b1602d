"""Classes of segments that another tool has found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio
from vocalbaby.audio import AudioLimits
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.entity.timeline import Segment
from vocalbaby.exception import AudioError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.segmentation import INFANT_TIER, JUNK_TIER

__all__ = ["classify_given", "is_long"]

Samples = NDArray[np.float32]

_JUNK: Final = "Junk"
#: Clips that are predicted together.
_BATCH: Final = 16


def is_long(segment: Segment) -> bool:
    """Whether a segment is too long for a clip.

    Examples:
        >>> is_long(Segment(0.0, 30.0)), is_long(Segment(0.0, 31.0))
        (False, True)
    """
    return segment.duration_s > AudioLimits().max_s


def classify_given(
    blocks: Iterable[Samples], predictor: Predictor, given: Sequence[Segment]
) -> Iterator[Segment]:
    """Classify segments of a recording, each as a clip.

    Args:
        blocks: Mono sound at 16 kHz from the begin of the recording, float32, (n,) each; they are
            read to the end.
        predictor: The model.
        given: The segments, none of which is too long for a clip; they may overlap.

    Yields:
        One segment for each, in the order of their ends, with its times and speaker. Where the
        model has doubts, the attribute ``warnings`` has the codes of the warnings, as has that of
        a piece that is unusual: ``short``, or ``audio_too_short``, ``audio_silent`` or
        ``audio_empty`` for one that cannot be classified; its label is Junk.
    """
    waiting: list[tuple[Segment, Clip]] = []
    for segment, samples in _cut(blocks, given):
        try:
            clip = audio.from_samples(samples, SAMPLE_RATE)
        except AudioError as error:
            yield _labelled(segment, _JUNK, None, (error.code,))
            continue
        waiting.append((segment, clip))
        if len(waiting) == _BATCH:
            yield from _predict(predictor, waiting)
            waiting = []
    yield from _predict(predictor, waiting)


def _predict(predictor: Predictor, waiting: list[tuple[Segment, Clip]]) -> Iterator[Segment]:
    predictions = predictor.predict([clip for _, clip in waiting])
    for (segment, _), prediction in zip(waiting, predictions, strict=True):
        yield _of(segment, prediction)


def _of(segment: Segment, prediction: Prediction) -> Segment:
    best = max(prediction.probabilities, key=prediction.probabilities.__getitem__)
    rounded = {name: round(p, 4) for name, p in prediction.probabilities.items()}
    return _labelled(segment, best, rounded, [warning.code for warning in prediction.warnings])


def _labelled(
    segment: Segment, label: str, probabilities: dict[str, float] | None, codes: Sequence[str]
) -> Segment:
    return Segment(
        segment.onset_s,
        segment.offset_s,
        label,
        probabilities,
        speaker=segment.speaker,
        tier=JUNK_TIER if label == _JUNK else INFANT_TIER,
        attributes={"warnings": ";".join(codes)} if codes else {},
    )


@dataclass(slots=True, eq=False)
class _Piece:
    """A segment whose sound is being read.

    Attributes:
        segment: The segment.
        start: First sample.
        stop: The one behind the last.
        parts: What was read of it.
    """

    segment: Segment
    start: int
    stop: int
    parts: list[Samples] = field(default_factory=list)

    def sound(self) -> Samples:
        """Return what was read."""
        return np.concatenate([np.empty(0, np.float32), *self.parts])


def _cut(blocks: Iterable[Samples], given: Sequence[Segment]) -> Iterator[tuple[Segment, Samples]]:
    """Yield the sound of each segment; less than its length, or nothing, behind the end."""
    pieces = sorted(
        (
            _Piece(
                each, max(0, round(each.onset_s * SAMPLE_RATE)), round(each.offset_s * SAMPLE_RATE)
            )
            for each in given
        ),
        key=lambda piece: piece.start,
        reverse=True,
    )
    read: list[_Piece] = []
    at = 0
    for block in blocks:
        end = at + len(block)
        while pieces and pieces[-1].start < end:
            read.append(pieces.pop())
        for piece in read:
            piece.parts.append(block[max(0, piece.start - at) : max(0, piece.stop - at)].copy())
        done = [piece for piece in read if piece.stop <= end]
        read = [piece for piece in read if piece.stop > end]
        yield from ((piece.segment, piece.sound()) for piece in sorted(done, key=lambda p: p.stop))
        at = end
    yield from ((piece.segment, piece.sound()) for piece in (*read, *reversed(pieces)))
