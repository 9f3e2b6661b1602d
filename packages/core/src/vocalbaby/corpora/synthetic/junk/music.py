"""Music: instruments that play melodies and chords, drums, and adults who sing."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vocalbaby.corpora.synthetic.canonical import canonical
from vocalbaby.corpora.synthetic.control_tracks import ControlTracks, envelope, neutral_tracks
from vocalbaby.corpora.synthetic.junk.tones import (
    FloatArray,
    event_starts,
    harmonic_tone,
    log_uniform,
    n_samples,
    noise_floor,
    over_floor,
    partials,
    pulse_shape,
    time_axis,
    vibrato,
)
from vocalbaby.corpora.synthetic.render import band_noise, render
from vocalbaby.corpora.synthetic.tract import formants
from vocalbaby.corpora.synthetic.voice import Voice, adult_voice

__all__ = ["INSTRUMENTS", "Instrument", "drums", "instruments", "singing"]

_SCALE: Final = (0, 2, 4, 5, 7, 9, 11, 12)
_CHORDS: Final = ((0,), (0,), (0, 7), (0, 4, 7), (0, 3, 7), (0, 4, 7, 12), (0, 4, 7, 10))


@dataclass(frozen=True, slots=True)
class Instrument:
    """A timbre.

    Attributes:
        harmonics: Number of harmonics.
        slope: Exponent with which they fall.
        odd: Factor on the even ones.
        attack_s: Range of the attack.
        decay_s: Range of the decay; a large one is a sustained note.
        vibrato: Largest depth of the vibrato, semitones.
        breath: Largest level of the noise of air or bow.
        ratios: Partials over the fundamental where they are not harmonic.
        pitch_hz: Range of the notes.
    """

    harmonics: int = 12
    slope: float = 1.0
    odd: float = 1.0
    attack_s: tuple[float, float] = (0.002, 0.006)
    decay_s: tuple[float, float] = (0.15, 0.8)
    vibrato: float = 0.0
    breath: float = 0.0
    ratios: tuple[float, ...] = ()
    pitch_hz: tuple[float, float] = (110.0, 900.0)


#: Partials of the bars after Fletcher & Rossing (1998), chapter 19.
INSTRUMENTS: Final[dict[str, Instrument]] = {
    "plucked": Instrument(14, 0.9, decay_s=(0.1, 0.6), pitch_hz=(80, 700)),
    "piano": Instrument(12, 1.3, decay_s=(0.2, 1.2), pitch_hz=(80, 1800)),
    "organ": Instrument(8, 0.7, attack_s=(0.01, 0.04), decay_s=(9, 99), pitch_hz=(100, 1500)),
    "accordion": Instrument(20, 0.7, attack_s=(0.02, 0.08), decay_s=(9, 99), vibrato=0.2),
    "flute": Instrument(4, 1.8, 1.0, (0.03, 0.1), (9, 99), 0.4, 0.25, pitch_hz=(260, 2100)),
    "clarinet": Instrument(14, 0.9, 0.1, (0.02, 0.06), (9, 99), 0.1, 0.05, pitch_hz=(150, 1500)),
    "brass": Instrument(22, 0.5, 1.0, (0.02, 0.08), (9, 99), 0.3, 0.02, pitch_hz=(90, 900)),
    "violin": Instrument(22, 0.8, 1.0, (0.03, 0.15), (9, 99), 0.5, 0.1, pitch_hz=(196, 2200)),
    "cello": Instrument(28, 0.8, 1.0, (0.03, 0.15), (9, 99), 0.4, 0.1, pitch_hz=(70, 600)),
    "music box": Instrument(ratios=(1, 2.0, 5.4, 6.3), decay_s=(0.2, 1.0), pitch_hz=(700, 3500)),
    "marimba": Instrument(ratios=(1, 3.92, 9.24), decay_s=(0.05, 0.3), pitch_hz=(130, 1500)),
    "xylophone": Instrument(ratios=(1, 2.98, 6.2), decay_s=(0.05, 0.2), pitch_hz=(500, 3000)),
    "synthesizer": Instrument(24, 1.0, 0.5, (0.002, 0.2), (0.2, 9), 0.2, pitch_hz=(80, 1400)),
}


def instruments(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Notes or chords of one or two instruments, at times with drums.

    Examples:
        >>> import numpy as np
        >>> instruments(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    out = noise_floor(rng, duration_s)
    for _ in range(1 if rng.random() < 0.7 else 2):
        kind = INSTRUMENTS[str(rng.choice(list(INSTRUMENTS)))]
        out += rng.uniform(0.4, 1) * _melody(rng, duration_s, kind)
    if rng.random() < 0.2:
        out += rng.uniform(0.2, 0.8) * drums(rng, duration_s)
    return out


def _melody(rng: np.random.Generator, duration_s: float, kind: Instrument) -> FloatArray:
    t = time_axis(duration_s)
    root = log_uniform(rng, *kind.pitch_hz) / 2 ** (7 / 12)
    chord = _CHORDS[int(rng.integers(len(_CHORDS)))]
    note_s, legato = log_uniform(rng, 0.12, 1.2), rng.uniform(0.8, 1.2)
    attack, decay = rng.uniform(*kind.attack_s), log_uniform(rng, *kind.decay_s)
    k = np.arange(1.0, kind.harmonics + 1)
    levels = k**-kind.slope * np.where(k % 2, 1.0, kind.odd)
    levels *= 10 ** (-rng.uniform(0, 10, len(k)) / 20)
    shake = vibrato(rng, t, rng.uniform(4.5, 6.5), rng.uniform(0, 1) * kind.vibrato)
    out = np.zeros(len(t))
    for start in event_starts(rng, duration_s, note_s):
        step = int(rng.choice(_SCALE))
        after = np.maximum(t - start, 0)
        if kind.ratios:
            shape = (t >= start).astype(float)
        else:
            shape = pulse_shape(t - start, legato * note_s, attack, 0.04) * np.exp(-after / decay)
        for interval in chord:
            pitch = root * 2 ** ((step + interval) / 12) * np.exp(rng.normal(0, 0.001))
            if kind.ratios:
                ratios = np.array(kind.ratios)
                size = ratios ** -rng.uniform(0.3, 1.2)
                out += shape * partials(rng, t - start, pitch * ratios, size, decay / ratios)
            else:
                out += shape * harmonic_tone(pitch * shake, levels)
        if kind.breath:
            air = band_noise(rng, len(t), min(1.5 * root, 6000.0), 1.0)
            out += rng.uniform(0, kind.breath) * shape * air
    return out


def drums(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Bass drum, snare and cymbal at a steady beat.

    Examples:
        >>> import numpy as np
        >>> drums(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    n, t = n_samples(duration_s), time_axis(duration_s)
    out = noise_floor(rng, duration_s)
    noise = rng.standard_normal(n)
    bright = np.diff(noise, prepend=0.0)
    for start in event_starts(rng, duration_s, rng.uniform(0.1, 0.4)):
        after = np.maximum(t - start, 0)
        hit = (t >= start) * rng.uniform(0.4, 1.0)
        match int(rng.integers(3)):
            case 0:
                sweep = 50 + rng.uniform(60, 250) * np.exp(-after / 0.03)
                out += 2 * hit * np.exp(-after / 0.1) * harmonic_tone(sweep, [1.0, 0.2])
            case 1:
                body = harmonic_tone(np.full(n, rng.uniform(150, 280)), [1.0])
                out += hit * np.exp(-after / rng.uniform(0.04, 0.15)) * (noise + body)
            case _:
                out += 0.5 * hit * np.exp(-after / rng.uniform(0.02, 0.3)) * bright
    return out


def singing(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """An adult who sings: steady notes of a scale with vibrato, at times accompanied.

    Examples:
        >>> import numpy as np
        >>> singing(np.random.default_rng(0), 0.5).shape
        (8000,)
    """
    voice = replace(adult_voice(rng), nasality=0.0)
    low, high = (100, 420) if voice.gender == "M" else (200, 900)
    make = canonical if rng.random() < 0.5 else _vocalise
    tracks = make(rng, voice, duration_s)
    t = tracks.times
    note = rng.uniform(0.2, 1.2)
    steps = rng.choice((-5, -3, -1, 0, 0, 2, 4), int(duration_s / note) + 3)
    starts = np.arange(len(steps)) * note - rng.uniform(0, note)
    edges = np.stack([starts, starts + note - min(rng.uniform(0.03, 0.12), 0.5 * note)]).T.ravel()
    melody = 2 ** (np.interp(t, edges, np.repeat(steps, 2)) / 12)
    # Vibrato is 5 to 7 Hz and up to a semitone to each side (Sundberg, 1987).
    shake = vibrato(rng, t, rng.uniform(4.5, 7), rng.choice((0.1, rng.uniform(0.2, 1.0))))
    tracks.f0 = np.clip(log_uniform(rng, low, high) * melody * shake, 80, 1100)
    # Sopranos raise the first formant to F0; the singer's formant joins the third to fifth.
    tracks.formants[:, 0] = np.maximum(tracks.formants[:, 0], tracks.f0)
    tracks.formants[:, 1] = np.maximum(tracks.formants[:, 1], 1.3 * tracks.formants[:, 0])
    if rng.random() < 0.4:
        centre = 0.98 * tracks.formants[:, 3]
        tracks.formants[:, 2:5] = np.stack([0.93 * centre, centre, 1.08 * centre], axis=1)
    tracks.slope += rng.uniform(-3, 3)
    tracks.jitter *= 0.5
    out = over_floor(rng, render(tracks, rng, duration_s), duration_s)
    if rng.random() < 0.35:
        band = instruments(rng, duration_s)
        band *= np.std(out) / max(float(np.std(band)), 1e-9)
        out += 10 ** (-rng.uniform(0, 18) / 20) * band
    return out


def _vocalise(rng: np.random.Generator, voice: Voice, duration_s: float) -> ControlTracks:
    """A vowel, or a glide between two, that is sung without consonants."""
    vowels = [formants(voice, str(v)) for v in rng.choice(("a", "e", "i", "o", "u"), 2)]
    tracks = neutral_tracks(voice, duration_s, vowels[0])
    turn = envelope(tracks.times, rng.uniform(0, duration_s), 99.0, 0.1, 1.0)[:, None]
    tracks.formants = vowels[0] + turn * (vowels[1] - vowels[0])
    start = rng.uniform(-0.3, 0.15) * duration_s
    end = duration_s * rng.uniform(0.9, 1.5)
    tracks.voicing = envelope(tracks.times, start, end, 0.06, 0.1)
    tracks.aspiration = tracks.voicing * 10 ** (voice.breathiness_db / 20)
    return tracks
