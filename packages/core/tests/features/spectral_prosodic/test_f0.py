import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.features.frames import lay_out
from vocalbaby.features.functionals import segment_max
from vocalbaby.features.spectral_prosodic import FRAMING, f0
from vocalbaby.features.spectral_prosodic.spectrum import power_spectra

Clips = list[NDArray[np.float32]]


def tracked(clips: Clips) -> tuple[f0.Track, NDArray[np.intp]]:
    layout = lay_out([len(clip) for clip in clips], FRAMING)
    power = power_spectra(clips, FRAMING)
    energy = power.sum(axis=0)
    energy /= segment_max(energy, layout)[layout.clip]
    return f0.track(f0.candidates(power, FRAMING), layout, energy), layout.counts


def errors(voice, rng, *, snr_db: float, **settings) -> tuple[float, float]:
    """Gross errors (over 20 %) among voiced frames, and the share of voiced frames."""
    drawn = []
    for _ in range(12):
        low, high = settings.get("span", (150, 1700))
        start = np.exp(rng.uniform(np.log(low), np.log(high)))
        end = float(np.clip(start * 2 ** rng.uniform(-0.8, 0.8), low, high))
        rest = {k: v for k, v in settings.items() if k != "span"}
        drawn.append(voice(rng, f0=(start, end), snr_db=snr_db, jitter=0.01, **rest))
    track, counts = tracked([samples for samples, _ in drawn])
    centres = [
        contour[np.arange(n) * 160 + 256] for (_, contour), n in zip(drawn, counts, strict=True)
    ]
    wrong = np.abs(track.hz / np.concatenate(centres) - 1) > 0.2
    return float(wrong[track.voiced].mean()), float(track.voiced.mean())


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="infant"),
        pytest.param({"span": (1000, 1950)}, id="hyperphonated"),
        pytest.param({"span": (105, 260)}, id="adult"),
        pytest.param({"span": (150, 600), "band": (400, 8000)}, id="missing fundamental"),
        pytest.param({"tilt_db": 3.0}, id="bright"),
        pytest.param({"tilt_db": 15.0}, id="dull"),
    ],
)
def test_gross_errors_on_glides_in_noise(voice, rng, settings) -> None:
    wrong, voiced = errors(voice, rng, snr_db=20, **settings)
    assert wrong < 0.02
    assert voiced > 0.97
    wrong, voiced = errors(voice, rng, snr_db=5, **settings)
    assert wrong < 0.05
    assert voiced > 0.85


@pytest.mark.parametrize("hz", [102.0, 233.0, 487.0, 977.0, 1490.0, 1970.0])
def test_steady_tones_are_exact(voice, rng, hz: float) -> None:
    track, _ = tracked([voice(rng, f0=(hz, hz))[0]])
    assert track.voiced.all()
    np.testing.assert_allclose(track.hz, hz, rtol=0.006)


def test_noise_is_unvoiced(rng) -> None:
    track, _ = tracked([rng.standard_normal(9600).astype(np.float32) for _ in range(10)])
    assert track.voiced.mean() < 0.01


def test_a_pause_is_unvoiced(voice, rng) -> None:
    clip = voice(rng, f0=(300, 400))[0]
    clip[3200:6400] = 1e-4 * rng.standard_normal(3200).astype(np.float32)
    voiced = tracked([clip])[0].voiced
    assert voiced[:17].all()
    assert not voiced[22:38].any()
    assert voiced[42:].all()


def test_the_path_bridges_an_outlier(voice, rng) -> None:
    """For 30 ms only the second harmonic is present; the neighbouring frames decide the octave."""
    clip, _ = voice(rng, f0=(400, 400), seconds=0.4)
    at = slice(3000, 3480)
    tone = np.sin(2 * np.pi * 800 * np.arange(6400) / 16_000)[at]
    clip[at] = (0.14 * tone + 0.03 * clip[at]).astype(np.float32)
    track, _ = tracked([clip])
    np.testing.assert_allclose(track.hz[track.voiced], 400, rtol=0.05)


def test_the_path_is_optimal() -> None:
    """Every path is tried for clips of 1 to 4 frames; the score includes jumps and voicing."""
    rng = np.random.default_rng(4)
    layout = lay_out([480 + 160 * n for n in (3, 0, 2, 3)], FRAMING)
    octaves = rng.uniform(0, 2, (5, len(layout.place))).astype(np.float32)
    gains = rng.uniform(0, 0.8, (6, len(layout.place))).astype(np.float32)
    found = f0._cheapest_path(octaves, gains, layout)
    for start, count in zip(layout.starts, layout.counts, strict=True):
        frames = range(start, start + count)

        def score(states: tuple[int, ...], frames: range = frames) -> float:
            total = sum(gains[s, t] for s, t in zip(states, frames, strict=True))
            for a, b, t in zip(states, states[1:], frames[1:], strict=False):
                if (a == 5) != (b == 5):
                    total -= 0.14
                elif a < 5:
                    total -= 0.35 * abs(octaves[b, t] - octaves[a, t - 1])
            return float(total)

        best = max(itertools.product(range(6), repeat=int(count)), key=score)
        assert tuple(found[start : start + count]) == best
