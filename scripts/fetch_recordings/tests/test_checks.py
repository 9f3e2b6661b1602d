"""Clips are compared without the originals; the tables of the repository are complete."""

import math
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.fetch_recordings import run
from scripts.fetch_recordings.checks import MAX_RMS, Check
from scripts.fetch_recordings.clips import cut, decode
from scripts.fetch_recordings.debian_source import DebianSource
from scripts.fetch_recordings.source import SourceError
from scripts.fetch_recordings.tables import SETS, read_csv, read_repositories, read_rows
from vocalbaby.audio import wav_bytes

TABLES: Final = Path("configs/default_model/sources")


def noise(rms: float, n_samples: int = 8_000, seed: int = 0) -> NDArray[np.int16]:
    """White noise of a level in steps of 16 bits."""
    drawn = np.random.default_rng(seed).normal(0, rms, n_samples)
    return np.round(drawn).astype(np.int16)


def test_the_estimate_is_close_to_the_difference() -> None:
    ratios = []
    for seed in range(200):
        original, error = noise(1_000, seed=seed), noise(20, seed=seed + 1_000)
        estimate = Check.of_samples(original).rms_difference(original + error)
        ratios.append(estimate / math.sqrt(np.mean(error.astype(float) ** 2)))
    assert abs(np.sqrt(np.mean(np.square(ratios))) - 1) < 0.03
    assert 0.14 < np.std(ratios) < 0.22  # theory: 0.18


def test_a_step_everywhere_is_rounding_and_another_place_is_not() -> None:
    original = noise(50, 16_000)
    step = np.random.default_rng(1).choice(np.array([-1, 1], np.int16), 16_000)
    check = Check.of_samples(original)
    assert 0 < check.rms_difference(original + step) < MAX_RMS
    for wrong in (np.roll(original, 1), -original, original + np.int16(5), noise(50, 16_000, 9)):
        assert check.rms_difference(wrong) > MAX_RMS


def test_another_length_is_no_rounding() -> None:
    original = np.zeros(8_000, np.int16)
    check = Check.of_samples(original)
    assert check.rms_difference(original[:-1]) == math.inf
    assert check.rms_difference(original) == 0


def test_a_click_is_found() -> None:
    original = noise(1_000)
    changed = original.copy()
    changed[4_000:4_010] += np.int16(500)
    assert Check.of_samples(original).rms_difference(changed) > MAX_RMS


def test_a_file_is_normalised_before_it_is_cut() -> None:
    samples = np.full(8_000, 0.25, np.float32)
    samples[::2] = -0.05
    samples[100] = 0.6
    data = wav_bytes(np.stack([samples, samples], 1), 16_000)
    whole = decode(data, normalised=True)
    assert abs(whole.mean()) < 1e-9
    assert abs(np.abs(whole).max() - 10 ** (-3 / 20)) < 1e-9
    assert np.allclose(decode(data, normalised=False), samples)
    assert cut(whole, 100, 1)[0] == 23_197  # rounded down from 23197.97


def test_a_silent_file_stays_silent() -> None:
    assert not decode(wav_bytes(np.zeros(800, np.float32), 16_000), normalised=True).any()


def test_another_package_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "x_1.deb"
    package.write_bytes(b"!<arch>\n")
    with pytest.raises(SourceError, match="is not the package with the SHA-256 00"):
        DebianSource.fetched(tmp_path, "x=1", "00")


def test_apt_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="--sources"):
        DebianSource.fetched(tmp_path / "cache", "x=1", "00")


def test_the_tables_have_every_clip() -> None:
    rows = read_rows(TABLES)
    counts = Counter(row.clips.folder for row in rows)
    assert counts == {"clips": 986, "hard": 221, "donateacry": 456}
    assert len({(row.clips.folder, row.clip_id) for row in rows}) == 1_663
    assert all(len(row.commit) == 40 for row in rows if not row.repository.sha256)
    for clips in SETS:
        labels = [row["clip_ID"] for row in read_csv(TABLES / clips.metadata)]
        assert sorted(labels) == sorted(r.clip_id for r in rows if r.clips == clips)
    for table, durations in (("sources.csv", (0.4, 1.0)), ("donateacry_sources.csv", (0.4, 1.0))):
        stated = {row["clip_ID"]: float(row["duration_s"]) for row in read_csv(TABLES / table)}
        for row in (row for row in rows if row.clip_id in stated):
            assert abs(row.check.n_samples / 16_000 - stated[row.clip_id]) < 0.0006
            assert durations[0] <= row.check.n_samples / 16_000 <= durations[1]


def test_the_readme_of_the_tables_names_each_repository_and_licence() -> None:
    readme = (TABLES / "README.md").read_text(encoding="utf-8")
    for repository in read_repositories(TABLES):
        assert repository.name in readme
        assert repository.licence in readme


def test_the_list_has_all_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--list"]) == 0
    said = capsys.readouterr().out
    for repository in read_repositories(TABLES):
        assert f"{repository.key}: " in said
        assert repository.licence in said
