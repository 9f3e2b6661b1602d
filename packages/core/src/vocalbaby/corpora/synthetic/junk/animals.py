"""Animals that have a vocal tract: a source and a tube, as for infants, of other proportions.

What separates them from infants is the length of the tract (hence the spacing of formants),
calls that repeat nearly unchanged, and gestures of the mouth that are not those of speech. A
cat's tract is as short as an infant's: there the opening and closing mouth, the steady
harmonics and the plain arch of F0 are what differs.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import (
    ControlTracks,
    envelope,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    log_uniform,
    over_floor,
)
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import adult_voice

__all__ = ["SPECIES", "Species", "animal"]

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Species:
    """A call of an animal. Ranges are drawn from once for each clip.

    Attributes:
        share: Relative frequency among the animals.
        tract_cm: Length of the vocal tract.
        f0_hz: Fundamental frequency at the middle of the call.
        length_s: Length of a call.
        gap_s: Pause between calls.
        start, peak, end: Factors on F0 along the call.
        opening: First formant over that of an open vowel, at the edges and the middle.
        rough: Largest strength of jitter and period doubling.
        breath_db: Noise relative to the voice.
        slope_db: Slope of the source, dB per octave.
        tremor: Largest depth of a tremor, 0 to 1, and its rate in Hz.
    """

    share: float
    tract_cm: Range
    f0_hz: Range
    length_s: Range
    gap_s: Range = (0.1, 1.0)
    start: Range = (0.7, 1.0)
    peak: Range = (1.0, 1.15)
    end: Range = (0.6, 1.0)
    opening: tuple[float, float] = (0.8, 1.0)
    rough: float = 0.2
    breath_db: Range = (-32.0, -18.0)
    slope_db: Range = (-8.0, -2.0)
    tremor: tuple[float, float] = (0.0, 8.0)


#: Lengths of tracts grow with the size of the body (Fitch, 1997); the ranges of F0 and of the
#: length of calls are wider than those of one breed, and were set by listening with YAMNet.
SPECIES: Final[dict[str, Species]] = {
    "meow": Species(
        0.22, (5.5, 9), (380, 950), (0.25, 0.9), (0.4, 2), (0.75, 1), (1, 1.25), (0.6, 0.95),
        (0.3, 1.1), 0.05, (-38, -24), (-8, -3),
    ),
    "bark": Species(
        0.16, (9, 21), (180, 900), (0.06, 0.22), (0.1, 0.6), (0.6, 1), (1, 1.2), (0.5, 0.9),
        (0.7, 1.1), 0.7, (-16, -2), (-4, 2),
    ),
    "whine": Species(
        0.06, (9, 18), (450, 1800), (0.15, 0.8), (0.1, 0.6), (0.8, 1.1), (1, 1.4), (0.6, 1),
        (0.4, 0.6), 0.05, (-30, -16), (-16, -8),
    ),
    "howl": Species(
        0.05, (14, 24), (250, 900), (0.8, 3), (0.3, 1), (0.5, 0.9), (1, 1.1), (0.5, 0.9),
        (0.5, 0.7), 0.05, (-34, -22), (-12, -5),
    ),
    "goat": Species(
        0.1, (13, 22), (130, 480), (0.3, 1.2), (0.3, 1), (0.8, 1), (1, 1.1), (0.7, 1),
        (0.7, 1), 0.3, (-24, -12), (-5, 0), (0.8, 10),
    ),
    "cow": Species(
        0.05, (28, 48), (70, 280), (0.6, 2), (0.3, 1), (0.7, 1), (1, 1.3), (0.7, 1.1),
        (0.4, 0.9), 0.3, (-26, -14), (-7, -1),
    ),
    "rooster": Species(
        0.06, (9, 16), (380, 1200), (0.15, 1), (0.03, 0.15), (0.6, 0.9), (1, 1.4), (0.5, 0.9),
        (0.7, 1.1), 0.5, (-22, -8), (-3, 2),
    ),
    "hen": Species(
        0.04, (8, 15), (250, 800), (0.04, 0.25), (0.08, 0.4), (0.7, 1), (1, 1.3), (0.6, 1),
        (0.6, 1), 0.4, (-18, -6), (-4, 1),
    ),
    "duck": Species(
        0.06, (12, 22), (120, 480), (0.08, 0.4), (0.05, 0.4), (0.9, 1.1), (1, 1.1), (0.7, 1),
        (0.8, 1.2), 0.8, (-14, -4), (-2, 3),
    ),
    "monkey": Species(
        0.06, (5.5, 10), (500, 2600), (0.05, 0.5), (0.04, 0.4), (0.4, 1.1), (1, 1.5), (0.4, 1),
        (0.6, 1.1), 0.6, (-20, -6), (-4, 2),
    ),
    "ape": Species(
        0.03, (14, 20), (180, 900), (0.15, 0.7), (0.1, 0.3), (0.5, 0.9), (1, 1.4), (0.5, 0.9),
        (0.5, 0.8), 0.3, (-22, -8), (-8, -1),
    ),
    "seal": Species(
        0.05, (18, 32), (160, 520), (0.2, 0.8), (0.1, 0.5), (0.8, 1), (1, 1.15), (0.6, 1),
        (0.7, 1.1), 0.9, (-16, -4), (-3, 2), (0.3, 14),
    ),
    "horse": Species(
        0.04, (35, 60), (350, 1500), (0.6, 2), (0.3, 1), (0.9, 1.3), (1, 1.1), (0.4, 0.7),
        (0.6, 1), 0.4, (-22, -10), (-3, 1), (0.9, 11),
    ),
    "pig": Species(
        0.04, (14, 24), (200, 1300), (0.1, 1), (0.05, 0.4), (0.6, 1.1), (1, 1.3), (0.6, 1.1),
        (0.7, 1.1), 0.9, (-12, -2), (-2, 3),
    ),
    "elephant": Species(
        0.02, (90, 200), (280, 700), (0.4, 1.5), (0.3, 1), (0.6, 0.9), (1, 1.2), (0.6, 0.9),
        (0.8, 1.1), 0.7, (-16, -6), (-2, 3), (0.2, 20),
    ),
    "roar": Species(
        0.03, (25, 45), (50, 160), (0.5, 2), (0.2, 1), (0.7, 1), (1, 1.2), (0.6, 1),
        (0.5, 1.1), 1.0, (-10, 0), (-5, 0), (0.3, 20),
    ),
    "whale": Species(
        0.04, (60, 150), (90, 1200), (0.6, 3), (0.2, 1), (0.4, 1.6), (0.7, 1.5), (0.4, 1.8),
        (0.6, 1), 0.2, (-36, -22), (-14, -4), (0.2, 5),
    ),
}  # fmt: skip


def animal(rng: np.random.Generator, duration_s: float, name: str = "") -> FloatArray:
    """Calls of one animal.

    Args:
        rng: Random generator.
        duration_s: Duration in seconds.
        name: Key of `SPECIES`; drawn by its share if empty.

    Examples:
        >>> import numpy as np
        >>> animal(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    if not name:
        shares = np.array([species.share for species in SPECIES.values()])
        name = list(SPECIES)[int(rng.choice(len(shares), p=shares / shares.sum()))]
    tracks = _calls(rng, SPECIES[name], duration_s)
    return over_floor(rng, render(tracks, rng, duration_s), duration_s)


def _calls(rng: np.random.Generator, species: Species, duration_s: float) -> ControlTracks:
    tract = float(np.clip(log_uniform(rng, *species.tract_cm), 4.5, 60))
    voice = replace(adult_voice(rng), tract_cm=tract, articulation=1.0)
    open_mouth = formants(voice, str(rng.choice(("a", "ae", "schwa"))))
    tracks = neutral_tracks(voice, duration_s, open_mouth)
    t = tracks.times
    f0 = log_uniform(rng, *species.f0_hz)
    length = log_uniform(rng, *species.length_s)
    contour = [float(rng.uniform(*part)) for part in (species.start, species.peak, species.end)]
    middle = rng.uniform(0.25, 0.75)
    closed, opened = species.opening
    attack = min(rng.uniform(0.01, 0.08), 0.3 * length)
    release = min(rng.uniform(0.03, 0.25), 0.5 * length)
    # The mouth opens from spread lips and closes to round ones, as in "miaow".
    spread, rounded = rng.uniform(1.0, 1.35), rng.uniform(0.65, 1.0)
    factor, lips, mouth = np.ones(len(t)), np.ones(len(t)), opened * np.ones(len(t))
    for at in event_starts(rng, duration_s, length + rng.uniform(*species.gap_s), regular=0.1):
        # A long call may have begun before the clip.
        start = at - (rng.uniform(0, 0.5) * length if length > duration_s else 0.0)
        end = start + length
        call = envelope(t, start, end, attack, release)
        inside = (t >= start) & (t <= end)
        knots = [(start, contour[0]), (start + middle * length, contour[1]), (end, contour[2])]
        factor[inside] = smooth_curve(t, knots)[inside]
        gesture = np.sin(np.pi * np.clip((t - start) / length, 0, 1)) ** rng.uniform(0.4, 1.0)
        lips[inside] = smooth_curve(t, [(start, spread), (end, rounded)])[inside]
        mouth[inside] = (closed + (opened - closed) * gesture)[inside]
        tracks.voicing = np.maximum(tracks.voicing, rng.uniform(0.8, 1.0) * call)
    tracks.formants[:, 0] *= mouth
    tracks.formants[:, 1] *= lips
    depth, rate = species.tremor
    shake = rng.uniform(0, depth) * np.sin(2 * np.pi * rate * rng.uniform(0.7, 1.4) * t)
    tracks.f0 = np.clip(
        f0 * factor * 2 ** (0.15 * shake) * random_drift(rng, len(t), 0.15), 40, 4000
    )
    tracks.voicing *= 1 - 0.6 * np.abs(shake)
    rough = species.rough * rng.uniform(0, 1)
    tracks.jitter += 0.05 * rough
    tracks.shimmer += 0.3 * rough
    tracks.subharmonic += rough * (rng.random() < 0.5)
    tracks.slope = np.full(len(t), rng.uniform(*species.slope_db))
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(*species.breath_db) / 20)
    tracks.damping *= rng.uniform(0.6, 1.8)
    tracks.nasality[:] = rng.uniform(0, 0.4)
    return tracks
