"""Power spectra of the frames of many clips at once.

The frames of a batch are the rows of one matrix. Every clip starts at a multiple of ``TILE``
rows, so a frame's position within its tile depends on its own clip only; with matrix
products of constant shape per tile a row is bit-identical in every batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil
from threading import local
from typing import Any, Final, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = [
    "TILE",
    "Framing",
    "Layout",
    "hann",
    "lay_out",
    "lay_out_frames",
    "padded",
    "power_spectra",
    "project",
    "scratch",
    "sum_rows",
]

Array = NDArray[np.float32]
Real = TypeVar("Real", bound=np.floating[Any])

#: Rows per matrix product. OpenBLAS stays on one thread while rows * inner * columns is
#: below 2**18, which holds for all matrices here, so its thread count changes nothing.
TILE: Final = 8
#: Rows per step of the spectrogram: the working set stays in the cache.
_BLOCK: Final = 64


class _Buffers(local):
    def __init__(self) -> None:
        self.held: dict[str, NDArray[Any]] = {}


_buffers = _Buffers()


@dataclass(frozen=True, slots=True)
class Framing:
    """How a signal is divided into frames.

    Attributes:
        window: Window length in samples (periodic Hann).
        hop: Samples between frames.
        n_fft: Length of the Fourier transform, at least ``window``.
        top_hz: Spectra end at the first bin at or above this frequency.
        centered: Frames are centred on multiples of the hop, with zeros beyond the
            ends (as in librosa); otherwise the first frame starts at sample 0, and only
            whole frames count, at least one.
    """

    window: int
    hop: int
    n_fft: int
    top_hz: float = SAMPLE_RATE / 2
    centered: bool = False

    @property
    def hz(self) -> NDArray[np.float64]:
        """Frequency of each bin of the spectra, (n_bins,)."""
        return np.arange(self.n_bins, dtype=np.float64) * SAMPLE_RATE / self.n_fft

    @property
    def n_bins(self) -> int:
        """Bins of the spectra."""
        return ceil(self.top_hz * self.n_fft / SAMPLE_RATE) + 1

    def count(self, n_samples: int) -> int:
        """Return the number of frames of a clip."""
        covered = n_samples if self.centered else max(0, n_samples - self.window)
        return 1 + covered // self.hop


@dataclass(frozen=True)
class Layout:
    """Positions of the frames of each clip of a batch.

    Attributes:
        first_row: Row of each clip's first frame in the padded matrix, (n_clips,).
        counts: Frames per clip, (n_clips,).
        starts: First frame of each clip after the padding rows are dropped, (n_clips,).
        rows: Padded row of every frame, (n_frames,).
        clip: Clip of every frame, (n_frames,).
        place: Number of every frame within its clip, from 0, (n_frames,).
        last: Number of the last frame of every frame's clip, (n_frames,).
        n_rows: Rows of the padded matrix.
    """

    first_row: NDArray[np.intp]
    counts: NDArray[np.intp]
    starts: NDArray[np.intp]
    rows: NDArray[np.intp]
    clip: NDArray[np.intp]
    place: NDArray[np.intp]
    last: NDArray[np.intp]
    n_rows: int

    def neighbour(self, offset: int | NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the frame `offset` later in the same clip, limited to the ends of the clip.

        Args:
            offset: In frames; a column (n, 1) gives several at once.

        Returns:
            Indices, (n_frames,) or (n, n_frames).
        """
        held: NDArray[np.intp] = np.minimum(np.maximum(self.place + offset, 0), self.last)
        held += self.starts[self.clip]
        return held

    def interior(self, reach: int) -> NDArray[np.bool_]:
        """Whether the clip has `reach` frames before and after each frame, (n_frames,)."""
        held: NDArray[np.bool_] = (self.place >= reach) & (self.place <= self.last - reach)
        return held

    def spread(self, values: Array) -> Array:
        """Repeat values of clips, (..., n_clips), for each of their frames."""
        return values if len(self.counts) == 1 else np.repeat(values, self.counts, axis=-1)

    @cached_property
    def table(self) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return frames as a rectangle: indices, and which of them exist, (n_clips, longest)."""
        place = np.arange(int(self.counts.max()))
        inside = place < self.counts[:, None]
        return np.where(inside, self.starts[:, None] + place, 0), inside


def lay_out(lengths: Sequence[int], framing: Framing) -> Layout:
    """Return the layout of a batch of clips with these lengths in samples."""
    return lay_out_frames(np.array([framing.count(n) for n in lengths], np.intp), framing)


def lay_out_frames(n_frames: NDArray[np.integer[Any]], framing: Framing) -> Layout:
    """Return the layout of a batch of clips with these numbers of frames."""
    counts = n_frames.astype(np.intp)
    # The rows after a clip keep its last window clear of the next clip's samples.
    tail = -(-framing.window // framing.hop) - 1
    padded = -(-(counts + tail) // TILE) * TILE
    ends, row_ends = np.cumsum(counts), np.cumsum(padded)
    starts, first_row = ends - counts, row_ends - padded
    clip = np.repeat(np.arange(len(counts)), counts)
    frame = np.arange(int(ends[-1]))
    return Layout(
        first_row=first_row,
        counts=counts,
        starts=starts,
        rows=frame + (first_row - starts)[clip],
        clip=clip,
        place=frame - starts[clip],
        last=(counts - 1)[clip],
        n_rows=int(row_ends[-1]),
    )


def scratch(name: str, shape: tuple[int, int], kind: type[Real]) -> NDArray[Real]:
    """Return a reused, uninitialised array of this thread, valid until the next such call.

    Allocating large arrays anew would cost a page fault per 4 KiB each time.
    """
    size = shape[0] * shape[1]
    held: NDArray[Real] | None = _buffers.held.get(name)
    if held is None or held.size < size:
        held = _buffers.held[name] = np.empty(size, kind)
    return held[:size].reshape(shape)


def padded(name: str, n_rows: int, width: int, kind: type[Real]) -> NDArray[Real]:
    """Return an array like `scratch`, but zero wherever rows of this width were not written."""
    key = f"{name} {width}"
    held: NDArray[Real] | None = _buffers.held.get(key)
    if held is None or len(held) < n_rows:
        held = _buffers.held[key] = np.zeros((n_rows, width), kind)
    return held[:n_rows]


def power_spectra(clips: Sequence[Array], layout: Layout, framing: Framing) -> Array:
    """Return the power spectra of all rows.

    Args:
        clips: Signals.
        layout: Positions of the clips.
        framing: How the signals are divided into frames.

    Returns:
        float32, shape (n_rows, framing.n_bins), in a buffer that the next call of this
        thread reuses. Padding rows hold arbitrary finite values.
    """
    lead = framing.window // 2 if framing.centered else 0
    tail = -(-framing.window // framing.hop)
    signal = scratch("signal", (layout.n_rows + tail, framing.hop), np.float32).reshape(-1)
    signal.fill(0)
    for clip, row, count in zip(clips, layout.first_row, layout.counts, strict=True):
        start = row * framing.hop + lead
        heard = clip[: (count - 1) * framing.hop + framing.window - lead]
        signal[start : start + len(heard)] = heard
    step = signal.itemsize
    frames = as_strided(signal, (layout.n_rows, framing.window), (framing.hop * step, step))
    power = scratch("power", (layout.n_rows, framing.n_bins), np.float32)
    window = hann(framing.window)
    parts = np.empty((min(layout.n_rows, _BLOCK), 2 * framing.n_bins), np.float32)
    for begin in range(0, layout.n_rows, _BLOCK):
        block = frames[begin : begin + _BLOCK]
        # numpy is no faster in single precision. Only the window is ever written: the rest
        # stays zero.
        windowed = padded("windowed", len(block), framing.n_fft, np.float64)
        spectrum = scratch("spectrum", (len(block), framing.n_fft + 2), np.float64)
        used = parts[: len(block)]
        np.multiply(block, window, out=windowed[:, : framing.window], dtype=np.float32)
        np.fft.rfft(windowed, axis=1, out=spectrum.view(np.complex128))
        np.copyto(used, spectrum[:, : used.shape[1]], casting="same_kind")
        np.multiply(used, used, out=used)
        np.add(used[:, ::2], used[:, 1::2], out=power[begin : begin + _BLOCK])
    return power


@cache
def hann(n: int) -> Array:
    """Return the periodic Hann window, float32 (n,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


def project(rows: Array, matrix: Array) -> Array:
    """Compute ``rows @ matrix`` tile by tile: a row's rounding does not depend on the batch.

    Args:
        rows: (n_rows, n), n_rows a multiple of ``TILE``.
        matrix: (n, k).

    Returns:
        float32 (n_rows, k).
    """
    tiles = rows.reshape(-1, TILE, rows.shape[1])
    product: Array = np.matmul(tiles, matrix).reshape(len(rows), matrix.shape[1])
    return product


def sum_rows(values: Array) -> Array:
    """Return the sum over the first axis, added row after row.

    Args:
        values: (k, n), its rows contiguous.

    Returns:
        (n,)
    """
    # numpy adds row by row if the rows have at least two numbers, and a single column in pairs.
    total: Array = (
        np.add.reduce(values, axis=0)
        if values.shape[1] > 1
        else np.add.accumulate(values, axis=0)[-1]
    )
    return total
