"""Canonical babble: consonant-vowel syllables with fast formant transitions."""

from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import (
    Burst,
    ControlTracks,
    FloatArray,
    envelope,
    flutter,
    neutral_tracks,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.tract import consonant_formants, formants
from vocalbaby.corpora.synthetic.voice import Voice

__all__ = ["canonical", "syllables"]

_MANNERS: Final = ("stop", "nasal", "glide", "fricative")
_MANNER_SHARES: Final = (0.5, 0.25, 0.18, 0.07)
_PLACES: Final = ("labial", "alveolar", "velar")
_PLACE_SHARES: Final = (0.42, 0.43, 0.15)
_VOWELS: Final = ("a", "ae", "schwa", "e", "i", "o", "u")
_VOWEL_SHARES: Final = (0.25, 0.22, 0.2, 0.13, 0.08, 0.07, 0.05)
#: Centre of the release burst over the fourth tube resonance.
_BURST: Final = {"labial": 0.25, "alveolar": 0.75, "velar": 0.42, "palatal": 0.6}

#: Share of the following vowel's F2 and F3 in those of the closure (locus equations of
#: babble: Sussman, Duder, Dalston & Cacciatore, 1999).
_COARTICULATION: Final = {"labial": 0.7, "alveolar": 0.4, "velar": 0.8, "palatal": 0.3}

#: Range of the share by which a closure reduces the amplitude of the voice.
_WEAKENING: Final = {
    "stop": (0.88, 1.0),
    "nasal": (0.4, 0.7),
    "glide": (0.2, 0.5),
    "fricative": (0.8, 1.0),
}


def canonical(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """Well-formed syllables: transitions under 120 ms, 2.5 to 6 syllables per second.

    The criteria of duration and resonance are those of Oller (1980, 2000).
    """
    tracks = syllables(rng, voice, duration_s, transition_s=(0.02, 0.09))
    melody = [
        (0.0, rng.uniform(0.85, 1.25)),
        (rng.uniform(0.3, 0.7) * duration_s, rng.uniform(0.9, 1.25)),
        (duration_s, rng.uniform(0.65, 1.1)),
    ]
    tracks.f0 *= rng.uniform(0.8, 1.2) * smooth_curve(tracks.times, melody)
    return tracks


def syllables(
    rng: np.random.Generator,
    voice: Voice,
    duration_s: float,
    *,
    transition_s: tuple[float, float],
    closure_depth: float = 1.0,
) -> ControlTracks:
    """Consonants and vowels in alternation; the first release is in the clip's first half.

    Args:
        rng: Random generator.
        voice: The speaker.
        duration_s: Duration of the clip in seconds.
        transition_s: Range of the formant transition after a consonant, in seconds.
        closure_depth: 0 to 1; below 1 the mouth does not close completely.
    """
    period = 1 / np.clip(rng.uniform(2.5, 5.5) * voice.tempo, 2.2, 6.5)
    vowel = str(rng.choice(_VOWELS, p=_VOWEL_SHARES))
    tracks = neutral_tracks(voice, duration_s, formants(voice, vowel))
    t = tracks.times
    place = str(rng.choice(_PLACES, p=_PLACE_SHARES))
    manner = str(rng.choice(_MANNERS, p=_MANNER_SHARES))
    release = rng.uniform(0.05, max(0.06, min(0.5 * duration_s, 0.5)))
    variegated = rng.choice((0.1, 0.6))
    knots = [(0.0, formants(voice, vowel))]
    loudness = (
        np.ones(len(t)) if rng.random() < 0.4 else envelope(t, release - 0.09, 9.0, 0.01, 0.1)
    )
    while release < duration_s - 0.04:
        closure = rng.uniform(0.04, 0.12) if manner != "glide" else rng.uniform(0.02, 0.05)
        transition = rng.uniform(*transition_s) * (1.3 if manner == "glide" else 1.0)
        target = formants(voice, vowel)
        at_closure = "palatal" if manner == "glide" and place == "alveolar" else place
        shut = (1 - closure_depth) * target + closure_depth * _closed(voice, at_closure, target)
        before = max(release - closure - transition, knots[-1][0] + 1e-3)
        knots += [(before, knots[-1][1]), (max(release - closure, before + 1e-3), shut)]
        knots += [(release, shut), (release + transition, target)]
        noise_hz = min(_BURST[place] * 7 * 35_000 / (4 * voice.tract_cm), 6500.0)
        shut_span = envelope(t, release - closure - 0.015, release + 0.015, 0.02, 0.02)
        _weaken(rng, tracks, manner, shut_span * closure_depth)
        _release(rng, tracks, manner, (release - closure, release), noise_hz)
        step = period * rng.uniform(0.75, 1.25)
        if release + step > duration_s - 0.15:  # the last syllable is the longest
            step *= rng.uniform(1.2, 1.8)
        stress = envelope(t, release - 0.05, release + step, 0.08, 0.3 * step)
        loudness = loudness * 10 ** (rng.normal(0.0, 3.0) / 20 * stress)
        tracks.f0 *= 2 ** (rng.normal(0.0, 1.2) / 12 * stress)
        release += step
        if rng.random() < variegated:
            vowel = str(rng.choice(_VOWELS, p=_VOWEL_SHARES))
            place = str(rng.choice(_PLACES, p=_PLACE_SHARES))
            manner = str(rng.choice(_MANNERS, p=_MANNER_SHARES))
    at = np.array([time for time, _ in knots])
    values = np.array([value for _, value in knots])
    for n in range(values.shape[1]):
        tracks.formants[:, n] = np.interp(t, at, values[:, n])
    end = duration_s * (rng.uniform(0.8, 1.0) if rng.random() < 0.5 else 2.0)
    tracks.voicing = (
        np.maximum(tracks.voicing + 1, 0)
        * loudness
        * envelope(t, -1, end, 0.1, rng.uniform(0.04, 0.15))
    )
    tracks.aspiration += tracks.voicing * 10 ** (voice.breathiness_db / 20)
    tracks.f0 *= flutter(rng, len(t), rng.uniform(0.2, 0.7))
    tracks.slope += rng.uniform(-2.0, 2.5)
    tracks.irregularity[:] = rng.uniform(0.0, 3.0)
    tracks.damping *= rng.uniform(0.9, 1.6)
    return tracks


def _closed(voice: Voice, place: str, vowel: FloatArray) -> FloatArray:
    """Formants at the closure, of which F2 and F3 depend on the vowel that follows."""
    shut = consonant_formants(voice, place)
    neutral = formants(voice, "schwa")
    shut[1:3] += _COARTICULATION[place] * (vowel[1:3] - neutral[1:3])
    return shut


def _weaken(rng: np.random.Generator, tracks: ControlTracks, manner: str, shut: FloatArray) -> None:
    """Reduce the voicing during a closure; ``voicing`` holds the change from 1 here."""
    tracks.voicing -= rng.uniform(*_WEAKENING[manner]) * shut
    if manner == "nasal":
        tracks.nasality = np.maximum(tracks.nasality, shut)
        tracks.damping += 1.5 * shut


def _release(
    rng: np.random.Generator,
    tracks: ControlTracks,
    manner: str,
    closure: tuple[float, float],
    noise_hz: float,
) -> None:
    """Add the turbulence of a fricative, or the burst and aspiration of a stop."""
    start, release = closure
    if manner == "fricative":
        level = rng.uniform(-22, -8)
        tracks.bursts.append(Burst(start, release - start + 0.02, noise_hz, 0.5, level))
    elif manner == "stop":
        length, level = rng.uniform(0.008, 0.02), rng.uniform(-18, -2)
        tracks.bursts.append(Burst(release - 0.004, length, noise_hz, 0.7, level))
        lag = rng.uniform(0.0, 0.05)
        puff = envelope(tracks.times, release, release + lag + 0.01, 0.004, 0.01)
        tracks.aspiration += puff * 10 ** (rng.uniform(-26, -12) / 20)
        if lag > 0.02:
            tracks.voicing -= puff * rng.uniform(0.2, 0.9)
