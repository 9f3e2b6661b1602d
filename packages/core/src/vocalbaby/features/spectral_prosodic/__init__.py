"""The default set: spectrum, dynamics, rhythm, F0 and voice, independent of the level.

The offset of every frame is removed, and levels are relative to the loudest frame of the clip, so
no column depends on the level of a recording; only the formants use what lies above 4.5 kHz.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.features.frames import Framing
from vocalbaby.features.spectral_prosodic import compiled, prosody, reference, rhythm, timbre

__all__ = ["FRAMING", "NAME", "SET"]

Array = NDArray[np.float32]
Numbers = NDArray[np.int64]

NAME: Final = "spectral_prosodic"
#: 30 ms hold three periods of the lowest F0; the transform holds a window and such a period.
FRAMING: Final = Framing(window=480, hop=160, n_fft=640, top_hz=5500.0)
_CLIPS: Final = 16
_FRAMES: Final = 4096
#: Windows per step: their statistics need memory for all of their frames.
_WINDOWS: Final = 64


def _chunks(counts: Sequence[int], order: Sequence[int]) -> Iterator[list[int]]:
    """Group clips of similar length, few enough for the cache."""
    part: list[int] = []
    for i in order:
        if part and (len(part) == _CLIPS or (len(part) + 1) * counts[i] > _FRAMES):
            yield part
            part = []
        part.append(i)
    if part:
        yield part


def _extract(signals: Sequence[Array], starts: Numbers, counts: Numbers) -> tuple[Array, Array]:
    """Return the features of clips that consist of these frames of some signals.

    The second result is the periodicity of the frames, valid until the next call.
    """
    native = kernel.native
    if native is None:
        frames = reference.describe(signals, FRAMING)
        found = reference.summarise(frames, starts, counts, FRAMING)
        return found, frames.candidates.heights[0]
    described = compiled.describe(native, signals, FRAMING)
    found = compiled.summarise(native, described, starts, counts, FRAMING)
    return found, described.height[:, 0]


class SpectralProsodic:
    """Level-independent statistics of spectrum, envelope, F0 and voice quality."""

    name = NAME
    version = "4"
    file = None
    columns = (*timbre.COLUMNS, *rhythm.COLUMNS, *prosody.COLUMNS)

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`.

        A silent clip has NaN in every column.
        """
        result = np.full((len(clips), len(self.columns)), np.nan, np.float32)
        counts = [FRAMING.count(len(clip)) for clip in clips]
        order = sorted((i for i, clip in enumerate(clips) if len(clip)), key=counts.__getitem__)
        for part in _chunks(counts, order):
            own = np.array([counts[i] for i in part], np.int64)
            result[part], _ = _extract([clips[i] for i in part], np.cumsum(own) - own, own)
        return result

    def extract_windows(self, recording: Array, starts: Sequence[int], n_frames: int) -> Array:
        """Features of windows of a recording, which share the frames where they overlap.

        A window that starts at frame ``k`` covers ``recording[k * hop :]`` up to ``window +
        (n_frames - 1) * hop`` samples, and its row has the same bits as that of this clip.

        Args:
            recording: Mono, 16 kHz, float32, (n_samples,).
            starts: Number of the first frame of each window, in ascending order.
            n_frames: Frames per window, at least 1.

        Returns:
            (len(starts), len(columns)).

        Raises:
            ValueError: If a window has no frame or ends after the recording, or the starts are
                not in ascending order.

        Examples:
            >>> import numpy as np
            >>> sound = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
            >>> rows = SET.extract_windows(sound, [0, 30], 58)  # 0.6 s every 0.3 s
            >>> bool(np.array_equal(rows[1], SET.extract([sound[4800:14400]])[0], equal_nan=True))
            True
        """
        return self.describe_windows(recording, starts, n_frames)[0]

    def describe_windows(
        self, recording: Array, starts: Sequence[int], n_frames: int
    ) -> tuple[Array, Array]:
        """Features of windows of a recording, and the periodicity of its frames.

        Args:
            recording: As for `extract_windows`.
            starts: As for `extract_windows`.
            n_frames: As for `extract_windows`.

        Returns:
            What `extract_windows` returns, and float32, shape (frames up to the end of the last
            window,): the normalised autocorrelation at the best period, 0 to 1; 0 in frames
            that are in no window.

        Raises:
            ValueError: As for `extract_windows`.
        """
        first = np.array(starts, np.int64)
        n_whole = (len(recording) - FRAMING.window) // FRAMING.hop + 1
        if n_frames < 1 or (np.diff(first) < 0).any():
            raise ValueError("Windows need a frame or more, and starts in ascending order.")
        if len(first) and (first[0] < 0 or first[-1] + n_frames > n_whole):
            raise ValueError(f"A window lies outside of the {n_whole} frames of the recording.")
        result = np.empty((len(first), len(self.columns)), np.float32)
        periodicity = np.zeros(first[-1] + n_frames if len(first) else 0, np.float32)
        gaps = np.append(np.flatnonzero(np.diff(first) > n_frames) + 1, len(first))
        begin = 0
        while begin < len(first):
            origin = first[begin]
            end = max(begin + 1, int(np.searchsorted(first, origin + _FRAMES - n_frames, "right")))
            # Frames between distant windows are not computed.
            end = min(end, begin + _WINDOWS, int(gaps[np.searchsorted(gaps, begin, "right")]))
            last = first[end - 1] + n_frames - 1
            part = recording[origin * FRAMING.hop : last * FRAMING.hop + FRAMING.window]
            counts = np.full(end - begin, n_frames, np.int64)
            result[begin:end], periodic = _extract([part], first[begin:end] - origin, counts)
            periodicity[origin : last + 1] = periodic
            begin = end
        return result, periodicity


SET: Final = SpectralProsodic()
