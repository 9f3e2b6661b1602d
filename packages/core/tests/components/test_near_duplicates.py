"""Copies of a clip are found however they were made, and other clips are not."""

import io
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy import signal

from vocalbaby.audio.acoustics.coding import speech_codec
from vocalbaby.components.landmarks import find_candidates, landmarks
from vocalbaby.components.manifest_checks import ValidationConfig, check_manifest, require_valid
from vocalbaby.components.near_duplicates import (
    NearDuplicate,
    find_near_duplicates,
    groups,
    similarity,
)
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.exception import DataError

Samples = NDArray[np.float32]
N = 10


@pytest.fixture(scope="module")
def clips() -> list[Samples]:
    """15 clips of five children, of 0.4 s or more."""
    config = SyntheticConfig(n_children=5, clips_per_child=3, seed=3, duration_s=(0.4, 1.2))
    return [clip.samples for clip in generate(config)]


def coded(samples: Samples, container: str, subtype: str, rate: int = 16_000) -> Samples:
    """Encode and decode, at another sample rate."""
    stream = io.BytesIO()
    resampled = signal.resample_poly(samples, rate, 16_000)
    soundfile.write(stream, np.clip(resampled, -1, 1), rate, format=container, subtype=subtype)
    stream.seek(0)
    decoded, _ = soundfile.read(stream, dtype="float32")
    back: Samples = signal.resample_poly(decoded, 16_000, rate).astype(np.float32)
    return back


def padded(samples: Samples) -> Samples:
    return np.pad(samples, (3000, 5000))


COPIES: dict[str, Callable[[Samples], Samples]] = {
    "moved": lambda x: x[777:],
    "trimmed": lambda x: x[len(x) // 6 : -len(x) // 6],
    "padded with zeros": padded,
    "softer": lambda x: 0.1 * x,
    "inverted": lambda x: -x,
    "MP3": lambda x: coded(x, "MP3", "MPEG_LAYER_III"),
    "Vorbis": lambda x: coded(x, "OGG", "VORBIS"),
    "Opus": lambda x: coded(x, "OGG", "OPUS"),
    "8 kHz": lambda x: coded(x, "WAV", "PCM_16", 8_000),
    "44.1 kHz": lambda x: coded(x, "WAV", "PCM_16", 44_100),
    "softer, trimmed, MP3": lambda x: coded(0.3 * x[1600:-1600], "MP3", "MPEG_LAYER_III"),
}


def found(clips: list[Samples]) -> list[NearDuplicate]:
    return find_near_duplicates(
        [landmarks(c) for c in clips], clips.__getitem__, lambda _first, _second: True
    )


def pairs(clips: list[Samples]) -> set[tuple[int, int]]:
    return {(pair.first, pair.second) for pair in found(clips)}


def test_different_clips_are_no_copies(clips: list[Samples]) -> None:
    assert found(clips) == []


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_finds_copies(clips: list[Samples], copy: Callable[[Samples], Samples]) -> None:
    every = clips[:N] + [copy(c).astype(np.float32) for c in clips[:N]]
    assert pairs(every) == {(k, N + k) for k in range(N)}


@pytest.mark.parametrize(
    "codec",
    [
        lambda x: coded(x, "WAV", "GSM610", 8_000),
        lambda x: speech_codec(np.random.default_rng(1), x),
    ],
    ids=["GSM", "simulated AMR"],
)
def test_finds_most_copies_through_speech_codecs(
    clips: list[Samples], codec: Callable[[Samples], Samples]
) -> None:
    copies = pairs(clips[:N] + [codec(c).astype(np.float32) for c in clips[:N]])
    assert copies <= {(k, N + k) for k in range(N)}
    assert len(copies) >= 0.7 * N


def test_finds_a_clip_within_a_longer_one_and_its_place(clips: list[Samples]) -> None:
    longer = np.concatenate([clips[1], clips[0], clips[2]])
    pair, *rest = found([clips[0], longer])
    assert rest == []
    assert (pair.first, pair.second) == (0, 1)
    assert pair.lag_s == pytest.approx(-len(clips[1]) / 16_000, abs=0.016)
    assert pair.similarity > 0.95


def test_tones_of_the_same_pitch_are_no_copies() -> None:
    """Their plain cross-correlation is near 1."""
    rng = np.random.default_rng(0)
    time = np.arange(12_000) / 16_000
    tones = [
        (
            sum(np.sin(2 * np.pi * 500 * k * time + rng.uniform(0, 6)) / k for k in range(1, 6))
            + 0.05 * rng.standard_normal(len(time))
        ).astype(np.float32)
        for _ in range(2)
    ]
    assert all(similarity(tones[0], tones[1], lag) < 0.4 for lag in range(-3200, 3200, 320))


def test_similarity_needs_an_overlap(clips: list[Samples]) -> None:
    assert similarity(clips[0], clips[0], len(clips[0]) - 2000) == 0.0


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(100), np.zeros(8000)])
def test_silence_has_no_landmarks_in_common(samples: Samples) -> None:
    marks = [landmarks(samples.astype(np.float32))] * 3
    assert len(find_candidates(marks).first) == 0
    assert len(find_candidates([]).first) == 0


def manifest(folder: Path, clips: list[Samples]) -> list[ClipRecord]:
    """One clip of each class in each split; each of another child."""
    records = []
    cells = [(split, label) for split in SPLITS for label in CLASSES]
    for number, ((split, label), samples) in enumerate(zip(cells, clips, strict=False)):
        path = folder / f"{number}.wav"
        soundfile.write(path, samples, 16_000)
        digest = sha256(path.read_bytes()).hexdigest()
        seconds = len(samples) / 16_000
        records.append(
            ClipRecord(
                *(f"{number}", f"kid{number}", label, "x", None, "", str(path), split),
                *(seconds, digest),
            )
        )
    return records


CONFIG = ValidationConfig(min_clips=1, min_children=1)


def test_the_same_sound_in_two_splits_stops_validation(
    tmp_path: Path, clips: list[Samples]
) -> None:
    every = clips[:15]
    every[7] = coded(every[2][1000:], "MP3", "MPEG_LAYER_III")
    report = check_manifest(manifest(tmp_path, every), CONFIG)
    (finding,) = report.errors
    assert (finding.code, finding.count) == ("near_duplicate", 1)
    assert finding.examples[0].startswith(
        "2 (x, kid2, train) = 7 (x, kid7, devel), lag 0.06 s, simi"
    )
    with pytest.raises(DataError, match="near_duplicates: warning"):
        require_valid(report)
    lenient = CONFIG.model_copy(update={"near_duplicates": "warning"})
    require_valid(check_manifest(manifest(tmp_path, every), lenient))


def test_the_same_sound_of_two_children_in_a_split_is_a_warning(
    tmp_path: Path, clips: list[Samples]
) -> None:
    every = clips[:15]
    every[3] = 0.5 * every[2]
    records = manifest(tmp_path, every)
    report = check_manifest(records, CONFIG)
    assert [(f.code, f.severity) for f in report.findings] == [
        ("near_duplicate_children", "warning")
    ]
    records[3] = replace(records[3], child_ID="kid2")
    assert check_manifest(records, CONFIG).findings == ()


@pytest.mark.parametrize("n_copies", [50, 51, 70])
def test_copies_of_one_sound_are_connected_however_many(
    clips: list[Samples], n_copies: int
) -> None:
    copies = [(level * clips[0]).astype(np.float32) for level in np.linspace(0.1, 1, n_copies)]
    every = [*clips[1:8], *copies]
    (group,) = groups(found(every))
    assert len(group) == n_copies - 1
    assert {end for pair in group for end in (pair.first, pair.second)} == {*range(7, len(every))}


def test_a_sound_of_most_clips_with_other_noise_is_a_warning(tmp_path: Path) -> None:
    """Such as a tone of the experiment: no other split of the children would part these clips."""
    rng = np.random.default_rng(0)
    time = np.arange(4000) / 16_000
    sweep = sum(np.sin(2 * np.pi * k * (400 + 800 * time) * time) / k for k in range(1, 6)) * 0.2
    noisy = [(sweep + 0.004 * rng.standard_normal(4000)).astype(np.float32) for _ in range(15)]
    report = check_manifest(manifest(tmp_path, noisy), CONFIG)
    (finding,) = report.findings
    assert (finding.severity, finding.code, finding.count) == ("warning", "common_sound", 1)
    assert "and 13 more clips" in finding.examples[0]
    softer = [(level * noisy[0]).astype(np.float32) for level in np.linspace(0.1, 1, 15)]
    report = check_manifest(manifest(tmp_path, softer), CONFIG)
    assert [error.code for error in report.errors] == ["near_duplicate"]
