"""The corpus is reproducible, child-disjoint, and has the requested class shares."""

import hashlib
import io
import wave
from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from vocalbaby.corpora.synthetic import (
    SyntheticConfig,
    generate,
    generate_per_class,
    write_corpus,
)
from vocalbaby.corpora.synthetic import corpus as module
from vocalbaby.entity.labels import CLASSES

SMALL = SyntheticConfig(n_children=3, clips_per_child=4, seed=5)


@pytest.fixture(scope="module")
def small():
    return list(generate(SMALL))


def labels(config):
    """Labels alone, without the synthesis."""
    for child in range(config.n_children):
        voice = module._child(config, child)
        for number in range(config.clips_per_child):
            rng = module._stream(config.seed, child, number)
            yield voice.age_months, module._label(rng, config, voice.age_months)


def test_the_seed_determines_every_sample(small):
    for clip, again in zip(small, generate(SMALL), strict=True):
        np.testing.assert_array_equal(clip.samples, again.samples)
        assert (clip.clip_ID, clip.Answer) == (again.clip_ID, again.Answer)
    other = next(generate(SMALL.model_copy(update={"seed": 6})))
    assert other.clip_ID != small[0].clip_ID
    assert not np.array_equal(other.samples[:1000], small[0].samples[:1000])


def test_the_size_of_the_corpus_does_not_change_a_clip(small):
    larger = SMALL.model_copy(update={"n_children": 4, "clips_per_child": 5})
    by_id = {clip.clip_ID: clip for clip in generate(larger)}
    assert len(by_id) == 20
    for clip in small:
        np.testing.assert_array_equal(clip.samples, by_id[clip.clip_ID].samples)


def test_clips_satisfy_the_contract(small):
    assert len({clip.clip_ID for clip in small}) == 12
    assert len({clip.child_ID for clip in small}) == 3
    for clip in small:
        assert clip.samples.dtype == np.float32
        assert np.isfinite(clip.samples).all()
        assert np.abs(clip.samples).max() <= 1
        assert 0.2 <= len(clip.samples) / 16_000 <= 1.2
        assert clip.Answer in CLASSES
        assert clip.corpus == "synthetic"
        assert 2 <= clip.age_mo_round <= 30
        assert clip.child_gender in {"F", "M"}
        assert clip.clip_ID.startswith(clip.child_ID)


def test_no_two_clips_are_alike(small):
    assert len({clip.samples.tobytes() for clip in small}) == len(small)


def test_a_child_keeps_age_and_gender(small):
    about = {(clip.child_ID, clip.age_mo_round, clip.child_gender) for clip in small}
    assert len(about) == 3


def test_classes_occur_with_the_requested_shares():
    config = SyntheticConfig(n_children=150, clips_per_child=40)
    drawn = list(labels(config))
    counts = Counter(label for _, label in drawn)
    for name, share in config.shares.items():
        assert counts[name] / len(drawn) == pytest.approx(share, abs=0.03)


def test_canonical_babble_grows_with_age():
    drawn = list(labels(SyntheticConfig(n_children=150, clips_per_child=40)))
    young = [label for age, label in drawn if age <= 5]
    old = [label for age, label in drawn if age >= 12]
    assert young.count("Canonical") / len(young) < 0.5 * old.count("Canonical") / len(old)


def test_can_generate_a_single_class():
    shares = dict.fromkeys(CLASSES, 0.0) | {"Laughing": 1.0}
    config = SyntheticConfig(n_children=2, clips_per_child=3, shares=shares)
    assert {clip.Answer for clip in generate(config)} == {"Laughing"}


def test_every_child_has_equally_many_clips_of_each_class():
    config = SyntheticConfig(n_children=2, clips_per_child=2, seed=5)
    clips = list(generate_per_class(config))
    assert Counter((clip.child_ID, clip.Answer) for clip in clips) == {
        (f"synthetic_5_{child:04d}", label): 2 for child in range(2) for label in CLASSES
    }
    assert len({clip.clip_ID for clip in clips}) == len(clips)
    assert len({clip.samples.tobytes() for clip in clips}) == len(clips)
    # The children are those of `generate`.
    ages = {clip.child_ID: clip.age_mo_round for clip in generate(SMALL)}
    assert all(clip.age_mo_round == ages[clip.child_ID] for clip in clips)


def test_the_other_classes_do_not_change_a_clip():
    config = SyntheticConfig(n_children=1, clips_per_child=2, seed=5)
    laughs = list(generate_per_class(config, ["Laughing"]))
    again = [clip for clip in generate_per_class(config) if clip.Answer == "Laughing"]
    for clip, other in zip(laughs, again, strict=True):
        assert clip.clip_ID == other.clip_ID
        np.testing.assert_array_equal(clip.samples, other.samples)


def test_written_files_contain_the_clips(tmp_path, small):
    calls = []
    manifest = write_corpus(SMALL, tmp_path / "corpus", lambda *at: calls.append(at))
    assert calls == [(i, 12) for i in range(1, 13)]
    assert manifest.rejections == ()
    for record, clip in zip(manifest.records, small, strict=True):
        data = (tmp_path / "corpus" / record.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == record.sha256
        with wave.open(io.BytesIO(data)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
            samples = np.frombuffer(file.readframes(-1), "<i2") / 32_767
        np.testing.assert_allclose(samples, clip.samples, atol=2 / 65_536)
        assert record.duration_s == len(samples) / 16_000
        assert record.path == f"{record.child_ID}/{record.clip_ID}"
        assert record.split == ""
        assert (record.Answer, record.age_mo_round) == (clip.Answer, clip.age_mo_round)
    assert write_corpus(SMALL, tmp_path / "again") == manifest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_child": 3}, "Extra inputs"),
        ({"n_children": 0}, "greater than or equal to 1"),
        ({"shares": {"Junk": 1.0}}, "name each of the classes"),
        ({"shares": dict.fromkeys(CLASSES, 0.3)}, "sum to 1.5"),
        ({"duration_s": (1.2, 0.2)}, "duration_s"),
        ({"age_months": (20, 3)}, "age_months"),
        ({"background_snr_db": (20, 3)}, "background_snr_db"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"clips_per_child": 0}, "greater than or equal to 1"),
        ({"shares": dict.fromkeys(CLASSES, 0.2) | {"Junk": 0.21}}, "sum to 1.01"),
        ({"age_months": (-1, 3)}, "age_months"),
        ({"age_months": (3, 37)}, "age_months"),
        ({"duration_s": (0.04, 1.2)}, "duration_s"),
        ({"duration_s": (0.7, 1.2)}, "duration_s"),
        ({"duration_s": (0.2, 0.6)}, "duration_s"),
        ({"duration_s": (0.2, 10.1)}, "duration_s"),
        ({"background_probability": 1.1}, "less than or equal to 1"),
        ({"background_probability": -0.1}, "greater than or equal to 0"),
    ],
)
def test_rejects_inconsistent_settings(settings, message):
    with pytest.raises(ValidationError, match=message):
        SyntheticConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"background_snr_db": (3.0, 3.0)},
        {"age_months": (0, 36)},
        {"age_months": (7, 7)},
        {"duration_s": (0.05, 10.0)},
        {"duration_s": (0.65, 0.65)},
        {"seed": 0, "n_children": 1, "clips_per_child": 1},
        {"shares": dict.fromkeys(CLASSES, 0.0) | {"Junk": 1.0}, "background_probability": 1.0},
    ],
)
def test_accepts_settings_at_their_bounds(settings):
    SyntheticConfig(**settings)
