"""The vocal tract: formants of a tube of given length, and its transfer function."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["LOCI", "VOWELS", "consonant_formants", "formants", "transfer"]

FloatArray = NDArray[np.float64]

_SPEED_OF_SOUND: Final = 35_000.0  # cm/s in warm, moist air
_N_FORMANTS: Final = 7

#: First three formants over those of the neutral tube, from adult averages
#: (Peterson & Barney, 1952, over 500, 1500 and 2500 Hz).
VOWELS: Final[dict[str, tuple[float, float, float]]] = {
    "a": (1.45, 0.78, 1.0),
    "ae": (1.30, 1.15, 1.0),
    "e": (1.05, 1.22, 1.02),
    "schwa": (1.0, 1.0, 1.0),
    "i": (0.60, 1.50, 1.18),
    "o": (1.05, 0.62, 0.97),
    "u": (0.66, 0.62, 0.92),
}

#: The same for the closure of consonants (locus theory: Delattre, Liberman & Cooper, 1955).
LOCI: Final[dict[str, tuple[float, float, float]]] = {
    "labial": (0.45, 0.58, 0.90),
    "alveolar": (0.45, 1.20, 1.06),
    "velar": (0.45, 1.40, 0.90),
    "palatal": (0.48, 1.45, 1.15),
}


def _tube(voice: Voice) -> FloatArray:
    """Resonances of a tube closed at one end: (2n - 1) c / 4L (Fant, 1960)."""
    n = np.arange(1.0, _N_FORMANTS + 1)
    resonances: FloatArray = (2 * n - 1) * _SPEED_OF_SOUND / (4 * voice.tract_cm)
    return resonances


def formants(voice: Voice, vowel: str) -> FloatArray:
    """Formant frequencies of a vowel, in Hz, shape (7,).

    The less articulate a voice is, the closer its formants stay to the neutral tube.
    """
    ratios = 1 + voice.articulation * (np.array(VOWELS[vowel]) - 1)
    out = _tube(voice)
    out[:3] *= ratios
    return out


def consonant_formants(voice: Voice, place: str) -> FloatArray:
    """Formant frequencies at the closure of a consonant, in Hz, shape (7,)."""
    out = _tube(voice)
    out[:3] *= LOCI[place]
    return out


def transfer(
    frequencies: FloatArray, centres: FloatArray, damping: FloatArray, nasality: FloatArray
) -> NDArray[np.complex128]:
    """Transfer function of a cascade of resonances, with a nasal pole-zero pair.

    Each resonance is ``s s* / ((jw - s)(jw - s*))`` with ``s = -pi B + j 2 pi F``
    (Fant, 1960; the cascade branch of Klatt, 1980). Bandwidths grow with frequency and
    are wider than an adult's, as small tracts lose more.

    Args:
        frequencies: Hz, shape (n_frames, n_bins), or one that broadcasts to it.
        centres: Formants in Hz, shape (n_frames, n_formants).
        damping: Factor on the bandwidths, shape (n_frames,).
        nasality: 0 to 1, shape (n_frames,).

    Returns:
        Complex gain, shape (n_frames, n_bins); 1 at 0 Hz.
    """
    out = np.ones(np.broadcast_shapes(frequencies.shape, (len(centres), 1)), dtype=np.complex128)
    squared = frequencies**2
    for n in range(centres.shape[1]):
        centre = centres[:, n, None]
        half = (40 + 0.045 * centre) * damping[:, None] / 2
        out *= (centre**2 + half**2) / (centre**2 + half**2 - squared + 2j * half * frequencies)
    if nasality.any():
        scale = centres[:, 3, None] / 3500.0
        depth = nasality[:, None]
        pole, zero = 300 * scale, (300 + 500 * depth) * scale
        half = 80 * scale
        ratio = (zero**2 - squared + 2j * half * frequencies) / (
            pole**2 - squared + 2j * half * frequencies
        )
        out *= ratio * (pole / zero) ** 2
    return out
