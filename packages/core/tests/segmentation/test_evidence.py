"""The file of evidence, and hearing that is interrupted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packages.core.tests.segmentation.tones import (
    Samples,
    ToneModel,
    ZeroCrossings,
    floor,
    place,
    tone,
)
from vocalbaby import segmentation
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.segmentation import Evidence, HearingConfig

CONFIG = HearingConfig()


def recording(duration_s: float = 100.0) -> Samples:
    sound = floor(duration_s)
    for onset_s in np.arange(1.0, duration_s - 2, 4.0).tolist():
        place(sound, tone(600 if onset_s % 3 < 1 else 200, 0.8), onset_s)
    return sound


def pieces(sound: Samples, size: int) -> Iterator[Samples]:
    for start in range(0, len(sound), size):
        yield sound[start : start + size]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "evidence"
    segmentation.hear([recording()], ToneModel(), CONFIG, path, source="day")
    return path.read_bytes()


@settings(max_examples=12, deadline=None)
@given(size=st.integers(1_000, 700_000), stop_s=st.sampled_from([0.0, 29.9, 30.0, 61.0, 99.0]))
def test_evidence_does_not_depend_on_blocks_and_interruptions(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, size: int, stop_s: float
) -> None:
    path = tmp_path_factory.mktemp("parts") / "evidence"

    def cancel(done_s: float) -> None:
        if done_s >= stop_s:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segmentation.hear(
            pieces(recording(), size), ToneModel(), CONFIG, path, source="day", progress=cancel
        )
    assert Evidence(path).n_blocks >= 1
    segmentation.hear(pieces(recording(), size), ToneModel(), CONFIG, path, source="day")
    assert path.read_bytes() == whole


@pytest.mark.parametrize("cut", [1, 5_000, 20_000])
def test_a_truncated_tail_is_heard_again(tmp_path: Path, whole: bytes, cut: int) -> None:
    path = tmp_path / "evidence"
    path.write_bytes(whole[:-cut])
    assert not Evidence(path).complete
    segmentation.hear([recording()], ToneModel(), CONFIG, path, source="day")
    assert path.read_bytes() == whole


def test_a_damaged_block_and_what_follows_are_heard_again(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "evidence"
    size = evidence_of(tmp_path, whole).dtype.itemsize
    damaged = bytearray(whole)
    damaged[-3 * size + 100] ^= 1
    path.write_bytes(damaged)
    assert Evidence(path).n_blocks == 1
    model = ToneModel()
    segmentation.hear([recording()], model, CONFIG, path, source="day")
    assert path.read_bytes() == whole
    assert 0 < model.n_rows < 330  # of the first block no window is classified again


def evidence_of(folder: Path, data: bytes) -> Evidence:
    path = folder / "copy"
    path.write_bytes(data)
    return Evidence(path)


def test_complete_evidence_is_not_heard_again(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "evidence"
    path.write_bytes(whole)

    class Unread:
        def __iter__(self) -> Iterator[Samples]:
            raise AssertionError("The recording was read.")

    heard = segmentation.hear(Unread(), ToneModel(), CONFIG, path, source="day")
    assert heard.complete
    assert heard.duration_s == 100.0
    assert heard.n_slots == 10_000


def test_evidence_of_something_else_is_refused(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "evidence"
    path.write_bytes(whole)
    with pytest.raises(DataError, match="another source"):
        segmentation.hear([], ToneModel(), CONFIG, path, source="night")
    with pytest.raises(DataError, match="another hearing"):
        segmentation.hear([], ToneModel(), HearingConfig(gate_db=9), path, source="day")
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no evidence"),
        (b"RIFF" + bytes(100), "no evidence"),
        (b"VBEV" + (9).to_bytes(4, "little") + bytes(90), "version 9"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "evidence"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        Evidence(path)


def test_a_damaged_header_is_refused(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "evidence"
    path.write_bytes(whole[:40] + b"x" + whole[41:])
    with pytest.raises(DataError, match="damaged"):
        Evidence(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError):
        Evidence(tmp_path / "none")


def test_quiet_parts_are_not_classified(tmp_path: Path) -> None:
    model = ToneModel()
    sound = floor(90)
    place(sound, tone(600, 1.0), 40.0)
    heard = segmentation.hear([sound], model, CONFIG, tmp_path / "evidence")
    logits = heard.read(0, 3)["logits"].reshape(-1, 5)
    classified = np.flatnonzero(~np.isnan(logits[:, 0])) * 0.3
    assert 0 < model.n_rows == len(classified) <= 6
    assert classified.min() > 39.3
    assert classified.max() < 41.0


@pytest.mark.parametrize("n_samples", [0, 1, 159, 3_000, 9_599, 9_600, 480_000, 480_001, 489_600])
def test_any_length_is_heard(tmp_path: Path, n_samples: int) -> None:
    sound = np.resize(recording(10.0), n_samples)
    heard = segmentation.hear([sound], ToneModel(), CONFIG, tmp_path / "evidence")
    assert heard.complete
    assert heard.n_samples == n_samples


def test_other_feature_sets_see_the_same_windows(tmp_path: Path) -> None:
    sound = floor(20)
    place(sound, tone(600, 1.0), 4.0)
    heard = [
        segmentation.hear([sound], model, CONFIG, tmp_path / model.feature_set.name).read(0, 1)
        for model in (ToneModel(), ToneModel(ZeroCrossings()))
    ]
    assert (np.isnan(heard[0]["logits"]) == np.isnan(heard[1]["logits"])).all()
    assert (heard[0]["voicing"] == heard[1]["voicing"]).all()
    assert heard[0]["voicing"][0, 420:480].min() > 200
