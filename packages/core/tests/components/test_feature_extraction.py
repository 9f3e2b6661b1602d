from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby import features
from vocalbaby.audio import load
from vocalbaby.components.feature_extraction import (
    AugmentationConfig,
    FeaturesConfig,
    extract_features,
)
from vocalbaby.entity.manifest import ClipRecord
from vocalbaby.exception import DataError, DataNotFoundError, FeatureSetError

MFCC = FeaturesConfig(feature_set="mfcc", batch_size=3)


@pytest.fixture
def records(tmp_path: Path) -> list[ClipRecord]:
    rows = []
    for i in range(5):
        path = tmp_path / f"{i}.wav"
        noise = np.random.default_rng(i).uniform(-0.3, 0.3, 3000 + 700 * i)
        soundfile.write(path, noise, 16000)
        digest = sha256(path.read_bytes()).hexdigest()
        rows.append(
            ClipRecord(f"{i}", f"kid{i}", "Junk", "x", None, "", str(path), "train", 1.0, digest)
        )
    return rows


def test_a_row_equals_the_features_of_the_clip_alone(records: list[ClipRecord]) -> None:
    table = extract_features(records, MFCC)
    assert list(table.meta.clip_ID) == ["0", "1", "2", "3", "4"]
    assert list(table.meta.child_ID) == [r.child_ID for r in records]
    assert table.feature_set == "mfcc"
    assert table.columns == tuple(c.name for c in features.get("mfcc").columns)
    for row, record in zip(table.array, records, strict=True):
        alone = features.get("mfcc").extract([load(record.path).samples])[0]
        np.testing.assert_array_equal(row, alone)


def test_augmented_copies_follow_their_clip_and_differ_from_it(records: list[ClipRecord]) -> None:
    calls: list[tuple[int, int]] = []
    table = extract_features(records[:2], MFCC, copies=2, progress=lambda *call: calls.append(call))
    assert list(table.meta.clip_ID) == ["0", "0#1", "0#2", "1", "1#1", "1#2"]
    assert list(table.meta.child_ID) == ["kid0"] * 3 + ["kid1"] * 3
    assert len(np.unique(table.array, axis=0)) == 6
    assert calls == [(3, 6), (6, 6)]


def test_augmented_copies_depend_only_on_the_clip_and_the_seed(records: list[ClipRecord]) -> None:
    config = MFCC.model_copy(update={"batch_size": 16})
    whole = extract_features(records, MFCC, copies=1).array[6:8]
    alone = extract_features([records[3]], config, copies=1).array
    np.testing.assert_array_equal(whole, alone)
    other = MFCC.model_copy(update={"augmentation": AugmentationConfig(seed=1)})
    reseeded = extract_features([records[3]], other, copies=1).array
    np.testing.assert_array_equal(reseeded[0], alone[0])
    assert not np.array_equal(reseeded[1], alone[1])


def test_two_clips_are_augmented_differently(records: list[ClipRecord]) -> None:
    clips = [records[0], replace(records[0], clip_ID="copy")]
    first, first_copy, second, second_copy = extract_features(clips, MFCC, copies=1).array
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first_copy, second_copy)


def test_no_clips_give_an_empty_table(records: list[ClipRecord]) -> None:
    assert extract_features([], MFCC).array.shape == (0, 40)


def test_rejects_missing_files_and_unknown_feature_sets(records: list[ClipRecord]) -> None:
    Path(records[0].path).unlink()
    with pytest.raises(DataNotFoundError):
        extract_features(records, MFCC)
    Path(records[1].path).write_bytes(b"")
    with pytest.raises(DataError, match=r"The clip 1 .*1\.wav.* cannot be used. The file is empty"):
        extract_features(records[1:], MFCC)
    with pytest.raises(FeatureSetError):
        extract_features(records, FeaturesConfig(feature_set="none"))


def test_a_long_clip_has_more_copies_when_windows_are_cut(records: list[ClipRecord]) -> None:
    augmentation = AugmentationConfig(window_s=(0.05, 0.2))
    config = MFCC.model_copy(update={"augmentation": augmentation})
    long = [replace(records[0], duration_s=0.61), replace(records[1], duration_s=30.0), records[2]]
    table = extract_features(long, config, copies=2)
    counts = table.meta.clip_ID.str.split("#").str[0].value_counts()
    assert counts.to_dict() == {"0": 1 + 2 * 3, "1": 1 + 2 * 6, "2": 1 + 2 * 5}


def test_junk_is_changed_more_than_the_voice_of_a_child(
    records: list[ClipRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def noted(samples: np.ndarray, rng: object, recording: object, **options: object) -> np.ndarray:
        calls.append((samples, options["rate_change"]))
        return samples

    monkeypatch.setattr("vocalbaby.components.feature_rows.augment", noted)
    augmentation = AugmentationConfig(rate_change=0.1, junk_rate_change=0.4, junk_reversal=0.5)
    config = MFCC.model_copy(update={"augmentation": augmentation})
    extract_features(
        [records[0], replace(records[0], clip_ID="1", Answer="Crying")], config, copies=40
    )
    original = load(records[0].path).samples
    junk, cries = calls[:40], calls[40:]
    assert {rate for _, rate in junk} == {0.4}
    assert {rate for _, rate in cries} == {0.1}
    backwards = [np.array_equal(samples, original[::-1]) for samples, _ in junk]
    assert 8 < sum(backwards) < 32
    assert all(np.array_equal(samples, original) for samples, _ in cries)
