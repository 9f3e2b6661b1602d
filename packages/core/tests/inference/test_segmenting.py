"""Recordings become timelines; interrupted runs give the same ones."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import audio, inference
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.timeline import Segment, Timeline
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.segmentation import HearingConfig, SegmentationConfig

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def cry() -> Samples:
    config = SyntheticConfig(n_children=1, clips_per_child=30, seed=1)
    clip = next(clip.samples for clip in generate(config) if clip.Answer == "Crying")
    return np.resize(clip, 24_000).astype(np.float32)


@pytest.fixture(scope="module")
def day(cry: Samples) -> Samples:
    """100 s of quiet noise, with a cry of 1.5 s at 10, 40, 70 and 90 s, and a dropout at 60 s."""
    sound = np.random.default_rng(0).normal(0, 1e-4, 1_600_000).astype(np.float32)
    for second in (10, 40, 70, 90):
        sound[second * 16_000 : second * 16_000 + len(cry)] += 0.5 * cry
    sound[960_000:968_000] = 0
    return sound


@pytest.fixture(scope="module")
def file(day: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("days") / "c07_20190523_0930.wav"
    audio.write_wav(path, day, 16_000)
    return path


def of_tier(timeline: Timeline, tier: str) -> list[Segment]:
    return [segment for segment in timeline.segments if segment.tier == tier]


def test_finds_the_cries_of_a_recording(file: Path) -> None:
    timeline = inference.segment(file)
    assert timeline.recording_id == "c07_20190523_0930"
    assert timeline.clock_start == datetime.fromisoformat("2019-05-23T09:30")
    assert timeline.duration_s == 100.0
    assert [tier.name for tier in timeline.tiers] == ["infant", "junk", "quality"]
    assert timeline.attributes["model_version"] == inference.load().manifest.version
    cries = of_tier(timeline, "infant")
    for second in (10, 40, 70, 90):
        assert any(c.onset_s < second + 0.7 < c.offset_s and c.label == "Crying" for c in cries)
    assert all(min(abs(c.onset_s - s) for s in (10, 40, 70, 90)) < 2 for c in cries)
    assert all(set(c.probabilities or {}) == set(CLASSES) for c in cries)
    (dropout,) = of_tier(timeline, "quality")
    assert (dropout.onset_s, dropout.offset_s, dropout.label) == (60.0, 60.5, "digital_silence")


def test_a_recording_without_an_infant_has_no_segments_of_one(tmp_path: Path) -> None:
    hiss = np.random.default_rng(0).normal(0, 1e-4, 480_000).astype(np.float32)
    timeline = inference.segment(audio.wav_bytes(hiss, 16_000), name="night")
    assert (timeline.recording_id, timeline.duration_s) == ("night", 30.0)
    assert of_tier(timeline, "infant") == []


def test_bytes_a_path_and_an_open_file_give_the_same(file: Path) -> None:
    by_path = inference.segment(file)
    assert inference.segment(file.read_bytes(), name=file.stem) == by_path
    with file.open("rb") as stream:
        assert inference.segment(stream, name=file.stem) == by_path


class _KilledError(Exception):
    pass


def test_an_interrupted_run_goes_on_where_it_was(file: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed.evidence"
    wanted = inference.segment(file, evidence=undisturbed)
    evidence = tmp_path / "evidence"
    starts: list[float] = []

    def killed(done_s: float, total_s: float | None) -> None:
        assert total_s == 100.0
        starts.append(done_s)
        raise _KilledError

    for _ in range(3):
        with pytest.raises(_KilledError):
            inference.segment(file, evidence=evidence, progress=killed)
    assert starts == [30.0, 60.0, 90.0]
    assert inference.segment(file, evidence=evidence) == wanted
    assert evidence.read_bytes() == undisturbed.read_bytes()


def test_a_partly_written_block_is_heard_again(file: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    wanted = inference.segment(file, evidence=evidence)
    whole = evidence.read_bytes()
    for left in (len(whole) - 1, len(whole) // 2, 20_000, 0):
        evidence.write_bytes(whole[:left])
        assert inference.segment(file, evidence=evidence) == wanted
        assert evidence.read_bytes() == whole


def test_complete_evidence_needs_no_decoding(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = tmp_path / "evidence"
    wanted = inference.segment(file, evidence=evidence)

    def refuse(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(audio, "open_recording", refuse)
    assert inference.segment(file, evidence=evidence) == wanted
    stricter = SegmentationConfig(min_sound_s=3.0)
    assert len(inference.segment(file, evidence=evidence, config=stricter).segments) < len(
        wanted.segments
    )


def test_evidence_of_something_else_is_refused(file: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    inference.segment(file, evidence=evidence)
    other = SegmentationConfig(hearing=HearingConfig(hop_s=0.5))
    with pytest.raises(DataError, match="hearing"):
        inference.segment(file, evidence=evidence, config=other)
    with pytest.raises(DataError, match="source"):
        inference.segment(file.read_bytes(), evidence=evidence)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"day\.wav"):
        inference.segment(tmp_path / "day.wav")


def test_given_segments_are_classified_as_clips(file: Path, day: Samples) -> None:
    given = [
        Segment(40.0, 41.5, speaker="KCHI"),
        Segment(10.0, 11.5, speaker="KCHI"),
        Segment(10.5, 11.25),  # overlaps
        Segment(20.0, 21.0),
    ]
    timeline = inference.segment(file, given=given)
    found = [*of_tier(timeline, "infant"), *of_tier(timeline, "junk")]
    assert sorted((s.onset_s, s.offset_s) for s in found) == sorted(
        (s.onset_s, s.offset_s) for s in given
    )
    by_onset = {segment.onset_s: segment for segment in found}
    assert (by_onset[40.0].label, by_onset[40.0].speaker) == ("Crying", "KCHI")
    assert by_onset[20.0].tier == "junk"
    (alone,) = inference.predict(day[160_000:184_000], sample_rate=16_000)
    rounded = {name: round(p, 4) for name, p in alone.probabilities.items()}
    assert by_onset[10.0].probabilities == pytest.approx(rounded, abs=2e-4)  # 16 bits
    assert len(of_tier(timeline, "quality")) == 1


def test_given_segments_that_are_short_silent_or_outside_are_kept(file: Path) -> None:
    given = [
        Segment(10.5, 10.55),
        Segment(10.5, 10.51),
        Segment(60.1, 60.3),
        Segment(99.9, 101.0),
        Segment(200.0, 201.0),
        Segment(30.0, 30.0),
    ]
    timeline = inference.segment(file, given=given)
    found = {
        (s.onset_s, s.offset_s): s.attributes.get("warnings", "")
        for s in timeline.segments
        if s.tier != "quality"
    }
    assert set(found) == {(s.onset_s, s.offset_s) for s in given}
    assert "short" in found[10.5, 10.55].split(";")
    assert found[10.5, 10.51] == "audio_too_short"
    assert found[60.1, 60.3] == "audio_silent"
    assert found[200.0, 201.0] == found[30.0, 30.0] == "audio_empty"


def test_given_segments_longer_than_a_clip_are_classified_by_windows(file: Path) -> None:
    given = [Segment(5.0, 45.0, speaker="CHN"), Segment(40.0, 41.5, speaker="CHN")]
    timeline = inference.segment(file, given=given)
    found = {s.onset_s: s for s in timeline.segments if s.tier != "quality"}
    assert set(found) == {5.0, 40.0}
    assert (found[40.0].label, found[5.0].speaker) == ("Crying", "CHN")
    assert set(found[5.0].probabilities or {}) == set(CLASSES)


def test_given_segments_longer_than_a_clip_have_the_settings(file: Path) -> None:
    given = [Segment(5.0, 45.0)]
    flat = SegmentationConfig(scale=0.01)
    (segment,) = (
        s for s in inference.segment(file, given=given, config=flat).segments if s.tier != "quality"
    )
    assert max((segment.probabilities or {}).values()) < 0.25


def test_progress_reaches_the_end(file: Path) -> None:
    for given in (None, [Segment(10.0, 11.0)]):
        done: list[float] = []

        def progress(done_s: float, _: float | None, done: list[float] = done) -> None:
            done.append(done_s)

        inference.segment(file, given=given, progress=progress)
        assert done == sorted(done)
        assert done[-1] == 100.0
