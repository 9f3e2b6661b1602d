"""The compiled kernel and the numpy code compute bit-identical values."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.features.spectral_prosodic import SET

NAMES = [column.name for column in SET.columns]
Clips = list[NDArray[np.float32]]

pytestmark = pytest.mark.skipif(kernel.native is None, reason="no C compiler built the kernel")


def drawn(seed: int, n: int) -> NDArray[np.float32]:
    """A clip of `n` samples: a voice that comes and goes, noise, pauses, few bits, clipping."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) / 16_000
    hz = rng.uniform(90, 2100) * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(0, 9) * t))
    wave = np.sin(2 * np.pi * np.cumsum(hz) / 16_000)
    wave = wave + rng.uniform(0, 1) * wave**2 + rng.uniform(0, 1) * wave**3
    kind = seed % 6
    if kind != 1:
        wave *= 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(1, 9) * t)
        wave += rng.standard_normal(n) * 10 ** -rng.uniform(0, 5)
    if kind == 2:
        wave[n // 3 : n // 2] = 0
    if kind == 3:
        wave = np.round(wave * 20) / 20 * 1e-3
    if kind == 4:
        wave = np.where(np.arange(n) == n // 2, 1.0, 0.0)
    if kind == 5:
        wave = np.clip(1e4 * wave + 3e3, -1e4, 1e4)
    return wave.astype(np.float32)


def by_numpy(clips: Clips) -> NDArray[np.float32]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "native", None)
        return SET.extract(clips)


def bits(rows: NDArray[np.float32]) -> NDArray[np.int32]:
    """Bit patterns; all NaN values count as equal."""
    return np.where(np.isnan(rows), np.float32(np.nan), rows).view(np.int32)


def assert_same(clips: Clips) -> None:
    found, expected = SET.extract(clips), by_numpy(clips)
    wrong = bits(found) != bits(expected)
    assert not wrong.any(), [
        (len(clips[i]), NAMES[j], found[i, j], expected[i, j]) for i, j in np.argwhere(wrong)[:5]
    ]


lengths = st.integers(1, 20_000) | st.sampled_from(
    [1, 2, 479, 480, 481, 639, 640, 641, 799, 800, 960, 1600, 1760, 6400]
)


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(st.tuples(st.integers(0, 10**6), lengths), min_size=1, max_size=20))
@example(batch=[(kind, n) for kind in range(6) for n in (1, 480, 640, 960, 6400)])
@example(batch=[(0, 10_720)])  # exactly one block of frames
@example(batch=[(0, 10_880)])
def test_features_equal_those_of_numpy(batch: list[tuple[int, int]]) -> None:
    assert_same([drawn(seed, n) for seed, n in batch])


def test_features_of_a_clip_of_30_s_equal_those_of_numpy() -> None:
    assert_same([drawn(seed, 480_000) for seed in (0, 2)])


def test_features_of_silence_and_nan_equal_those_of_numpy() -> None:
    infinite = drawn(0, 3000)
    infinite[7] = np.inf
    broken = drawn(0, 3000)
    broken[9] = np.nan
    faint, loud = drawn(0, 3000) * np.float32(1e-8), drawn(0, 3000) * np.float32(1e30)
    clips = [np.zeros(900, np.float32), infinite, broken, faint, loud, drawn(1, 3000)]
    clips.append(np.full(6400, 0.5, np.float32))
    assert_same(clips)
    rows = SET.extract([*clips, drawn(0, 0)])
    assert np.isnan(rows).all(axis=1).tolist() == [True] * 5 + [False, True, True]


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    starts=st.lists(st.integers(0, 80), min_size=1, max_size=90).map(sorted),
    n_frames=st.integers(1, 40),
)
def test_windows_equal_those_of_numpy_and_the_same_clips(
    seed: int, starts: list[int], n_frames: int
) -> None:
    recording = drawn(seed, 480 + 160 * 120)
    found = SET.extract_windows(recording, starts, n_frames)
    clips = [recording[160 * k : 160 * (k + n_frames - 1) + 480] for k in starts]
    assert (bits(found) == bits(SET.extract(clips))).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "native", None)
        assert (bits(found) == bits(SET.extract_windows(recording, starts, n_frames))).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), hop=st.integers(1, 60), n_frames=st.integers(1, 60))
def test_periodicity_of_the_frames_of_windows_equals_that_of_numpy(
    seed: int, hop: int, n_frames: int
) -> None:
    recording, starts = drawn(seed, 480 + 160 * 240), [*range(0, 241 - n_frames, hop)]
    _, found = SET.describe_windows(recording, starts, n_frames)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "native", None)
        _, expected = SET.describe_windows(recording, starts, n_frames)
    assert found.tobytes() == expected.tobytes()
    assert len(found) == starts[-1] + n_frames


def test_windows_of_a_long_recording_equal_the_same_clips() -> None:
    recording, starts = drawn(0, 160_000 * 12), [*range(0, 11_900, 30)]
    found = SET.extract_windows(recording, starts, 58)
    clips = [recording[160 * k : 160 * (k + 57) + 480] for k in starts]
    assert (bits(found) == bits(SET.extract(clips))).all()


def test_the_comparison_covers_a_number_in_every_column() -> None:
    rows = SET.extract([drawn(seed, 9600) for seed in range(40)])
    assert np.isfinite(rows).any(axis=0).all()


def test_many_threads_give_the_same_features_as_one() -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - of this test only

    batches = [[drawn(10 * k + i, 2000 + 300 * i) for i in range(6)] for k in range(8)]
    expected = [bits(SET.extract(batch)).tobytes() for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        found = [bits(rows).tobytes() for rows in pool.map(SET.extract, batches * 8)]
    assert found == expected * 8


def test_features_have_the_same_bytes_without_the_kernel() -> None:
    code = (
        "import numpy as np; from vocalbaby import features, kernel;"
        "t = np.arange(6400); clip = np.sin(t * 0.1 + 1e-5 * t * t).astype(np.float32);"
        "print(kernel.name(), features.get('spectral_prosodic').extract([clip]).tobytes().hex())"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    results = []
    for setting in ("", "numpy"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True,
            env={**environment, kernel.SETTING: setting},
        )  # fmt: skip
        results.append(done.stdout.split())
    assert [name for name, _ in results] == ["compiled", "numpy"]
    assert results[0][1] == results[1][1]
