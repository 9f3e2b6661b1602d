"""Sound of stretches: pieces of recordings, clips, and energy."""

import csv
from pathlib import Path

import numpy as np
import pytest

from vocalbaby.audio import load, write_wav
from vocalbaby.corpus.sampling.clips import check_folder, write_clips
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.sounds import cut, find_recordings, mean_power
from vocalbaby.exception import DataError, DataNotFoundError

RATE = 16_000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 12 * RATE).astype(np.float32)


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Twelve seconds of noise, which gets louder after six."""
    path = tmp_path / "rec" / "day1.wav"
    path.parent.mkdir()
    samples = NOISE.copy()
    samples[: 6 * RATE] *= 0.1
    write_wav(path, samples, RATE)
    return path


def test_pieces_have_the_samples_of_the_recording(wav: Path) -> None:
    whole = load(wav).samples
    times = [(3.0, 4.5), (0.5, 9.25), (3.0, 3.25), (-1.0, 0.5), (11.0, 14.0), (20.0, 21.0)]
    pieces = dict(cut(wav, times))
    assert len(pieces) == len(times)
    for i, (begin, end) in enumerate(times):
        expected = NOISE[max(round(begin * RATE), 0) : round(end * RATE)].copy()
        assert len(pieces[i]) == len(expected)
        quiet = max(0, round((6 - max(begin, 0)) * RATE))
        expected[:quiet] *= 0.1
        assert np.array_equal(pieces[i], expected)
    assert len(whole) == 12 * RATE


def test_the_power_of_stretches_is_their_mean_square(wav: Path) -> None:
    power = mean_power(wav, np.array([0.0, 6.0, 12.0]), np.array([6.0, 12.0, 18.0]))
    assert power[:2] == pytest.approx([0.01 * 0.25 / 3, 0.25 / 3], rel=0.05)
    assert np.isnan(power[2])


def test_recordings_are_found_by_path_and_by_name(tmp_path: Path) -> None:
    raw = tmp_path / "recordings" / "raw"
    for name in ("c1/day1.wav", "c2/day1.wav", "c2/day2.flac", "notes.txt"):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_bytes(b"")
    found, others = find_recordings(
        str(tmp_path), ["c1/day1", "c2/day1.wav", "day2", "day2.wav", "day1", "day3"]
    )
    assert {name: path.relative_to(raw).as_posix() for name, path in found.items()} == {
        "c1/day1": "c1/day1.wav",
        "c2/day1.wav": "c2/day1.wav",
        "day2": "c2/day2.flac",
        "day2.wav": "c2/day2.flac",
    }
    assert {name: len(paths) for name, paths in others.items()} == {"day1": 2, "day3": 0}
    with pytest.raises(DataNotFoundError):
        find_recordings(str(tmp_path / "none"), [])


def test_clips_have_padding_as_far_as_the_recording_goes(wav: Path, tmp_path: Path) -> None:
    stretches = [
        SampledStretch("r1-1", "day1", 6.0, 8.0, child_id="c1"),
        SampledStretch("r1-2", "day1", 0.5, 1.0),
        SampledStretch("r1-3", "day1", 30.0, 31.0),
        SampledStretch("r1-4", "other", 0.0, 1.0),
    ]
    out = tmp_path / "clips"
    failed = write_clips(stretches, {"day1": wav}, out, 1.0)
    assert [name for name, _ in failed] == ["r1-3", "r1-4"]
    with (out / "clips.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["sample_id"] for row in rows] == ["r1-1", "r1-2"]
    assert [(row["clip_onset_s"], row["clip_offset_s"]) for row in rows] == [
        ("5", "9"),
        ("0", "2"),
    ]
    first = load(out / rows[0]["path"]).samples
    assert len(first) == 4 * RATE
    assert first[RATE:] == pytest.approx(NOISE[6 * RATE : 9 * RATE], abs=1e-4)


def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="did not write"):
        check_folder(tmp_path, "clips.csv", overwrite=False)
    check_folder(tmp_path, "clips.csv", overwrite=True)
    check_folder(tmp_path / "new", "clips.csv", overwrite=False)
    (tmp_path / "clips.csv").write_text("")
    check_folder(tmp_path, "clips.csv", overwrite=False)
