"""Parameters of a voice that stay the same in all clips of one child."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Voice", "adult_voice", "child_voice"]


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker.

    Attributes:
        age_months: Age; ignored for adults.
        gender: ``M`` or ``F``.
        tract_cm: Length of the vocal tract.
        f0_hz: Modal fundamental frequency.
        slope_db: Slope of the glottal spectrum, dB per octave, negative.
        breathiness_db: Aspiration noise relative to voicing.
        jitter: Relative standard deviation of the cycle length.
        shimmer: Relative standard deviation of the cycle amplitude.
        articulation: 0 to 1, how closely vowels and consonants reach their targets.
        nasality: 0 to 1, habitual opening of the velum.
        tempo: Factor on the syllable rate.
    """

    age_months: int
    gender: str
    tract_cm: float
    f0_hz: float
    slope_db: float
    breathiness_db: float
    jitter: float
    shimmer: float
    articulation: float
    nasality: float
    tempo: float


def child_voice(rng: np.random.Generator, age_months: int, gender: str) -> Voice:
    """Draw the voice of a child.

    The vocal tract grows from about 7.7 cm at birth to about 10.4 cm at 30 months (Vorperian
    et al., 2005); modal F0 falls slowly from about 400 Hz.

    Args:
        rng: Random generator.
        age_months: Age, 0 to 36.
        gender: ``M`` or ``F``. It has no effect at this age.
    """
    growth = age_months / 30
    return Voice(
        age_months=age_months,
        gender=gender,
        tract_cm=float((7.7 + 2.7 * growth) * rng.normal(1.0, 0.04)),
        f0_hz=float((400 - 70 * growth) * np.exp(rng.normal(0.0, 0.13))),
        slope_db=float(rng.uniform(-9.0, -4.0)),
        breathiness_db=float(rng.uniform(-32.0, -16.0)),
        jitter=float(rng.uniform(0.003, 0.015)),
        shimmer=float(rng.uniform(0.02, 0.09)),
        articulation=float(np.clip(0.55 + 0.4 * growth + rng.normal(0.0, 0.1), 0.4, 1.0)),
        nasality=float(rng.uniform(0.0, 0.5)),
        tempo=float(np.exp(rng.normal(0.0, 0.12))),
    )


def adult_voice(rng: np.random.Generator) -> Voice:
    """Draw the voice of an adult, for adult speech in the class Junk."""
    male = bool(rng.random() < 0.5)
    return Voice(
        age_months=0,
        gender="M" if male else "F",
        tract_cm=float(rng.uniform(15.5, 18.0) if male else rng.uniform(13.5, 15.5)),
        f0_hz=float(rng.uniform(90, 160) if male else rng.uniform(160, 260)),
        slope_db=float(rng.uniform(-10.0, -5.0)),
        breathiness_db=float(rng.uniform(-34.0, -20.0)),
        jitter=float(rng.uniform(0.003, 0.01)),
        shimmer=float(rng.uniform(0.02, 0.06)),
        articulation=float(rng.uniform(0.8, 1.0)),
        nasality=float(rng.uniform(0.0, 0.2)),
        tempo=float(np.exp(rng.normal(0.1, 0.12))),
    )
