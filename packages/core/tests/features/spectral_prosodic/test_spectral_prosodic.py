import hashlib
import io
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocalbaby import features
from vocalbaby.features.spectral_prosodic import SET

NAMES = [column.name for column in SET.columns]
PINNED = {
    "cepstrum": 2.53,
    "cepstrum_dynamics": -20.84,
    "shape": -11.08,
    "formants": -0.45,
    "energy": 73.22,
    "modulation": -0.15,
    "prosody": -11.89,
    "voice": 14.21,
}


def pool() -> list[np.ndarray]:
    """Clips of many lengths: noise, tones, clicks, ramps, silence."""
    rng = np.random.default_rng(7)
    clips = []
    for n in (1, 2, 79, 480, 511, 512, 513, 671, 672, 1500, 3000, 6400, 6400, 9999, 16_000):
        t = np.arange(n)
        wave = np.sin(t * rng.uniform(0.05, 0.8)) + rng.uniform(0, 1) * rng.standard_normal(n)
        clips.append((0.1 * wave).astype(np.float32))
    click = np.zeros(4000, np.float32)
    click[2000] = 1
    return [*clips, click, np.zeros(6400, np.float32), np.linspace(-1, 1, 5000, dtype=np.float32)]


POOL = pool()


#: A set that needs a file has tests of its own.
@pytest.fixture(scope="module", params=features.BUILT_IN)
def alone(request):
    """A set, and the rows of the pool's clips computed one by one."""
    chosen = features.get(request.param)
    return chosen, np.concatenate([chosen.extract([clip]) for clip in POOL])


@settings(max_examples=25, deadline=None)
@given(picks=st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=40))
def test_a_row_is_bit_identical_in_any_batch(alone, picks) -> None:
    chosen, rows = alone
    batch = chosen.extract([POOL[i] for i in picks])
    assert batch.tobytes() == rows[picks].tobytes()


def test_a_row_is_bit_identical_in_300(alone) -> None:
    chosen, rows = alone
    picks = np.random.default_rng(3).integers(0, len(POOL), 300)
    assert chosen.extract([POOL[i] for i in picks]).tobytes() == rows[picks].tobytes()


def test_threads_do_not_share_buffers(alone) -> None:
    chosen, rows = alone
    with ThreadPoolExecutor(4) as executor:
        parts = list(executor.map(lambda i: chosen.extract([POOL[i]]), [*range(len(POOL))] * 4))
    assert np.concatenate(parts).tobytes() == np.tile(rows, (4, 1)).tobytes()


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_thread_count_of_blas_changes_nothing(alone, threads: str) -> None:
    chosen, rows = alone
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate(POOL))
    code = (
        "import io, sys, hashlib, numpy as np; from vocalbaby import features;"
        "joined = np.load(io.BytesIO(sys.stdin.buffer.read()));"
        f"clips = np.split(joined, {np.cumsum([len(c) for c in POOL])[:-1].tolist()});"
        f"rows = features.get({chosen.name!r}).extract(clips);"
        "print(hashlib.sha256(rows.tobytes()).hexdigest())"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], input=buffer.getvalue(), capture_output=True, check=True,
        env=environment,
    )  # fmt: skip
    assert done.stdout.decode().strip() == hashlib.sha256(rows.tobytes()).hexdigest()


def test_level_and_offset_have_no_influence(voice, rng) -> None:
    clip = voice(rng, f0=(300, 450), snr_db=25)[0]
    reference, *others = SET.extract([clip, 0.01 * clip, 7 * clip, clip + np.float32(0.2)])
    for other in others:
        np.testing.assert_allclose(other, reference, rtol=2e-3, atol=2e-3)


def test_sound_above_the_band_has_no_influence(voice, rng) -> None:
    """Removing everything above 6 kHz changes no value."""
    clip = voice(rng, f0=(300, 450), snr_db=25, formants=(1000.0, 3000.0))[0]
    spectrum = np.fft.rfft(clip)
    spectrum[np.fft.rfftfreq(len(clip), 1 / 16_000) > 6000] = 0
    cut = np.fft.irfft(spectrum).astype(np.float32)
    full, dull = SET.extract([clip, cut])
    np.testing.assert_allclose(dull, full, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    "clip",
    [np.zeros(6400), np.full(6400, 0.5), np.full(6400, -1.0), np.zeros(1), np.full(1, 0.5),
     np.full(300, 0.5)],
)  # fmt: skip
def test_silence_is_not_measurable(clip) -> None:
    assert np.isnan(SET.extract([clip.astype(np.float32)])).all()


def test_clipping_hides_only_what_lies_above_the_limit(voice, rng) -> None:
    clip = voice(rng, f0=(300, 450))[0]
    limit = np.abs(clip).max() / 4
    whole, clipped = SET.extract([clip, clip.clip(-limit, limit)])
    assert (np.isnan(clipped) == np.isnan(whole)).all()
    pitch = [NAMES.index(name) for name in ("f0_mean", "f0_q50", "voiced_fraction")]
    np.testing.assert_allclose(clipped[pitch], whole[pitch], rtol=0.01)


@pytest.mark.parametrize("starts", [[-1], [3, 2], [91]])
def test_windows_outside_of_the_recording_are_refused(starts) -> None:
    recording = np.ones(480 + 160 * 99, np.float32)
    assert SET.extract_windows(recording, [0, 90], 10).shape == (2, len(NAMES))
    assert SET.extract_windows(recording, [], 10).shape == (0, len(NAMES))
    for n_frames in (10, 0):
        with pytest.raises(ValueError, match="indow"):
            SET.extract_windows(recording, starts, n_frames)


@pytest.mark.parametrize("i", range(len(POOL)))
def test_no_clip_warns_or_gives_infinity(i: int) -> None:
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        assert not np.isinf(SET.extract([POOL[i]])).any()


def test_thirty_milliseconds_are_enough_for_a_spectrum(voice, rng) -> None:
    row = SET.extract([voice(rng, f0=(400, 400), seconds=0.03)[0]])[0]
    measured = dict(zip(NAMES, row.tolist(), strict=True))
    assert measured["f0_mean"] == pytest.approx(24, abs=0.2)
    assert np.isfinite([measured[n] for n in ("cepstrum1_mean", "centroid_mean", "f1_mean")]).all()
    assert np.isnan(
        [
            measured[n]
            for n in ("f0_std", "cepstrum1_std", "energy_std", "energy_centre", "modulation_4hz")
        ]
    ).all()


def test_values_and_names_match_the_version(voice) -> None:
    """Pinned values: a change of one requires a new version of the set."""
    clip = voice(np.random.default_rng(1), f0=(350, 500), jitter=0.01, snr_db=20)[0]
    row = SET.extract([clip])[0].astype(np.float64)
    weighted = row * np.cos(np.arange(len(row)))
    groups = np.array([column.group for column in SET.columns])
    sums = {str(group): round(float(weighted[groups == group].sum()), 2) for group in set(groups)}
    assert SET.version == "4"
    assert hashlib.sha256(" ".join(NAMES).encode()).hexdigest()[:12] == "f1bee9411dd3"
    assert sums == pytest.approx(PINNED, rel=1e-3, abs=0.02)
