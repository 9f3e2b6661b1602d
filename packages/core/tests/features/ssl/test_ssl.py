"""The feature set `ssl`, with a stand-in for PyTorch and transformers.

scripts/test_ssl.sh runs the tests of the real libraries with small random models.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from vocalbaby import features
from vocalbaby.exception import FeatureSetError, MissingExtraError
from vocalbaby.features import ssl
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.features.ssl import VARIABLE, Ssl, SslConfig
from vocalbaby.features.ssl.model_files import Description, describe

CLIP = np.sin(np.arange(8000, dtype=np.float32))


class Tensor(np.ndarray):
    def numpy(self) -> NDArray[np.float32]:
        return np.asarray(self)


class Model:
    """Frames of 320 samples; layer k has their first four samples times k + 1."""

    missing: tuple[str, ...] = ("hubert.masked_spec_embed",)

    def __init__(self) -> None:
        self.encoder = SimpleNamespace(layers=[0, 1, 2])
        self.lengths: list[int] = []

    def float(self) -> "Model":
        return self

    def eval(self) -> "Model":
        return self

    def __call__(self, signal: Tensor, *, output_hidden_states: bool) -> SimpleNamespace:
        self.lengths.append(signal.shape[1])
        n = max(1, (signal.shape[1] - 80) // 320)
        frames = signal[:, : n * 320].reshape(1, n, -1)[:, :, :4]
        states = [frames * (k + 1) for k in range(len(self.encoder.layers) + 1)]
        hidden = states if output_hidden_states else None
        return SimpleNamespace(last_hidden_state=states[-1], hidden_states=hidden)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Model]]:
    made: list[Model] = []

    def load(path: str, **options: object) -> tuple[Model, dict[str, Any]]:
        assert Path(path).is_dir()
        assert options["trust_remote_code"] is False
        assert options["use_safetensors"] is options["local_files_only"] is True
        made.append(Model())
        return made[-1], {"missing_keys": set(Model.missing), "mismatched_keys": set()}

    torch = SimpleNamespace(
        set_num_threads=lambda n: None,
        inference_mode=nullcontext,
        from_numpy=lambda array: array.view(Tensor),
    )
    quiet = SimpleNamespace(logging=SimpleNamespace(disable_progress_bar=lambda: None))
    transformers = SimpleNamespace(AutoModel=SimpleNamespace(from_pretrained=load), utils=quiet)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    ssl._encoder.cache_clear()
    yield made
    ssl._encoder.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "hubert"
    path.mkdir()
    config = {"model_type": "hubert", "hidden_size": 4, "num_hidden_layers": 3}
    (path / "config.json").write_text(json.dumps(config))
    (path / "model.safetensors").write_bytes(b"weights")
    return path


def test_a_row_is_pooled_over_the_frames_of_a_layer(models: list[Model], folder: Path) -> None:
    scaled = (CLIP - CLIP.mean(dtype=float)) / np.sqrt(CLIP.var(dtype=float) + 1e-7)
    frames = scaled[: 24 * 320].reshape(24, 320)[:, :4]
    for layer, factor in ((None, 4), (3, 4), (1, 2), (0, 1)):
        for pooling, wanted in (
            ("mean", frames.mean(0)),
            ("max", frames.max(0)),
            ("mean_std", np.concatenate([frames.mean(0), frames.std(0)])),
        ):
            settings = {"model": str(folder), "layer": layer, "pooling": pooling}
            config = SslConfig.model_validate(settings)

            found = config.feature_set().extract([CLIP])
            np.testing.assert_allclose(found[0], factor * wanted, rtol=1e-4, atol=1e-5)
    assert len(models) == 3  # one per layer
    assert [len(model.encoder.layers) for model in models] == [3, 2, 1]


def test_clips_are_evaluated_alone_and_long_ones_in_pieces(
    models: list[Model], folder: Path
) -> None:
    chosen = SslConfig(model=str(folder), pooling="mean_std").feature_set()
    clips = [CLIP, CLIP[:100], np.zeros(800, np.float32), np.tile(CLIP, 130)]
    found = chosen.extract(clips)
    assert models[0].lengths == [8000, 400, 346_667, 346_667, 346_666]
    assert np.isfinite(found[[0, 3]]).all()
    assert np.isfinite(found[1, :4]).all()
    assert np.isnan(found[1, 4:]).all()  # one frame has no standard deviation
    assert np.isnan(found[2]).all()
    assert found[::-1].tobytes() == chosen.extract(clips[::-1]).tobytes()


def test_a_clip_is_not_normalised_where_the_model_does_not_expect_it(
    models: list[Model], folder: Path
) -> None:
    (folder / "preprocessor_config.json").write_text('{"do_normalize": false}')
    found = SslConfig(model=str(folder), layer=0, pooling="max").feature_set().extract([CLIP])
    assert found[0, 0] == CLIP[: 24 * 320 : 320].max()
    (folder / "preprocessor_config.json").write_text('{"sampling_rate": 8000}')
    with pytest.raises(FeatureSetError, match="expects 8000 Hz"):
        describe(folder)


def test_a_bundle_demands_the_same_model(
    models: list[Model], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = SslConfig(model=str(folder), layer=2, pooling="mean_std")
    yamnet = EmbeddingConfig(dimensions=3)
    chosen = features.get("ssl+embedding+mfcc", yamnet, ssl=config)
    columns = [column.name for column in chosen.columns]
    records = features.records(chosen.name, chosen.version, columns, chosen.file)
    widths = [8, len(yamnet.feature_set().columns), 40]
    assert [len(record.columns) for record in records] == widths
    (record, other, _) = records
    assert other.file == yamnet.feature_set().file
    assert record.file is not None
    assert (record.file.runtime, record.file.output) == ("transformers", "layer2/mean_std")
    again = features.of_records(records)
    assert (again.name, again.version, again.columns, again.file) == (
        *(chosen.name, chosen.version, chosen.columns, chosen.file),
    )
    alone = features.of_records([record])
    with pytest.raises(FeatureSetError, match="none is named") as caught:
        alone.extract([CLIP])
    assert VARIABLE in str(caught.value.hint)
    different = tmp_path / "different"
    different.mkdir()
    for file in folder.iterdir():
        (different / file.name).write_bytes(file.read_bytes())
    (different / "model.safetensors").write_bytes(b"WEIGHTS")
    monkeypatch.setenv(VARIABLE, f"[{different}]")
    with pytest.raises(FeatureSetError, match=f"checksum {record.file.sha256}; .*different has"):
        alone.extract([CLIP])
    monkeypatch.setenv(VARIABLE, f"[{different}, {folder}]")
    assert alone.extract([CLIP]).tobytes() == config.feature_set().extract([CLIP]).tobytes()
    with pytest.raises(FeatureSetError, match="has a model file for transformers"):
        features.of_records([record.model_copy(update={"name": "embedding"})])


def test_the_version_changes_with_model_layer_and_pooling(folder: Path) -> None:
    one = SslConfig(model=str(folder))
    configs = [one, *(one.model_copy(update=u) for u in ({"layer": 1}, {"pooling": "max"}))]
    versions = {config.feature_set().version for config in configs}
    (folder / "model.safetensors").write_bytes(b"other weights")
    versions.add(one.feature_set().version)
    assert len(versions) == 4
    with pytest.raises(FeatureSetError, match=r"3 layers, and ssl\.layer is 4"):
        one.model_copy(update={"layer": 4}).feature_set()


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "model.pt"])
def test_pickled_weights_are_refused(folder: Path, weights: str) -> None:
    (folder / "model.safetensors").rename(folder / weights)
    with pytest.raises(FeatureSetError, match="pickled ones, which could run code") as caught:
        SslConfig(model=str(folder)).feature_set()
    assert "save_pretrained" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[]", "not a JSON object"),
        ("{", "not valid JSON"),
        ('{"model_type": "whisper", "hidden_size": 4, "num_hidden_layers": 2}', "model_type"),
        ('{"model_type": "hubert", "hidden_size": 0, "num_hidden_layers": 2}', "hidden_size"),
        (" " * 2**20 + "{}", "more than 1048576 bytes"),
    ],
)
def test_invalid_settings_of_a_model_are_refused(folder: Path, config: str, message: str) -> None:
    (folder / "config.json").write_text(config)
    with pytest.raises(FeatureSetError, match=message):
        describe(folder)


def test_incomplete_weights_are_refused(
    models: list[Model], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "missing", ("encoder.layers.0.weight",))
    with pytest.raises(FeatureSetError, match=r"not complete: encoder\.layers\.0\.weight"):
        SslConfig(model=str(folder)).feature_set().extract([CLIP])
    assert len(models) == 1


def test_columns_of_another_pooling_are_refused(folder: Path) -> None:
    file = SslConfig(model=str(folder), pooling="max").feature_set().file
    assert file is not None
    for columns in ([], ["ssl_mean_0000"], ["ssl_max_0001"], ["ssl_max_0000"] * 2):
        with pytest.raises(FeatureSetError, match="not those of the pooling 'max'"):
            Ssl.of_columns(file, columns)
    with pytest.raises(FeatureSetError, match="no layer and pooling"):
        Ssl.of_columns(file.model_copy(update={"output": "layer1"}), ["ssl_max_0000"])


def test_a_missing_model_and_invalid_settings_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FeatureSetError, match="There is no speech model"):
        SslConfig(model=str(tmp_path / "none")).feature_set()
    for wrong in ({"layer": -1}, {"pooling": "median"}, {"path": "x"}, {"model": ""}):
        with pytest.raises(ValidationError):
            SslConfig.model_validate(wrong)
    assert Description(model_type="wav2vec2", hidden_size=1, num_hidden_layers=1).shortest == 400


def test_without_torch_the_error_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssl._encoder.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="not installed") as caught:
        SslConfig(model=str(folder)).feature_set().extract([])
    assert caught.value.hint == "pip install 'vocalbaby-core[ssl]'"
