"""Adults and older children: speech at all pitches, shouts, screams and laughter.

Formants separate them from infants at the same F0: a tract of 11 to 18 cm, where that of a
child of up to 30 months has at most about 10.5 cm (Vorperian et al., 2005).
"""

from dataclasses import replace

import numpy as np

from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.control_tracks import (
    ControlTracks,
    envelope,
    neutral_tracks,
    random_drift,
    smooth_curve,
)
from vocalbaby.corpora.synthetic.junk.tones import FloatArray, log_uniform, over_floor
from vocalbaby.corpora.synthetic.laughing import laughing
from vocalbaby.corpora.synthetic.noncanonical import noncanonical
from vocalbaby.corpora.synthetic.render import render
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice, adult_voice

__all__ = [
    "adult_laugh",
    "adult_speech",
    "cartoon_voice",
    "high_speech",
    "older_child",
    "scream",
    "shout",
    "whisper",
]


def _talk(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    make = canonical if rng.random() < 0.75 else noncanonical
    return make(rng, voice, duration_s)


def _median_to(tracks: ControlTracks, f0_hz: float, spread: float, limits: tuple[int, int]) -> None:
    """Move the median of F0 to a value, and stretch its deviations on the octave scale."""
    octaves = np.log2(tracks.f0)
    octaves = np.log2(f0_hz) + spread * (octaves - np.median(octaves))
    tracks.f0 = np.clip(2**octaves, *limits)


def _finish(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> FloatArray:
    return over_floor(rng, render(tracks, rng, duration_s), duration_s)


def adult_speech(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An adult who speaks or hums near the child, at the usual pitch.

    Examples:
        >>> import numpy as np
        >>> adult_speech(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _talk(rng, adult_voice(rng), duration_s)
    tracks.f0 = np.clip(tracks.f0 * rng.uniform(0.8, 1.4), 70, 420)
    return _finish(rng, tracks, duration_s)


def high_speech(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Child-directed speech and falsetto: F0 of an infant, formants of an adult.

    F0 of mothers reaches 500 to 600 Hz, with wide excursions (Fernald et al., 1989).

    Examples:
        >>> import numpy as np
        >>> high_speech(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    voice = adult_voice(rng)
    tracks = _talk(rng, replace(voice, tempo=voice.tempo * rng.uniform(0.7, 1.0)), duration_s)
    falsetto = voice.gender == "M" or rng.random() < 0.3
    _median_to(tracks, log_uniform(rng, 260, 560), rng.uniform(0.8, 2.5), (150, 800))
    tracks.slope += rng.uniform(-6.0, -1.0) if falsetto else rng.uniform(-2.0, 2.5)
    tracks.jitter *= rng.uniform(0.4, 1.0)
    return _finish(rng, tracks, duration_s)


def cartoon_voice(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A voice of a cartoon or toy: pitch raised, formants by up to 1.3, often fast.

    Examples:
        >>> import numpy as np
        >>> cartoon_voice(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    voice = adult_voice(rng)
    shift = rng.uniform(1.0, 1.3)
    changed = replace(
        voice,
        tract_cm=max(voice.tract_cm / shift, 11.0),
        tempo=voice.tempo * rng.uniform(0.9, 1.4),
        articulation=1.0,
    )
    tracks = _talk(rng, changed, duration_s)
    _median_to(tracks, log_uniform(rng, 200, 560), rng.uniform(0.2, 2.0), (120, 900))
    if rng.random() < 0.3:  # a small loudspeaker
        tracks.formants[:, 5:] *= 1.2
        tracks.slope -= rng.uniform(0, 3)
    return _finish(rng, tracks, duration_s)


def older_child(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A child of 5 to 10 years who speaks: F0 220 to 320 Hz, a tract of 11 to 13 cm.

    Both are means of the ages (Lee, Potamianos & Narayanan, 1999; Vorperian et al., 2005).

    Examples:
        >>> import numpy as np
        >>> older_child(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    voice = replace(
        adult_voice(rng),
        tract_cm=float(rng.uniform(11.0, 13.0)),
        f0_hz=float(rng.uniform(220, 320)),
        articulation=float(rng.uniform(0.8, 1.0)),
        tempo=float(np.exp(rng.normal(0.05, 0.12))),
    )
    tracks = _talk(rng, voice, duration_s)
    _median_to(tracks, voice.f0_hz * rng.uniform(0.9, 1.3), rng.uniform(0.8, 1.8), (150, 650))
    return _finish(rng, tracks, duration_s)


def whisper(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Speech without voice, of an adult.

    Examples:
        >>> import numpy as np
        >>> whisper(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _talk(rng, adult_voice(rng), duration_s)
    tracks.aspiration = tracks.voicing + 0.01
    tracks.voicing = 0 * tracks.voicing
    tracks.damping *= rng.uniform(1.2, 2.0)
    return _finish(rng, tracks, duration_s)


def adult_laugh(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Laughter of an adult, from a chuckle to a belly laugh.

    Its F0 is mostly 70 to 300 Hz, at times twice that (Bachorowski, Smoski & Owren, 2001).

    Examples:
        >>> import numpy as np
        >>> adult_laugh(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    voice = adult_voice(rng)
    if rng.random() < 0.4:
        return _finish(rng, _ha_ha(rng, voice, duration_s), duration_s)
    f0 = log_uniform(rng, 70, 230) if voice.gender == "M" else log_uniform(rng, 130, 300)
    belly = rng.random() < 0.5
    if not belly and rng.random() < 0.3:
        f0 *= rng.uniform(1.3, 2.0)
    tracks = laughing(rng, replace(voice, f0_hz=f0), duration_s)
    _median_to(tracks, f0, rng.uniform(0.8, 1.8), (60, 900))
    if belly:  # loud and open, with strong breath
        tracks.slope += rng.uniform(1.0, 4.0)
        tracks.formants[:, 0] *= rng.uniform(1.0, 1.25)
        tracks.aspiration *= rng.uniform(1.0, 4.0)
    elif rng.random() < 0.25:  # pants and snorts
        tracks.aspiration = np.maximum(tracks.aspiration, tracks.voicing)
        tracks.voicing *= rng.choice((0.0, rng.uniform(0, 0.3)))
    tracks.jitter += rng.uniform(0.0, 0.02)
    tracks.shimmer += rng.uniform(0.0, 0.2)
    tracks.subharmonic += rng.uniform(0.0, 0.5) * (rng.random() < 0.3)
    return _finish(rng, tracks, duration_s)


def _ha_ha(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """A bout of equal syllables, half breath and half voice, that fall in pitch and fade."""
    vowel = str(rng.choice(("schwa", "a", "ae", "e")))
    tracks = neutral_tracks(voice, duration_s, formants(voice, vowel))
    t = tracks.times
    f0 = log_uniform(rng, 85, 280) if voice.gender == "M" else log_uniform(rng, 160, 600)
    period, duty = 1 / rng.uniform(4.0, 6.5), rng.uniform(0.3, 0.6)
    breath = 10 ** (rng.uniform(-12, 2) / 20)
    level, at = 1.0, -rng.uniform(0, 1) * period
    while at < duration_s:
        onset, end = at + (1 - duty) * period, at + period
        tracks.aspiration += breath * envelope(t, at + 0.02, end, 0.03, 0.04)
        burst = level * rng.uniform(0.7, 1.0) * envelope(t, onset, end, 0.015, 0.05)
        tracks.voicing = np.maximum(tracks.voicing, burst)
        here = (t >= at) & (t < end)
        knots = [(at, 1.1 * f0), (onset, 1.15 * f0), (end, 0.8 * f0)]
        tracks.f0[here] = smooth_curve(t[here], knots) * 2 ** (rng.normal(0, 1.5) / 12)
        f0, level, at = 0.96 * f0, 0.93 * level, at + period * rng.uniform(0.9, 1.1)
    tracks.formants[:, 0] *= rng.uniform(1.0, 1.2)
    tracks.slope += rng.uniform(-2.0, 4.0)
    tracks.jitter += rng.uniform(0.0, 0.02)
    tracks.shimmer += rng.uniform(0.0, 0.2)
    return tracks


def _held(rng: np.random.Generator, duration_s: float, f0_hz: float) -> ControlTracks:
    """One open vowel whose F0 rises and falls."""
    voice = adult_voice(rng)
    vowels = [formants(voice, str(v)) for v in rng.choice(("a", "ae", "e", "o"), 2)]
    tracks = neutral_tracks(voice, duration_s, vowels[0])
    t = tracks.times
    turn = envelope(t, rng.uniform(0, duration_s), 99.0, rng.uniform(0.05, 0.3), 1.0)
    tracks.formants = vowels[0] + turn[:, None] * (vowels[1] - vowels[0])
    tracks.formants[:, 0] *= rng.uniform(1.0, 1.3)
    middle = rng.uniform(0.2, 0.8) * duration_s
    melody = [(-0.05, rng.uniform(0.6, 1)), (middle, 1.0), (duration_s, rng.uniform(0.6, 1.0))]
    tracks.f0 = f0_hz * smooth_curve(t, melody) * random_drift(rng, len(t), 0.3)
    start = rng.uniform(-0.4, 0.3) * duration_s
    end = duration_s * rng.uniform(0.7, 1.6)
    tracks.voicing = envelope(t, start, end, rng.uniform(0.01, 0.06), rng.uniform(0.05, 0.2))
    tracks.aspiration = tracks.voicing * 10 ** (rng.uniform(-28, -12) / 20)
    tracks.slope = np.full(len(t), rng.uniform(-5.0, 0.0))
    return tracks


def shout(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An adult who calls or shouts: 180 to 600 Hz, pressed and bright.

    Examples:
        >>> import numpy as np
        >>> shout(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _held(rng, duration_s, log_uniform(rng, 180, 600))
    tracks.jitter += rng.uniform(0, 0.02)
    if rng.random() < 0.5:  # "hey, hey"
        gap = rng.uniform(0.2, 0.8) * duration_s
        tracks.voicing *= 1 - envelope(tracks.times, gap, gap + rng.uniform(0.05, 0.2), 0.02, 0.02)
    return _finish(rng, tracks, duration_s)


def scream(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """A scream of an adult: 0.5 to 1.6 kHz, rough at 30 to 150 Hz (Arnal et al., 2015).

    Examples:
        >>> import numpy as np
        >>> scream(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    tracks = _held(rng, duration_s, log_uniform(rng, 500, 1600))
    rate, depth = rng.uniform(30, 150), rng.uniform(0.1, 0.9)
    tracks.voicing *= 1 - depth * (0.5 + 0.5 * np.sin(2 * np.pi * rate * tracks.times))
    tracks.jitter += rng.uniform(0, 0.05)
    tracks.subharmonic += rng.uniform(0, 0.6) * (rng.random() < 0.5)
    tracks.slope += rng.uniform(-1, 2)
    return _finish(rng, tracks, duration_s)
