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
    """Mixes the channels of each block as `vocalbaby.audio.defects.mix` those of a clip.

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

    def mix(self, channels: Samples) -> Samples:
        """Mix a block.

        Args:
            channels: float32, shape (n_channels, n_frames), each channel contiguous in memory.

        Returns:
            float32, shape (n_frames,).
        """
        if len(channels) == 1:
            only: Samples = channels[0]
            return only
        before = self.used
        mono, self.used = self._choose(channels)
        if self._started and before != self.used:
            n = min(self._fade, len(mono))
            rise = np.arange(1, n + 1, dtype=np.float32) / np.float32(n + 1)
            old = _mean(channels[:, :n], before)
            mono = mono.copy()
            mono[:n] = old + rise * (mono[:n] - old)
        self._started = True
        return mono

    def _choose(self, channels: Samples) -> tuple[Samples, tuple[int, ...]]:
        """Return the mix of a block, and the channels that it is made of."""
        ranges = channels.max(axis=1) - channels.min(axis=1)
        live = tuple(np.flatnonzero(ranges > _DEAD).tolist())
        self.dead = tuple(np.flatnonzero(ranges <= _DEAD).tolist()) if live else ()
        if not live:
            return _mean(channels, self.used), self.used
        mono, best = defects.mix(channels[list(live)] if self.dead else channels, self._rate)
        if best is None:
            return mono, live
        found, (last, *others) = live[best], self.used
        if not others and last in live:
            powers = [float(channels[i].dot(channels[i])) for i in (last, found)]
            found = last if powers[1] < _WEAKER * powers[0] else found
        return channels[found].copy(), (found,)


def _mean(channels: Samples, used: tuple[int, ...]) -> Samples:
    """Return the mean of some channels, as clips have it to the last bit."""
    mean: Samples
    if len(used) == 1:
        mean = channels[used[0]].copy()
    elif len(used) == 2:
        mean = (channels[used[0]] + channels[used[1]]) * np.float32(0.5)
    else:
        mean = np.ascontiguousarray(channels[list(used)].T).mean(axis=1, dtype=np.float32)
    return mean
