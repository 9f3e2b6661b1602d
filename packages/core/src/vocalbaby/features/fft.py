"""The discrete Fourier transform of many signals at once in single precision.

numpy computes it with half the speed in double precision, and its results differ between
releases and processors. Here every operation is one of IEEE 754 in a fixed order, so the compiled
kernel gives the same bits. The algorithm is Stockham's autosort FFT: Van Loan (1992),
"Computational Frameworks for the Fast Fourier Transform", section 1.7.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LENGTH", "transform", "turned", "waves"]

Array = NDArray[np.float32]

#: Length of the complex transform.
LENGTH: Final = 320
_RADICES: Final = (4, 4, 5, 4)


@cache
def waves() -> Array:
    """Return exp(-2 pi i t / (2 LENGTH)) for all t below 2 LENGTH as columns (real, imaginary)."""
    angle = np.pi * np.arange(2 * LENGTH) / LENGTH
    return np.stack([np.cos(angle), -np.sin(angle)], axis=1).astype(np.float32)


@cache
def _twiddles(before: int, after: int, k: int) -> tuple[Array, Array]:
    """Return real and imaginary parts of the factors of row `k` after a pass, (after, 1) each."""
    chosen = waves()[2 * before * k * np.arange(after)]
    return chosen[:, :1], chosen[:, 1:]


def turned(re: Array, im: Array, factors: tuple[Array, Array]) -> tuple[Array, Array]:
    """Multiply complex numbers by `factors`, given as real and imaginary parts."""
    c, s = factors
    real, imag = re * c, re * s
    real -= im * s
    imag += im * c
    return real, imag


def _radix4(re: Array, im: Array) -> list[tuple[Array, Array]]:
    re0, re1, re2, re3 = re.swapaxes(0, 1)
    im0, im1, im2, im3 = im.swapaxes(0, 1)
    sum_re, sum_im, dif_re, dif_im = re0 + re2, im0 + im2, re0 - re2, im0 - im2
    odd_re, odd_im, opp_re, opp_im = re1 + re3, im1 + im3, re1 - re3, im1 - im3
    return [
        (sum_re + odd_re, sum_im + odd_im),
        (dif_re + opp_im, dif_im - opp_re),
        (sum_re - odd_re, sum_im - odd_im),
        (dif_re - opp_im, dif_im + opp_re),
    ]


def _radix5(re: Array, im: Array) -> list[tuple[Array, Array]]:
    (c1, s1), (c2, s2) = waves()[[2 * LENGTH // 5, 4 * LENGTH // 5]]
    s1, s2 = -s1, -s2
    re0, re1, re2, re3, re4 = re.swapaxes(0, 1)
    im0, im1, im2, im3, im4 = im.swapaxes(0, 1)
    p_re, p_im, q_re, q_im = re1 + re4, im1 + im4, re2 + re3, im2 + im3
    u_re, u_im, v_re, v_im = re1 - re4, im1 - im4, re2 - re3, im2 - im3
    m1_re, m1_im = re0 + p_re * c1 + q_re * c2, im0 + p_im * c1 + q_im * c2
    m2_re, m2_im = re0 + p_re * c2 + q_re * c1, im0 + p_im * c2 + q_im * c1
    n1_re, n1_im = u_re * s1 + v_re * s2, u_im * s1 + v_im * s2
    n2_re, n2_im = u_re * s2 - v_re * s1, u_im * s2 - v_im * s1
    return [
        (re0 + p_re + q_re, im0 + p_im + q_im),
        (m1_re + n1_im, m1_im - n1_re),
        (m2_re + n2_im, m2_im - n2_re),
        (m2_re - n2_im, m2_im + n2_re),
        (m1_re - n1_im, m1_im + n1_re),
    ]


def transform(re: Array, im: Array) -> tuple[Array, Array]:
    """Transform the columns of two arrays of real and imaginary parts, each (LENGTH, n).

    Returns:
        Real and imaginary parts of ``sum over t of x[t] exp(-2 pi i k t / LENGTH)``,
        float32 (LENGTH, n) each.

    Examples:
        >>> import numpy as np
        >>> x = np.random.default_rng(1).standard_normal((LENGTH, 2)).astype(np.float32)
        >>> re, im = transform(x, np.zeros_like(x))
        >>> bool(np.abs(re + 1j * im - np.fft.fft(x, axis=0)).max() < 1e-4)
        True
    """
    n, before = re.shape[1], 1
    for radix in _RADICES:
        after = LENGTH // (before * radix)
        shape = before, radix, after, n
        butterfly = _radix4 if radix == 4 else _radix5
        rows = butterfly(re.reshape(shape), im.reshape(shape))
        out = np.empty((2, radix, before, after, n), np.float32)
        out[0, 0], out[1, 0] = rows[0]
        for k in range(1, radix):
            last = after == 1  # the last pass turns nothing
            row = rows[k] if last else turned(*rows[k], _twiddles(before, after, k))
            out[0, k], out[1, k] = row
        re, im = out.reshape(2, LENGTH, n)
        before *= radix
    return re, im
