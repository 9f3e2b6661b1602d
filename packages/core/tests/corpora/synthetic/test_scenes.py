"""Scenes and days: sound, and where it is."""

from collections import Counter

import numpy as np
import pytest

from vocalbaby.corpora.synthetic import day
from vocalbaby.corpora.synthetic.day import SCENES, synthesize_day
from vocalbaby.corpora.synthetic.scenes import Acoustics, Recorded, Sound, audible_parts, compose


def tone(duration_s: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    t = np.arange(round(duration_s * 16_000)) / 16_000
    return np.sin(2 * np.pi * 500 * t).astype(np.float32)


QUIET = Acoustics(np.ones(1, np.float32), np.full(960_000, 1e-4, np.float32), (40.0, 40.0))


def test_segments_are_where_the_sound_is() -> None:
    rng = np.random.default_rng(0)
    sounds = [
        Sound(tone(1.0), "Crying", "cry", 2.0),
        Sound(tone(1.0), "Crying", "cry", 0.3),
        Sound(tone(0.5), "Junk", "bell", 0.3),
        Sound(tone(0.5), "Junk", "bell", 0.8),
        Sound(tone(9.0), "Junk", "does not fit", 1.0),
    ]
    recorded = compose(rng, sounds, 10 * 16_000, QUIET)
    found = [(s.onset_s, s.offset_s, s.label, s.tier) for s in recorded.segments]
    assert found == [
        (2.0, 4.3, "Crying", "infant"),
        (4.6, 5.1, "Junk", "junk"),
        (5.9, 6.4, "Junk", "junk"),
    ]
    loud = np.flatnonzero(np.abs(recorded.samples) > 2e-3) / 16_000
    assert loud[0] == pytest.approx(2.0, abs=0.01)
    assert loud[-1] == pytest.approx(6.4, abs=0.01)
    level = np.sqrt(np.mean(recorded.samples[2 * 16_000 : 3 * 16_000] ** 2))
    assert 20 * np.log10(level / 1e-4) == pytest.approx(40, abs=0.2)


def test_reverberation_is_audible_after_the_sound() -> None:
    response = np.zeros(3200, np.float32)
    response[[0, 3000]] = 1.0, 0.5
    acoustics = Acoustics(response, QUIET.floor, QUIET.snr_db)
    recorded = compose(
        np.random.default_rng(0), [Sound(tone(1), "Junk", "a", 1.0)], 64_000, acoustics
    )
    assert [s.offset_s for s in recorded.segments] == [pytest.approx(2.1875, abs=0.01)]


def test_audible_parts_leave_out_pauses_and_what_the_floor_hides() -> None:
    sound = np.concatenate([tone(0.5), 0 * tone(0.6), tone(0.5) * np.float32(0.1)])
    assert audible_parts(sound) == [(0, 8_000), (17_600, 25_600)]
    assert audible_parts(sound, floor=0.2) == [(0, 8_000)]
    assert audible_parts(0 * sound) == []


def test_a_day_is_made_of_scenes_without_gaps() -> None:
    scenes = list(synthesize_day(0.12, seed=3))
    ends = np.cumsum([len(scene.recorded.samples) for scene in scenes]) / 16_000
    assert len(scenes) > 2
    assert [scene.onset_s for scene in scenes] == [0.0, *ends[:-1].tolist()]
    assert ends[-1] == pytest.approx(0.12 * 3600)
    assert {scene.name for scene in scenes} <= set(SCENES)
    for scene in scenes:
        assert np.abs(scene.recorded.samples).max() <= 1.0
        for segment in scene.recorded.segments:
            assert segment.offset_s * 16_000 <= len(scene.recorded.samples)


def test_each_kind_of_scene_is_in_the_first_hour_of_any_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_rng: object, _name: str, n: int, _voice: object) -> Recorded:
        return Recorded(np.zeros(n, np.float32), ())

    monkeypatch.setattr(day, "_scene", silent)
    counts: Counter[str] = Counter()
    for seed in range(12):
        scenes = list(day.synthesize_day(1.0, seed))
        whole = {scene.name for scene in scenes if len(scene.recorded.samples) >= 60 * 16_000}
        assert whole == set(SCENES)
        later = [s.name for s in day.synthesize_day(1.2, seed)][: len(scenes)]
        assert later == [scene.name for scene in scenes]  # also in longer days
        counts.update(scene.name for scene in scenes)
    assert max(counts, key=counts.__getitem__) == "quiet"
    assert counts["fuss"] < 0.12 * counts.total()
