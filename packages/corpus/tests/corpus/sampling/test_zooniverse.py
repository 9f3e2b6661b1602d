"""Chunks for Zooniverse, and what its export says about them."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from vocalbaby import audio
from vocalbaby.corpus.sampling.classifications import as_timelines, read_classifications
from vocalbaby.corpus.sampling.manifest import SampledStretch
from vocalbaby.corpus.sampling.zooniverse import chunks_of, write_chunks
from vocalbaby.exception import ConfigError, DataError, DataNotFoundError

RATE = 16_000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 10 * RATE).astype(np.float32)
SAMPLE = (
    SampledStretch("r1-1", "c1/day1", 2.0, 2.3),
    SampledStretch("r1-2", "c1/day1", 5.1, 6.4),
    SampledStretch("r1-3", "c1/day1", 0.05, 0.15),
)
NOW = datetime(2024, 5, 31, 9, 30, tzinfo=UTC)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """The folder of an upload."""
    audio.write_wav(tmp_path / "day1.wav", NOISE, RATE)
    files = {"c1/day1": tmp_path / "day1.wav"}
    assert not write_chunks(
        SAMPLE, files, tmp_path / "up", sound_format="wav", seed=3, now=NOW, keyword="lab"
    )
    return tmp_path / "up"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((2.0, 2.3), [(1900, 2400)]),
        ((5.1, 6.4), [(5000, 5500), (5500, 6000), (6000, 6500)]),
        ((3.0, 3.5), [(3000, 3500)]),
        ((0.05, 0.15), [(0, 500)]),  # ChildProject leaves it out
    ],
)
def test_chunks_extend_beyond_both_ends_equally(
    times: tuple[float, float], expected: list[tuple[int, int]]
) -> None:
    chunks = chunks_of(SampledStretch("r1-1", "day1", *times))
    assert [(c.onset_ms, c.offset_ms) for c in chunks] == expected


def test_more_chunks_than_needed_can_be_requested() -> None:
    chunks = chunks_of(SampledStretch("r1-1", "day1", 2.0, 2.3), fewest=3)
    assert [(c.onset_ms, c.offset_ms) for c in chunks] == [(1400, 1900), (1900, 2400), (2400, 2900)]
    with pytest.raises(ConfigError):
        chunks_of(SAMPLE[0], 0)


def test_every_chunk_has_its_sound_with_faded_ends(upload: Path) -> None:
    for row in rows(upload / "chunks.csv"):
        samples = audio.load(upload / "chunks" / row["wav"]).samples
        begin = int(row["onset"]) * RATE // 1000
        assert len(samples) == RATE // 2
        inner = slice(200, -200)
        assert samples[inner] == pytest.approx(NOISE[begin : begin + RATE // 2][inner], abs=1e-4)
        assert abs(samples[[0, -1]]).max() == 0


def test_the_table_of_the_laboratory_has_the_columns_of_childproject(upload: Path) -> None:
    table = rows(upload / "chunks.csv")
    assert len(table) == 5
    assert " ".join(list(table[0])[:14]) == (
        "index recording_filename onset offset segment_onset segment_offset wav mp3 "
        "date_extracted uploaded project_id subject_set zooniverse_id keyword"
    )
    assert {row["date_extracted"] for row in table} == {"2024-05-31 09:30:00"}
    own = {(r["sample_id"], int(r["onset"])) for r in table}
    assert own == {("r1-1", 1900), ("r1-2", 5000), ("r1-2", 5500), ("r1-2", 6000), ("r1-3", 0)}
    assert [r["index"] for r in table] == list("01234")


def test_what_is_uploaded_does_not_name_recordings_or_times(upload: Path) -> None:
    subjects = (upload / "subjects.csv").read_text("utf-8")
    assert "day1" not in subjects
    assert subjects.splitlines()[0] == "chunk_id,file"
    assert sorted(r["file"] for r in rows(upload / "subjects.csv")) == [
        f"chunks/chunk_00000{i}.wav" for i in range(5)
    ]
    assert sorted(p.name for p in (upload / "chunks").iterdir()) == [
        f"chunk_00000{i}.wav" for i in range(5)
    ]


def test_chunks_of_a_stretch_are_not_numbered_one_after_another(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "day1.wav", NOISE, RATE)
    whole = SampledStretch("r1-1", "day1", 0.0, 10.0)
    write_chunks([whole], {"day1": tmp_path / "day1.wav"}, tmp_path / "up", sound_format="wav")
    onsets = [int(row["onset"]) for row in rows(tmp_path / "up" / "chunks.csv")]
    assert sorted(onsets) == list(range(0, 10_000, 500))
    assert onsets != sorted(onsets)


def test_mp3_is_sound_that_is_read_again(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE).astype(np.float32)
    audio.write_wav(tmp_path / "day1.wav", tone, RATE)
    stretch = SampledStretch("r1-1", "day1", 0.5, 1.0)
    write_chunks([stretch], {"day1": tmp_path / "day1.wav"}, tmp_path / "up")
    samples = audio.load(tmp_path / "up" / "chunks" / "chunk_000000.mp3").samples
    assert len(samples) / RATE == pytest.approx(0.5, abs=0.1)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * RATE / len(samples) == pytest.approx(440, abs=5)


def test_a_missing_recording_is_reported(tmp_path: Path) -> None:
    failed = write_chunks(SAMPLE, {}, tmp_path / "up", sound_format="wav")
    assert [name for name, _ in failed] == ["r1-1", "r1-2", "r1-3"]


def export(path: Path, votes: Sequence[tuple[str, str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["classification_id", "user_name", "annotations", "subject_data"])
        for number, (user, chunk, answer) in enumerate(votes):
            tasks = [{"task": "T0", "task_label": "What is it?", "value": answer}]
            subject = {str(100 + number): {"retired": None, "chunk_id": chunk}}
            table.writerow([number, user, json.dumps(tasks), json.dumps(subject)])
    return path


def test_votes_on_all_chunks_of_a_stretch_are_counted(upload: Path, tmp_path: Path) -> None:
    names = {(r["sample_id"], r["onset"]): r["chunk_id"] for r in rows(upload / "chunks.csv")}
    a, b = names["r1-2", "5000"], names["r1-2", "6000"]
    path = export(
        tmp_path / "export.csv",
        [
            ("ann", a, "Crying"),
            ("bob", a, "Non-canonical"),
            ("bob", a, "crying"),  # changed
            ("ann", b, "Junk"),
            ("cem", b, "Crying"),
            ("ann", names["r1-1", "1900"], "Canonical"),
            ("bob", names["r1-1", "1900"], "Non-Canonical"),
            ("bob", "chunk_999999", "Junk"),
            ("bob", b, "Teenager"),
        ],
    )
    classified, skipped = read_classifications(path, upload / "chunks.csv")
    assert skipped == {"repeated": 1, "other chunk": 1, "no class": 1}
    first, second, third = classified
    assert (first.label, first.agreement) == (None, 0.5)  # a tie
    assert (second.label, second.agreement, second.chunks) == ("Crying", 0.75, 2)
    assert second.votes == {"Crying": 3, "Junk": 1}
    assert (third.label, third.votes) == (None, {})
    (day,) = as_timelines(classified)
    assert day.recording_id == "c1/day1"
    assert [(s.onset_s, s.offset_s, s.label) for s in day.segments] == [(5.1, 6.4, "Crying")]
    assert as_timelines(classified, 0.8) == ()


def test_damaged_exports_are_refused(upload: Path, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("annotations,subject_data\n{,{}\n")
    with pytest.raises(DataError, match="row 2 is damaged"):
        read_classifications(path, upload / "chunks.csv")
    with pytest.raises(DataNotFoundError):
        read_classifications(tmp_path / "none.csv", upload / "chunks.csv")
