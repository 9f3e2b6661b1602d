"""The listener: groups of AudioSet's classes, and the files that it refuses."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError, MissingExtraError
from vocalbaby.features.embedding.listener import GROUPS, Listener

Array = NDArray[np.float32]
PATCH = np.zeros((96, 64), np.float32)


class Net:
    def __init__(self, scores: Array) -> None:
        self.values = scores

    def embed(self, patch: Array) -> Array:
        assert patch.shape == (96, 64)
        return self.values


def test_the_highest_score_of_a_group_counts() -> None:
    scores = np.zeros(521, np.float32)
    scores[[20, 22, 24, 200, 520]] = 0.25, 0.5, 0.75, 0.125, 1.0
    found = dict(zip(Listener.groups, Listener(Net(scores), "").scores(PATCH), strict=True))
    wanted = {"cry": 0.5, "singing": 0.75, "music": 0.125}
    assert found == dict.fromkeys(GROUPS, 0.0) | wanted


def test_other_models_are_refused() -> None:
    with pytest.raises(FeatureSetError, match="no 521 scores"):
        Listener(Net(np.zeros(1024, np.float32)), "")
    for wrong in (-0.1, 1.1, np.nan):
        listener = Listener(Net(np.full(521, wrong, np.float32)), "")
        with pytest.raises(FeatureSetError, match="no scores from 0 to 1"):
            listener.scores(PATCH)


@pytest.mark.parametrize(
    ("content", "package", "extra"),
    [
        (b"\x1c\0\0\0TFL3", "ai_edge_litert.interpreter", "litert"),
        (b"\x08\x07onnx", "onnxruntime", "onnx"),
    ],
)
def test_without_the_package_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, package: str, extra: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match="is not installed") as caught:
        Listener.load(path)
    assert caught.value.hint == f"pip install 'vocalbaby-core[{extra}]'"


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureSetError, match="cannot be read: No such file"):
        Listener.load(tmp_path / "none.tflite")
    (tmp_path / "cut.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(50))
    with pytest.raises(FeatureSetError, match="cannot be loaded"):
        Listener.load(tmp_path / "cut.tflite")
