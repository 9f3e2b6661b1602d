"""The feature set `embedding` with a small ONNX file: values, identity, and what it refuses."""

import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from vocalbaby import features
from vocalbaby.exception import ConfigError, FeatureSetError, MissingExtraError
from vocalbaby.features.embedding import Embedding, EmbeddingConfig
from vocalbaby.features.embedding.log_mel import patches, scale
from vocalbaby.features.embedding.model_files import VARIABLE, open_model

Sounds = list[NDArray[np.float32]]

CLIP = np.arange(99, dtype=np.float32)


def test_an_embedding_is_the_mean_over_the_patches_of_a_clip(
    onnx_file: EmbeddingConfig, sounds: Sounds
) -> None:
    found = onnx_file.feature_set().extract(sounds)
    assert found.shape == (len(sounds), 64)
    assert found.dtype == np.float32
    for row, clip in zip(found, sounds, strict=True):
        scaled = scale(clip)
        assert scaled is not None
        bands = [patch.mean(axis=0) for patch in patches(scaled)]
        np.testing.assert_allclose(row, np.mean(bands, axis=0), atol=1e-5)


def test_a_row_does_not_depend_on_its_batch_or_thread(
    onnx_file: EmbeddingConfig, sounds: Sounds
) -> None:
    chosen = onnx_file.feature_set()
    together = chosen.extract(sounds)
    backwards = chosen.extract(sounds[::-1])[::-1]
    with ThreadPoolExecutor(4) as pool:
        alone = np.concatenate(list(pool.map(lambda clip: chosen.extract([clip]), sounds)))
    assert together.tobytes() == backwards.tobytes() == alone.tobytes()


def test_silence_is_not_measurable_and_an_empty_batch_has_no_rows(
    onnx_file: EmbeddingConfig, sounds: Sounds
) -> None:
    chosen = onnx_file.feature_set()
    found = chosen.extract([sounds[0], np.zeros(8000, np.float32)])
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
    assert chosen.extract([]).shape == (0, 64)


def test_the_version_changes_with_the_file_and_the_tensor(onnx_file: EmbeddingConfig) -> None:
    chosen = onnx_file.feature_set()
    assert chosen.version.startswith(f"1-{onnx_file.sha256[:12]}-")
    other_tensor = onnx_file.model_copy(update={"output": "sums", "dimensions": 8})
    other_file = onnx_file.model_copy(update={"sha256": "0" * 64})
    versions = {c.feature_set().version for c in (onnx_file, other_tensor, other_file)}
    assert len(versions) == 3
    assert other_tensor.feature_set().extract([CLIP]).shape == (1, 8)


def test_a_record_of_a_bundle_gives_the_same_set(onnx_file: EmbeddingConfig) -> None:
    chosen = features.get("spectral_prosodic+embedding+mfcc", onnx_file)
    columns = [column.name for column in chosen.columns]
    records = features.records(chosen.name, chosen.version, columns, chosen.file)
    assert [len(record.columns) for record in records] == [105, 64, 40]
    assert [record.file for record in records] == [None, chosen.file, None]
    again = features.of_records(records)
    assert (again.name, again.version, again.columns, again.file) == (
        chosen.name,
        chosen.version,
        chosen.columns,
        chosen.file,
    )


@pytest.mark.parametrize(
    "columns",
    [
        [],
        ["f0_mean"],
        ["embedding_0001", "embedding_0000"],
        ["embedding_0001"] * 2,
        ["embedding_1"],
    ],
)
def test_columns_of_no_embedding_are_refused(
    onnx_file: EmbeddingConfig, columns: list[str]
) -> None:
    file = onnx_file.feature_set().file
    with pytest.raises(FeatureSetError, match="not those of an embedding"):
        Embedding.of_columns(file, columns)


@pytest.mark.parametrize(("name", "with_file"), [("embedding", False), ("mfcc", True)])
def test_only_an_embedding_has_a_file(
    onnx_file: EmbeddingConfig, name: str, *, with_file: bool
) -> None:
    (record,) = features.records("mfcc", "1", ["embedding_0000"])
    file = onnx_file.feature_set().file if with_file else None
    record = record.model_copy(update={"name": name, "file": file})
    with pytest.raises(FeatureSetError, match="Only the feature sets 'embedding' and 'ssl'"):
        features.of_records([record])


def test_without_a_named_file_the_error_names_the_setting(
    onnx_file: EmbeddingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(FeatureSetError, match=f"{onnx_file.sha256}, and no file") as caught:
        onnx_file.feature_set().extract([CLIP])
    assert caught.value.hint == f"Set {VARIABLE} to its path."


def test_a_file_with_another_content_is_not_opened(
    onnx_file: EmbeddingConfig, tmp_path: Path
) -> None:
    path = tmp_path / "bands.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(FeatureSetError, match=f"SHA-256 {onnx_file.sha256}; .*bands.onnx has"):
        onnx_file.feature_set().extract([CLIP])


def test_the_right_one_of_several_files_is_found(
    onnx_file: EmbeddingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.tflite"
    other.write_bytes(b"another model")
    monkeypatch.setenv(VARIABLE, f"[{other}, {tmp_path / 'bands.onnx'}]")
    assert np.isfinite(onnx_file.feature_set().extract([CLIP])).all()


def test_a_missing_file_and_an_unknown_key_are_refused(
    onnx_file: EmbeddingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = onnx_file.feature_set()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "absent.onnx"))
    with pytest.raises(FeatureSetError, match=r"absent\.onnx cannot be read: No such file"):
        chosen.extract([CLIP])
    monkeypatch.setenv("VOCALBABY_EMBEDDING__PATH", "x")
    with pytest.raises(ConfigError, match="unknown key 'path'"):
        chosen.extract([CLIP])


@pytest.mark.parametrize(
    ("runtime", "package", "extra"),
    [("onnx", "onnxruntime", "onnx"), ("litert", "ai_edge_litert.interpreter", "litert")],
)
def test_without_its_runtime_the_error_says_what_to_install(
    onnx_file: EmbeddingConfig,
    monkeypatch: pytest.MonkeyPatch,
    runtime: str,
    package: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    config = onnx_file.model_copy(update={"runtime": runtime})
    with pytest.raises(MissingExtraError, match="is not installed") as caught:
        config.feature_set().extract([CLIP])
    assert caught.value.hint == f"pip install 'vocalbaby-core[{extra}]'"


@pytest.mark.parametrize("runtime", ["onnx", "litert"])
def test_a_file_that_is_no_model_is_refused(
    runtime: Literal["onnx", "litert"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"no model")
    monkeypatch.setenv(VARIABLE, str(path))
    config = EmbeddingConfig(sha256=sha256(b"no model").hexdigest(), runtime=runtime)
    with pytest.raises(FeatureSetError, match="cannot be loaded"):
        config.feature_set().extract([CLIP])


def test_an_unknown_output_and_too_many_dimensions_are_refused(
    onnx_file: EmbeddingConfig,
) -> None:
    with pytest.raises(FeatureSetError, match="no output 'absent'") as caught:
        onnx_file.model_copy(update={"output": "absent"}).feature_set().extract([CLIP])
    assert caught.value.hint == "Its outputs are ['bands', 'sums']."
    with pytest.raises(FeatureSetError, match="has 64 values, and dimension 64 is needed"):
        onnx_file.model_copy(update={"dimensions": 65}).feature_set().extract([CLIP])


def test_settings_are_checked() -> None:
    for wrong in ({"sha256": "abc"}, {"runtime": "torch"}, {"dimensions": 0}, {"path": "x"}):
        with pytest.raises(ValidationError):
            EmbeddingConfig.model_validate(wrong)


def test_a_model_is_loaded_once(onnx_file: EmbeddingConfig) -> None:
    file = onnx_file.feature_set().file
    assert open_model(file) is open_model(file.model_copy())
