"""Removes hum, rumble and wind from a stream, second by second, as it is done for clips."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vocalbaby.audio import low_frequencies
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["cut_low_frequencies"]

Samples = NDArray[np.float32]

#: The low frequencies are separated at a rate that is lower by this factor, 500 Hz.
_FACTOR: Final = 32
#: Samples for which one decision is made, about 1 s.
_BLOCK: Final = 512 * _FACTOR
#: Half the length of the filters, in samples at 500 Hz.
_HALF_WIDE: Final = 4
_HALF_LOW: Final = 64
#: What the filters need of the sound before and behind a block.
_MARGIN: Final = (2 * _HALF_WIDE + _HALF_LOW) * _FACTOR
#: A change of the decision is faded for this many samples, 0.1 s.
_FADE: Final = SAMPLE_RATE // 10


def cut_low_frequencies(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Remove low frequencies in each second in which they have more than 5 % of the energy.

    The rule and the frequencies are those of
    `vocalbaby.audio.low_frequencies.remove_low_frequencies`; a second is 1.024 s. All other
    seconds are returned to the last bit, and a change is faded within 0.1 s. Nothing is delayed:
    the low frequencies are separated at 500 Hz by symmetric filters and subtracted.

    Args:
        blocks: float32, shape (n,), 16 kHz; the lengths do not matter.

    Yields:
        float32, shape (n,).

    Examples:
        >>> time = np.arange(80_000, dtype=np.float32) / 16000
        >>> voice, hum = np.sin(2 * np.pi * 400 * time), np.sin(2 * np.pi * 50 * time)
        >>> clean = np.concatenate(list(cut_low_frequencies([0.4 * (voice + hum)])))
        >>> bool(np.std(clean - 0.4 * voice) < 0.01)
        True
    """
    removed: bool | None = None
    for padded in _with_margins(blocks):
        sound = padded[_MARGIN : len(padded) - _MARGIN]
        before, removed = removed, False
        power, may_be_low = low_frequencies.power_of(sound)
        if not (may_be_low or before):
            yield sound
            continue
        low = _low_part(padded)
        rest = sound - low
        removed = (
            may_be_low and low_frequencies.low_share(power, low_frequencies.mean_square(rest)) > 0.0
        )
        if before is not None and before != removed:
            n = min(_FADE, len(sound))
            rise = np.arange(1, n + 1, dtype=np.float32) / np.float32(n + 1)
            rest[:n] = sound[:n] - (rise if removed else 1 - rise) * low[:n]
        if removed:
            yield rest
        else:
            yield np.concatenate([rest[:_FADE], sound[_FADE:]]) if before else sound


def _with_margins(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Yield parts of one length, each with what is before and behind it.

    As for clips, the ends are continued by their odd reflection.
    """
    kept = np.empty(0, np.float32)
    started = False
    for block in blocks:
        kept = np.concatenate([kept, block])
        if not started and len(kept) > _MARGIN:
            kept, started = _continued(kept, _MARGIN, 0), True
        while started and len(kept) >= _BLOCK + 2 * _MARGIN:
            yield kept[: _BLOCK + 2 * _MARGIN]
            kept = kept[_BLOCK:]
    if len(kept):
        kept = _continued(kept, 0 if started else _MARGIN, _MARGIN)
    while len(kept) > 2 * _MARGIN:
        yield kept[: _BLOCK + 2 * _MARGIN]
        kept = kept[_BLOCK:]


def _continued(sound: Samples, before: int, behind: int) -> Samples:
    padded: Samples = np.pad(sound, (before, behind), mode="reflect", reflect_type="odd")
    return padded


def _low_part(padded: Samples) -> Samples:
    """Return the low frequencies of a part, without its margins."""
    wide, low = _filters()
    n = len(padded) - 2 * _MARGIN
    whole = np.pad(padded, (0, -len(padded) % _FACTOR), mode="edge").reshape(-1, _FACTOR)
    parts = whole @ wide.T  # polyphase: each output is the sum over 8 rows
    few = np.sum([parts[i : len(parts) - 7 + i, i] for i in range(8)], axis=0)
    slow = np.convolve(few, low, mode="valid")
    windows = sliding_window_view(slow, 8)[:, ::-1]
    first = 1  # `slow` begins 68 rows into the part, the window of a row 3 before it
    back: Samples = (np.ascontiguousarray(windows[first:]) @ (wide * _FACTOR)).ravel()
    return back[:n]


@cache
def _filters() -> tuple[Samples, Samples]:
    """Return the filter at 16 kHz, shape (8, 32), and that at 500 Hz, shape (129,).

    The first passes what is below 95 Hz and stops what 500 Hz would alias to it (Kaiser, 79 dB).
    The second has the gain of clips, a raised cosine between the two frequencies.
    """
    at = np.arange(-_HALF_WIDE * _FACTOR, _HALF_WIDE * _FACTOR)
    wide = np.sinc(at / _FACTOR) * np.concatenate([[0.0], np.kaiser(len(at) - 1, 7.7)])
    hz = np.fft.rfftfreq(4096, _FACTOR / SAMPLE_RATE)
    stop, full = low_frequencies.LOW_HZ
    gain = 0.5 + 0.5 * np.cos(np.pi * np.clip((hz - stop) / (full - stop), 0.0, 1.0))
    taps = np.fft.irfft(gain)
    low = np.concatenate([taps[-_HALF_LOW:], taps[: _HALF_LOW + 1]])
    low *= np.hanning(len(low) + 2)[1:-1] ** 0.25
    shape = (2 * _HALF_WIDE, _FACTOR)
    return (
        (wide / wide.sum()).reshape(shape).astype(np.float32),
        (low / low.sum()).astype(np.float32),
    )
