import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from vocalbaby import audio, inference
from vocalbaby.entity.clip import SAMPLE_RATE, Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import (
    DataError,
    DataNotFoundError,
    SilentAudioError,
    UnreadableAudioError,
    VocalBabyError,
)
from vocalbaby.inference import Predictor


@pytest.fixture(scope="module")
def model(toy_bundle: Path) -> Predictor:
    return inference.load(toy_bundle)


@pytest.fixture
def paths(tones: list[Clip], tmp_path: Path) -> list[Path]:
    """Twenty good files: more than one batch."""
    found = []
    for clip in tones[:20]:
        found.append(tmp_path / clip.name)
        audio.write_wav(found[-1], clip.samples, SAMPLE_RATE)
    return found


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "notes.wav"
    path.write_text("These are notes.", encoding="utf-8")
    return path


@pytest.fixture
def arrays(tones: list[Clip]) -> list[NDArray[np.float32]]:
    return [clip.samples for clip in tones[:3]]


def test_paths_give_one_prediction_each_in_order(model: Predictor, paths: list[Path]) -> None:
    found = inference.predict(paths, model=model)
    assert found == model.predict([audio.load(path) for path in paths])
    assert [prediction.name for prediction in found] == [path.name for path in paths]
    assert inference.predict(paths[::-1], model=model) == found[::-1]


def test_a_single_path_or_array_gives_a_list_of_one(
    model: Predictor, paths: list[Path], arrays: list[NDArray[np.float32]]
) -> None:
    (expected,) = inference.predict(paths[:1], model=model)
    assert inference.predict(paths[0], model=model) == [expected]
    assert inference.predict(str(paths[0]), model=model) == [expected]
    (found,) = inference.predict(arrays[0], sample_rate=SAMPLE_RATE, model=model)
    assert (found.name, found.probabilities) == ("array_0", expected.probabilities)


def test_arrays_take_the_same_path_as_files(
    model: Predictor, tones: list[Clip], arrays: list[NDArray[np.float32]]
) -> None:
    found = inference.predict(arrays, sample_rate=SAMPLE_RATE, model=model)
    expected = model.predict(tones[:3])
    assert [p.probabilities for p in found] == [p.probabilities for p in expected]
    high = inference.predict(np.repeat(arrays[0], 2), sample_rate=2 * SAMPLE_RATE, model=model)
    assert high[0].duration_s == 0.5


def test_rejects_arrays_with_one_row_per_channel(
    model: Predictor, arrays: list[NDArray[np.float32]]
) -> None:
    stereo = np.stack([arrays[0], arrays[0]])
    with pytest.raises(UnreadableAudioError, match="one column per channel"):
        inference.predict(stereo, sample_rate=SAMPLE_RATE, model=model)


def test_rejects_a_list_of_numbers(model: Predictor) -> None:
    with pytest.raises(VocalBabyError, match=r"0\.5 is not a path"):
        inference.predict([0.5, 0.25], model=model)  # type: ignore[arg-type] # refused


def test_no_input_gives_no_prediction(model: Predictor) -> None:
    assert inference.predict([], model=model) == []
    assert inference.predict([], sample_rate=SAMPLE_RATE, model=model) == []


def test_the_first_unusable_input_is_raised(model: Predictor, paths: list[Path], bad: Path) -> None:
    with pytest.raises(UnreadableAudioError):
        inference.predict([*paths, bad], model=model)
    missing_first: list[str | Path] = ["nowhere.wav", bad]
    with pytest.raises(DataNotFoundError):
        inference.predict(missing_first, model=model)


def test_returned_errors_stand_among_the_predictions(
    model: Predictor, paths: list[Path], bad: Path, arrays: list[NDArray[np.float32]]
) -> None:
    inputs: list[str | Path] = [bad, *paths, "nowhere.wav"]
    found = inference.predict(inputs, model=model, errors="return")
    assert isinstance(found[0], UnreadableAudioError)
    assert isinstance(found[-1], DataNotFoundError)
    assert found[1:-1] == inference.predict(paths, model=model)
    silent, good = inference.predict(
        [0 * arrays[0], arrays[1]], sample_rate=SAMPLE_RATE, model=model, errors="return"
    )
    assert isinstance(silent, SilentAudioError)
    assert isinstance(good, Prediction)


def test_sample_rate_belongs_to_arrays(
    model: Predictor, paths: list[Path], arrays: list[NDArray[np.float32]]
) -> None:
    with pytest.raises(TypeError, match="sample_rate"):
        inference.predict(arrays, model=model)
    with pytest.raises(TypeError, match="sample_rate"):
        inference.predict(paths, sample_rate=SAMPLE_RATE, model=model)
    table = pd.DataFrame({"path": paths})
    with pytest.raises(TypeError, match="sample_rate"):
        inference.predict(table, sample_rate=SAMPLE_RATE, model=model)  # type: ignore[call-overload] # refused


def test_rejects_an_unknown_way_to_handle_errors(model: Predictor, bad: Path) -> None:
    with pytest.raises(ValueError, match="'ignore'"):
        inference.predict(bad, errors="ignore", model=model)  # type: ignore[call-overload] # refused


def test_a_table_gives_a_table_with_the_same_index(
    model: Predictor, paths: list[Path], bad: Path
) -> None:
    names = [paths[0], bad, paths[1], float("nan")]
    table = pd.DataFrame({"path": names, "age": 1}, index=["a", "b", "a", "d"])
    found = inference.predict(table, model=model)
    expected = inference.predict(paths[:2], model=model)
    assert list(found.index) == ["a", "b", "a", "d"]
    assert list(found.columns) == [
        "label",
        *(f"p_{name}" for name in CLASSES),
        "duration_s",
        "model_version",
        "warnings",
        "error",
    ]
    good = found.iloc[[0, 2]]
    assert list(good["p_Crying"]) == [p.probabilities["Crying"] for p in expected]
    assert [None if pd.isna(label) else label for label in good["label"]] == [
        p.label for p in expected
    ]
    assert list(good["error"]) == ["", ""]
    refused = found.iloc[[1, 3]]
    assert refused["label"].isna().all()
    assert refused["p_Junk"].isna().all()
    assert refused["error"].str.contains("audio_unreadable|data_not_found").all()
    with pytest.raises(UnreadableAudioError):
        inference.predict(table, model=model, errors="raise")


def test_paths_of_a_table_are_relative_to_the_root(model: Predictor, paths: list[Path]) -> None:
    table = pd.DataFrame({"path": [path.name for path in paths]})
    found = inference.predict(table, model=model, root=paths[0].parent)
    assert (found["error"] == "").all()
    empty = inference.predict(table.iloc[:0], model=model)
    assert (len(empty), list(empty.columns)) == (0, list(found.columns))


def test_a_table_without_paths_is_refused(model: Predictor) -> None:
    with pytest.raises(DataError, match="no column 'path'"):
        inference.predict(pd.DataFrame({"file": ["a.wav"]}), model=model)


def test_a_model_can_be_a_path_or_the_built_in_one(toy_bundle: Path, paths: list[Path]) -> None:
    (of_path,) = inference.predict(paths[0], model=toy_bundle)
    (built_in,) = inference.predict(paths[0])
    assert of_path.model_version.startswith("toy-")
    assert built_in.model_version == inference.load().manifest.version


def test_importing_the_interface_loads_no_heavy_library_and_reads_no_file() -> None:
    code = "import sys; from vocalbaby import inference; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    ).stdout.split()
    heavy = {"pandas", "xgboost", "sklearn", "scipy", "pyarrow", "librosa", "matplotlib", "boto3"}
    assert heavy.isdisjoint(loaded)
    assert "vocalbaby.inference.prediction" in loaded
