"""Stretches of a recording that do not hold what the microphone should have heard."""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import clipping

__all__ = ["DEFECT_KINDS", "Defect", "DefectKind", "DefectMarks"]

DefectKind: TypeAlias = Literal[
    "clipping",
    "digital_silence",
    "dead_channel",
    "over_full_scale",
    "gap",
    "truncated",
    "longer_than_header",
]
DEFECT_KINDS: Final[tuple[DefectKind, ...]] = get_args(DefectKind)

#: Shortest digital silence that is marked, in seconds; two that are closer than this are one.
_SILENCE_S: Final = 0.1
#: Clipping is looked for in stretches of this many seconds.
_CLIPPING_S: Final = 1.0
#: Half a step of 16-bit audio: a smaller range is a constant.
_CONSTANT: Final = np.float32(2**-16)
#: Times that are this close are the same.
_TOUCHING_S: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Defect:
    """A stretch of a recording with a defect.

    Attributes:
        kind: ``clipping``, ``digital_silence``, ``dead_channel``, ``over_full_scale``, ``gap``,
            ``truncated`` or ``longer_than_header``.
        onset_s: Begin in seconds from the start of the recording.
        offset_s: End in seconds; equal to ``onset_s`` for a defect at one point.
        message: What was found there, as a sentence.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio
        >>> loud = np.clip(3 * np.sin(np.arange(16_000) / 20), -1, 1)
        >>> with audio.open_recording(audio.wav_bytes(loud, 16_000)) as recording:
        ...     n_blocks = len(list(recording.blocks()))
        ...     [(each.kind, each.offset_s) for each in recording.defects]
        [('clipping', 1.0)]
    """

    kind: DefectKind
    onset_s: float
    offset_s: float
    message: str


class DefectMarks:
    """Collects the defects of a recording; what touches is merged.

    Args:
        rate: Frames per second.
    """

    def __init__(self, rate: int) -> None:
        self._rate: Final = rate
        self._found: list[Defect] = []
        self._last: dict[tuple[str, str], int] = {}
        self._tail = np.empty(0, np.float32)

    @property
    def found(self) -> tuple[Defect, ...]:
        """The defects in the order of their begins, with times in milliseconds.

        Silence in the place of lost sound is a gap, and no digital silence.
        """
        gaps = [each for each in self._found if each.kind == "gap"]
        rounded = (
            replace(each, onset_s=round(each.onset_s, 3), offset_s=round(each.offset_s, 3))
            for each in self._found
            if each.kind != "digital_silence" or not any(_is_within(each, gap) for gap in gaps)
        )
        return tuple(sorted(rounded, key=lambda each: (each.onset_s, each.offset_s)))

    def add(
        self, kind: DefectKind, start: int, end: int, message: str, *, apart_s: float = _TOUCHING_S
    ) -> None:
        """Mark a stretch.

        Args:
            kind: See `Defect`.
            start: First frame.
            end: First frame behind it.
            message: The sentence.
            apart_s: Stretches with the same message that are not farther apart are merged.
        """
        onset_s, offset_s = start / self._rate, end / self._rate
        place = self._last.get((kind, message))
        if place is not None and onset_s <= self._found[place].offset_s + apart_s:
            last = self._found[place]
            self._found[place] = replace(last, offset_s=max(last.offset_s, offset_s))
            return
        self._last[kind, message] = len(self._found)
        self._found.append(Defect(kind, onset_s, offset_s, message))

    def clipping(self, channels: NDArray[np.float32], start: int) -> None:
        """Mark the seconds in which channels that are used are clipped, by the rule of clips.

        Args:
            channels: float32, shape (n_channels, n_frames).
            start: Place of the first frame in the recording.
        """
        size = round(_CLIPPING_S * self._rate)
        for at in range(0, channels.shape[1], size):
            part = channels[:, at : at + size]
            if clipping.clipped_share(part):
                text = "The samples are clipped: the sound was louder than the recorder allows."
                self.add("clipping", start + at, start + at + part.shape[1], text)

    def silence(self, mono: NDArray[np.float32], start: int) -> None:
        """Mark digital silence, which no microphone gives: constant samples.

        Args:
            mono: float32, shape (n_frames,); blocks must follow each other.
            start: Place of the first frame in the recording.
        """
        least = max(2, round(_SILENCE_S * self._rate))
        samples = np.concatenate([self._tail, mono])
        first = start - len(self._tail)
        self._tail = samples[-least:].copy()
        # A run of this length holds nine samples of every tenth of it; few blocks have such.
        coarse = samples[:: max(1, least // 10)]
        if not _runs(np.abs(np.diff(coarse)) <= _CONSTANT, 7):
            return
        for begin, end in _runs(np.abs(np.diff(samples)) <= _CONSTANT, least - 1):
            if np.ptp(samples[begin : end + 1]) <= _CONSTANT:
                text = "Digital silence: all samples are equal."
                self.add(
                    "digital_silence", first + begin, first + end + 1, text, apart_s=_SILENCE_S
                )


def _is_within(inner: Defect, outer: Defect) -> bool:
    """Whether a stretch is within another, but for a hundredth of a second."""
    return outer.onset_s - 0.01 <= inner.onset_s and inner.offset_s <= outer.offset_s + 0.01


def _runs(mask: NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """Return begin and end of the runs of True that are at least so long.

    Examples:
        >>> _runs(np.array([1, 1, 0, 1, 1, 1], bool), 3)
        [(3, 6)]
    """
    padded = np.zeros(len(mask) + 2, np.int8)
    padded[1:-1] = mask
    edges = np.flatnonzero(np.diff(padded))
    return [(a, b) for a, b in edges.reshape(-1, 2).tolist() if b - a >= least]
