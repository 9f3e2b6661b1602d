"""Folders of speech in benchmarks/transfer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.transfer import evaluation
from benchmarks.transfer.recordings import speech_sets
from vocalbaby.audio import wav_bytes
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import DataNotFoundError

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32)


def write_wav(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(NOISE, SAMPLE_RATE, encoding="pcm16"))


def test_a_folder_of_audio_files_is_one_set_of_speech(tmp_path: Path) -> None:
    write_wav(tmp_path / "anna" / "one.wav")
    write_wav(tmp_path / "ben" / "two.wav")
    (found,) = speech_sets(tmp_path).items()
    assert found[0] == tmp_path.name
    assert [record.child_ID for record in found[1]] == ["anna", "ben"]


def test_a_folder_without_audio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match="no audio file"):
        speech_sets(tmp_path)


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A corpus of speech with two corpora and two kinds."""
    lines = ["clip_ID,child_ID,Answer,corpus,note"]
    for corpus, note in (("train", "adult"), ("new", "adult"), ("new", "child"), ("new", "")):
        name = f"{corpus}{note}.wav"
        write_wav(tmp_path / "clips" / name)
        data = (tmp_path / "clips" / name).read_bytes()
        # Clips of one content would be rejected as duplicates.
        (tmp_path / "clips" / name).write_bytes(data[:-2] + bytes([len(lines), 0]))
        lines.append(f"{name},{corpus}-{note},Junk,{corpus},{note}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_a_corpus_of_speech_has_a_set_for_each_corpus_and_kind(spoken: Path) -> None:
    names = {name: [r.clip_ID for r in records] for name, records in speech_sets(spoken).items()}
    assert names == {
        "train, adult": ["trainadult.wav"],
        "new, adult": ["newadult.wav"],
        "new, child": ["newchild.wav"],
        "new": ["new.wav"],
    }


def test_speech_that_the_recipe_has_is_not_measured(
    spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Known:
        corpora = frozenset({"train"})
        train = devel = None

        def fit(self, tables: object) -> str:
            return "model"

        def extract(self, records: list[Any]) -> list[Any]:
            return records

    monkeypatch.setattr(evaluation, "predict_table", lambda model, records: (model, len(records)))
    found, remarks = evaluation.speech_predictions(Known(), [spoken])  # type: ignore[arg-type]
    assert found == {"new, adult": ("model", 1), "new, child": ("model", 1), "new": ("model", 1)}
    assert remarks == ["train: not measured, as the recipe has it."]
