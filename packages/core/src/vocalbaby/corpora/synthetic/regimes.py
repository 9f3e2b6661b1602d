"""Nonlinear regimes of the vocal folds: subharmonics, biphonation, chaos and jumps of F0."""

import numpy as np

from vocalbaby.corpora.synthetic.control_tracks import ControlTracks, FloatArray, envelope

__all__ = ["jump", "roughen", "stretch"]


def stretch(rng: np.random.Generator, tracks: ControlTracks, duration_s: float) -> FloatArray:
    """Envelope of a random stretch of 60 ms or more, which sets in and fades within 30-80 ms."""
    middle = rng.uniform(0.0, duration_s)
    half = rng.uniform(0.03, 0.03 + 0.45 * duration_s)
    attack, release = rng.uniform(0.03, 0.08, 2)
    return envelope(tracks.times, middle - half, middle + half, attack, release)


def roughen(
    rng: np.random.Generator, tracks: ControlTracks, span: FloatArray, strength: float
) -> None:
    """Replace regular phonation by one of the nonlinear regimes of Buder et al. (2008).

    Args:
        rng: Random generator.
        tracks: Control tracks, changed in place.
        span: 0 to 1, where the regime holds, shape (n_frames,).
        strength: 0 to 1, how far it departs from regular phonation.
    """
    kind = rng.choice(3, p=(0.45, 0.2, 0.35))
    if kind == 0:  # the folds repeat every two or three cycles
        tracks.subharmonic_order[:] = rng.choice((2.0, 3.0), p=(0.8, 0.2))
        tracks.subharmonic += span * strength * rng.uniform(0.2, 0.9)
    elif kind == 1:  # the two folds vibrate at frequencies of their own
        tracks.second_hz = tracks.f0 * rng.uniform(0.15, 0.48)
        tracks.biphonation += span * strength * rng.uniform(0.2, 0.8)
    else:  # chaos: no two cycles are alike, and turbulence fills the gaps
        tracks.jitter += span * strength * rng.uniform(0.005, 0.04)
        tracks.shimmer += span * strength * rng.uniform(0.1, 0.35)
        level = rng.uniform(-18, -6)
        tracks.aspiration += span * strength * tracks.voicing * 10 ** (level / 20)


def jump(
    rng: np.random.Generator, tracks: ControlTracks, duration_s: float, semitones: float
) -> None:
    """Shift F0 between two points of the clip, within 10 ms at either end."""
    span = stretch(rng, tracks, duration_s) > 0.3
    edge = np.ones(4) / 4
    tracks.f0 = tracks.f0 * 2 ** (semitones / 12 * np.convolve(span, edge, "same"))
    tracks.f0 = np.clip(tracks.f0, 120.0, 2200.0)
