"""Fixtures of several packages: a small model bundle, an ONNX file, and an S3 bucket."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import numpy as np
import onnx
import pytest
import xgboost as xgb
from moto import mock_aws
from onnx import TensorProto, helper, numpy_helper

from vocalbaby import features
from vocalbaby.bundle.files import read_bundle
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.entity.bundle import Calibration
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.features.embedding import EmbeddingConfig
from vocalbaby.features.embedding.model_files import VARIABLE, open_model
from vocalbaby.models.forest import KIND, PART


def tone(label: int, seed: int) -> Clip:
    """Half a second of a noisy harmonic tone whose F0 depends on the class."""
    rng = np.random.default_rng([label, seed])
    t = np.arange(8000) / 16000
    f0 = 200 * 1.6**label * rng.uniform(0.97, 1.03)
    wave = sum(np.sin(2 * np.pi * f0 * k * t) / k for k in range(1, 5))
    samples = (0.1 * wave + 0.01 * rng.standard_normal(len(t))).astype(np.float32)
    return Clip(name=f"{CLASSES[label]}_{seed}.wav", samples=samples, duration_s=0.5)


@pytest.fixture(scope="session")
def tones() -> list[Clip]:
    """Eight clips of each class, which the toy model has not seen."""
    return [tone(label, 100 + seed) for label in range(5) for seed in range(8)]


@pytest.fixture(scope="session")
def toy_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a bundle that distinguishes the tones; tests must not change it."""
    return write_toy(tmp_path_factory.mktemp("toy") / "bundle", "mfcc")


@pytest.fixture(scope="session")
def bundle_of_two_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the features of two sets side by side."""
    return write_toy(tmp_path_factory.mktemp("two") / "bundle", "spectral_prosodic+mfcc")


def write_toy(folder: Path, feature_set: str) -> Path:
    """Train a small model on tones with these features, and write its bundle."""
    chosen = features.get(feature_set)
    y = np.repeat(np.arange(5), 20)
    x = chosen.extract([tone(label, seed).samples for seed, label in enumerate(y.tolist())])
    settings = {"objective": "multi:softprob", "num_class": 5, "max_depth": 2, "nthread": 1}
    booster = xgb.train(settings, xgb.QuantileDMatrix(x, label=y, nthread=1), 20)
    x = np.nan_to_num(x)
    center = np.median(x, axis=0)
    calibration = Calibration(
        temperature=0.8,
        bias=(0.0, 0.1, 0.0, -0.1, 0.0),
        abstain_below=0.4,
        novelty_center=tuple(center.tolist()),
        novelty_scale=tuple((x.std(axis=0) + 1e-3).tolist()),
        novelty_components=(),
        novelty_variances=(float(x.shape[1]),),
        novelty_threshold=1.6,
        missing_limit=0.5,
    )
    content = BundleContent(
        name="toy",
        kind=KIND,
        parts={PART: bytes(booster.save_raw("json"))},
        feature_sets=features.records(
            chosen.name, chosen.version, [column.name for column in chosen.columns]
        ),
        training_data_sha256="0" * 64,
        code_version="0",
        metrics={"uar": 0.5},
        calibration=calibration,
        reference=b"PAR1PAR1",
    )
    write_bundle(folder, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder


@pytest.fixture(scope="session")
def second(toy_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another version of the toy model."""
    content = replace(
        BundleContent.of(read_bundle(toy_bundle)), training_data_sha256="2" * 64, metrics={}
    )
    folder = tmp_path_factory.mktemp("second") / "bundle"
    write_bundle(folder, content, card=lambda manifest: manifest.version)
    return folder


def onnx_model() -> bytes:
    """An ONNX model with two outputs: the mean of each band, and eight sums of bands."""
    weights = np.random.default_rng(0).uniform(-1, 1, (64, 8)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["patch"], ["bands"], axes=[1], keepdims=0),
            helper.make_node("MatMul", ["bands", "weights"], ["sums"]),
        ],
        "bands",
        [helper.make_tensor_value_info("patch", TensorProto.FLOAT, ["batch", 96, 64])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])
            for name, width in (("bands", 64), ("sums", 8))
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = [helper.make_opsetid("", 13)]
    model: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    onnx.checker.check_model(model)
    return model


@pytest.fixture
def onnx_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddingConfig:
    """Settings for the file of `onnx_model`, which `VARIABLE` names."""
    path = tmp_path / "bands.onnx"
    path.write_bytes(onnx_model())
    monkeypatch.setenv(VARIABLE, str(path))
    open_model.cache_clear()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return EmbeddingConfig(sha256=digest, runtime="onnx", output="bands", dimensions=64)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Name of a bucket that lives in this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with mock_aws():
            boto3.client("s3").create_bucket(Bucket="models-bucket")
            yield "models-bucket"
