"""One channel of several, decided block by block and without clicks."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.audio import defects

__all__ = ["Mixer"]

Samples = NDArray[np.float32]

#: Where other channels are used than before, they are faded in for this many seconds.
_FADE_S: Final = 0.02
#: Two steps of 16-bit audio: a channel with a smaller range is dead if another one is not.
_DEAD: Final = 2**-14
#: A channel that is used alone is given up if another one has this many times its power.
_WEAKER: Final = 10.0


class Mixer:
    """Mixes the channels of each block as :func:`vocalbaby.audio.defects.mix` those of a clip.

    A channel that is dead throughout a block is left out. Channels that cancel each other in a
    block are replaced by the best one, which stays the same in the blocks that follow as long
    as they cancel and no other one is 10 dB louder. A change is faded over 20 ms.

    Args:
        rate: Frames per second.
        channels: Number of channels.

    Attributes:
        used: Numbers of the channels in the last block, from 0.
        dead: Those that were dead in it.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate: Final = rate
        self._fade: Final = max(1, round(_FADE_S * rate))
        self._started = False
        self.used: tuple[int, ...] = tuple(range(channels))
        self.dead: tuple[int, ...] = ()

    def mix(self, frames: Samples) -> Samples:
        """Mix a block.

        Args:
            frames: float32, shape (n_frames, n_channels).

        Returns:
            float32, shape (n_frames,).
        """
        if frames.shape[1] == 1:
            return frames[:, 0]
        before, self.used = self.used, self._choose(frames)
        mono = _mean(frames, self.used)
        if self._started and before != self.used:
            n = min(self._fade, len(frames))
            rise = np.arange(1, n + 1, dtype=np.float32) / np.float32(n + 1)
            old = _mean(frames[:n], before)
            mono = mono.copy()
            mono[:n] = old + rise * (mono[:n] - old)
        self._started = True
        return mono

    def _choose(self, frames: Samples) -> tuple[int, ...]:
        """Return the channels to use for a block."""
        columns = np.ascontiguousarray(frames.T)
        ranges = columns.max(axis=1) - columns.min(axis=1)
        live = tuple(np.flatnonzero(ranges > _DEAD).tolist())
        if not live:
            self.dead = ()
            return self.used
        self.dead = tuple(np.flatnonzero(ranges <= _DEAD).tolist())
        part = frames if not self.dead else np.ascontiguousarray(columns[list(live)].T)
        _, best = defects.mix(part, self._rate)
        if best is None:
            return live
        (found,) = chosen = (live[best],)
        (last, *others) = self.used
        if others or last not in live:
            return chosen
        powers = [float(np.dot(columns[i], columns[i])) for i in (last, found)]
        return self.used if powers[1] < _WEAKER * powers[0] else chosen


def _mean(frames: Samples, channels: tuple[int, ...]) -> Samples:
    """Return the mean of some channels, as clips have it to the last bit."""
    if len(channels) == 1:
        return np.ascontiguousarray(frames[:, channels[0]])
    if len(channels) == 2:
        a, b = channels
        return (frames[:, a] + frames[:, b]) * np.float32(0.5)
    part = frames if len(channels) == frames.shape[1] else frames[:, list(channels)]
    mean: Samples = np.ascontiguousarray(part).mean(axis=1, dtype=np.float32)
    return mean
