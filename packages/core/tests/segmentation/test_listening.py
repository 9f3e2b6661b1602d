"""Hearing and segmenting with a listener."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from packages.core.tests.segmentation.listener_of_tones import ToneListener
from packages.core.tests.segmentation.tones import (
    CLASSES,
    Samples,
    ToneModel,
    floor,
    place,
    tone,
)
from vocalbaby import segmentation
from vocalbaby.exception import DataError
from vocalbaby.features.embedding.log_mel import patches, scale
from vocalbaby.segmentation import Evidence, HearingConfig, PatchListener, SegmentationConfig
from vocalbaby.segmentation.listened import listened

CONFIG = HearingConfig()
ONSETS_S = (3.0, 29.6, 45.0, 59.4, 70.0)


def recording(duration_s: float = 75.0, hz: float = 600) -> Samples:
    sound = floor(duration_s)
    for onset_s in ONSETS_S:
        place(sound, tone(hz, 0.9), onset_s)
    return sound


def hear(
    sound: Samples,
    path: Path,
    listener: PatchListener | None,
    size: int = 100_000,
    config: HearingConfig = CONFIG,
) -> Evidence:
    blocks = (sound[i : i + size] for i in range(0, len(sound), size))
    return segmentation.hear(blocks, ToneModel(), config, path, source="day", listener=listener)


def scores_of(evidence: Evidence) -> Samples:
    scores: Samples = evidence.read(0, evidence.n_blocks)["listener"].reshape(-1, 2)
    return scores


def test_the_model_hears_the_same_with_and_without_a_listener(tmp_path: Path) -> None:
    alone = hear(recording(), tmp_path / "alone", None)
    both = hear(recording(), tmp_path / "both", ToneListener())
    assert b"listener" not in alone.path.read_bytes()
    assert alone.dtype.names is not None
    assert "listener" not in alone.dtype.names
    for name in alone.dtype.names[1:]:
        assert alone.read(0, 9)[name].tobytes() == both.read(0, 9)[name].tobytes(), name


def test_only_patches_with_sound_are_heard(tmp_path: Path) -> None:
    listener = ToneListener()
    scores = scores_of(hear(recording(), tmp_path / "evidence", listener))
    heard = np.flatnonzero(~np.isnan(scores[:, 0])) * 0.5
    assert len(listener.patches) == len(heard)
    for onset_s in ONSETS_S:
        near = heard[(heard > onset_s - 1) & (heard < onset_s + 0.9)]
        assert len(near) >= 2
    assert all(min(abs(start - onset) for onset in ONSETS_S) <= 1 for start in heard)


@pytest.mark.parametrize("window_s", [0.6, 0.3])
def test_a_patch_is_heard_as_a_clip_would_be(tmp_path: Path, window_s: float) -> None:
    listener = ToneListener()
    sound = recording()
    config = HearingConfig(window_s=window_s)
    scores = scores_of(hear(sound, tmp_path / "evidence", listener, config=config))
    numbers = np.flatnonzero(~np.isnan(scores[:, 0]))
    for number, patch in zip(numbers.tolist(), listener.patches, strict=True):
        clip = scale(sound[number * 8000 : number * 8000 + 15_600])
        assert clip is not None
        (wanted,) = patches(clip)
        np.testing.assert_allclose(patch, wanted, atol=5e-3)


@pytest.mark.parametrize(("stop_s", "size"), [(0.0, 7_777), (30.0, 480_000), (60.0, 50_001)])
def test_an_interrupted_run_gives_the_same_bytes(tmp_path: Path, stop_s: float, size: int) -> None:
    whole = hear(recording(), tmp_path / "whole", ToneListener())
    path = tmp_path / "parts"

    def cancel(done_s: float) -> None:
        if done_s >= stop_s:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segmentation.hear(
            [recording()],
            ToneModel(),
            CONFIG,
            path,
            source="day",
            progress=cancel,
            listener=ToneListener(),
        )
    listener = ToneListener()
    hear(recording(), path, listener, size)
    assert path.read_bytes() == whole.path.read_bytes()
    assert 0 < len(listener.patches) < np.count_nonzero(~np.isnan(scores_of(whole)[:, 0]))


def test_evidence_of_another_listener_or_of_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence"
    hear(recording(), path, ToneListener("cry"))
    for other in (ToneListener("singing"), None):
        with pytest.raises(DataError, match="another listener"):
            hear(recording(), path, other)
    path = tmp_path / "alone"
    hear(recording(), path, None)
    with pytest.raises(DataError, match="another listener"):
        hear(recording(), path, ToneListener())


@pytest.mark.parametrize(
    ("hz", "hears", "label"),
    [(600, "cry", "Crying"), (600, "singing", "Junk"), (200, "cry", "Crying")],
)
def test_what_it_hears_decides_with_the_model(
    tmp_path: Path, hz: float, hears: str, label: str
) -> None:
    alone = hear(recording(hz=hz), tmp_path / "alone", None)
    both = hear(recording(hz=hz), tmp_path / "both", ToneListener(hears))
    by_model = "Crying" if hz == 600 else "Junk"
    for evidence, wanted in ((alone, by_model), (both, label)):
        found = list(segmentation.decode(evidence, SegmentationConfig()))
        assert {segment.label for segment in found} == {wanted}
        assert len(found) == len(ONSETS_S)


@pytest.mark.parametrize("n_samples", [0, 1, 3_000, 15_599, 480_000, 480_001, 488_000])
def test_any_length_is_heard(tmp_path: Path, n_samples: int) -> None:
    listener = ToneListener()
    evidence = hear(recording()[:n_samples], tmp_path / "evidence", listener)
    assert evidence.complete
    assert all(np.isfinite(patch).all() for patch in listener.patches)


def cases() -> Iterator[tuple[HearingConfig, int]]:
    for window_s, hop_s in ((0.6, 0.3), (0.1, 0.05), (2.0, 1.0), (0.5, 0.5)):
        config = HearingConfig(window_s=window_s, hop_s=hop_s)
        yield config, config.block_windows


def test_each_window_gets_the_mean_of_the_patches_that_it_overlaps() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.01, 0.99, (60, 2)).astype(np.float32)
    scores[rng.random(60) < 0.4] = np.nan
    odds = np.log(scores / (1 - scores))
    for config, n in cases():
        added = listened(np.zeros((n, 5), np.float32), scores, CLASSES, ("cry", "singing"), config)
        for window in range(n):
            begin = window * config.hop_slots
            end = begin + config.window_slots
            overlap = np.array([min(end, p * 50 + 96) - max(begin, p * 50) for p in range(60)])
            overlap[(overlap < 0) | np.isnan(scores[:, 0])] = 0
            if not overlap.any():
                assert (added[window] == 0).all()
                continue
            mean = overlap @ np.nan_to_num(odds) / overlap.sum()
            crying = 0.49 + 0.96 * mean[0] - 0.65 * mean[1]
            np.testing.assert_allclose(added[window], [-0.5, -0.5, crying, -0.5, 0], atol=1e-4)
