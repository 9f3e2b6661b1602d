"""The feature set `embedding` with YAMNet's own file."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import features
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding import yamnet
from vocalbaby.features.embedding.litert import LiteRtModel
from vocalbaby.features.embedding.log_mel import patches, scale
from vocalbaby.features.embedding.model_files import VARIABLE, open_model

Sounds = list[NDArray[np.float32]]


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch) -> Path:
    """YAMNet's file, from the setting or from the folder of the recordings."""
    near = Path(__file__).parents[3] / "shared/models/yamnet/yamnet_spectra_in.tflite"
    path = Path(os.environ.get(VARIABLE) or near)
    if not path.is_file():
        pytest.fail(f"YAMNet's file is needed: set {VARIABLE} to its path.")
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_row_does_not_depend_on_its_batch_or_thread(sounds: Sounds) -> None:
    chosen = features.get("embedding")
    together = chosen.extract(sounds)
    assert together.shape == (len(sounds), 478)
    assert np.isfinite(together).all()
    backwards = chosen.extract(sounds[::-1])[::-1]
    with ThreadPoolExecutor(4) as pool:
        alone = np.concatenate(list(pool.map(lambda clip: chosen.extract([clip]), sounds)))
    assert together.tobytes() == backwards.tobytes() == alone.tobytes()


def test_the_columns_are_dimensions_of_the_tensor_before_the_scores(sounds: Sounds) -> None:
    clip = scale(sounds[5])
    assert clip is not None
    model = open_model(yamnet.FILE)
    embeddings = [model.embed(patch) for patch in patches(clip)]
    assert {e.shape for e in embeddings} == {(yamnet.DIMENSIONS,)}
    assert all((e >= 0).all() for e in embeddings)  # it follows a ReLU
    row = features.get("embedding").extract([sounds[5]])[0]
    np.testing.assert_allclose(row, np.mean(embeddings, axis=0)[list(yamnet.USED)], atol=1e-6)


def test_yamnet_hears_a_tone_and_noise_for_what_they_are(file: Path) -> None:
    rng = np.random.default_rng(0)
    t = np.arange(15_600) / 16_000
    names = (file.parent / "yamnet_class_map.csv").read_text("utf-8").splitlines()[1:]
    net = LiteRtModel(file.read_bytes(), output="")
    heard = []
    for wave in (np.sin(2 * np.pi * 440 * t), rng.standard_normal(15_600)):
        scaled = scale(wave.astype(np.float32))
        assert scaled is not None
        (patch,) = patches(scaled)
        heard.append(names[int(net.embed(patch).argmax())].split(",")[-1])
    assert heard == ["Sine wave", "Static"]


def test_an_unknown_tensor_is_refused(file: Path) -> None:
    with pytest.raises(FeatureSetError, match="no tensor 'absent'") as caught:
        LiteRtModel(file.read_bytes(), output="absent")
    assert caught.value.hint == "Its outputs are ['tower0/network/layer32/final_output:0']."
