"""The default model, and windows made of its reference sample."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby import inference
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.drift.config import DriftConfig
from vocalbaby.monitoring.drift.sample import (
    ABSTAINED,
    Sample,
    predict_from_features,
    reference_sample,
)
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.monitoring.prediction_log import LoggedModel, Record
from vocalbaby.monitoring.prediction_log.writer import Writer


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return inference.load()


@pytest.fixture(scope="session")
def reference(predictor: Predictor) -> Sample:
    return reference_sample(predictor)[0]


@pytest.fixture(scope="session")
def config() -> DriftConfig:
    """Settings with few resamples and few figures, so that tests are fast."""
    return DriftConfig.model_validate({"score": {"resamples": 20}, "report": {"columns": 2}})


@pytest.fixture
def values(reference: Sample) -> NDArray[np.float64]:
    """200 rows of the reference with a little noise; a test may change them."""
    rng = np.random.default_rng(3)
    rows = reference.values[rng.choice(len(reference), 200, replace=False)]
    blurred: NDArray[np.float64] = rows + 0.05 * rng.standard_normal(rows.shape) * np.nanstd(
        reference.values, axis=0
    )
    return blurred


@pytest.fixture
def window(values: NDArray[np.float64], predictor: Predictor) -> Window:
    """A window without drift."""
    names = np.array([f"request-{i // 2}" for i in range(len(values))])
    return Window(predictor.manifest.columns, values, names)


@pytest.fixture
def began() -> datetime:
    """Time of the first row of a log."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def write_log(predictor: Predictor, began: datetime) -> Callable[..., None]:
    """Writes one row per minute, with the classes in another order than the model's."""

    def write(folder: Path, window: Window, version: str = "") -> None:
        manifest = predictor.manifest
        model = LoggedModel(
            version or manifest.version,
            manifest.feature_set,
            manifest.feature_set_version,
            manifest.columns,
            manifest.classes[::-1],
        )
        predictions = predict_from_features(predictor, window.values)
        folder.mkdir(exist_ok=True)
        writer = Writer(folder, max_bytes=1 << 20)
        for minute, row in enumerate(window.values.astype(np.float32)):
            label = predictions.labels[minute]
            probabilities = dict(
                zip(manifest.classes, predictions.probabilities[minute], strict=True)
            )
            record = Record(
                time_ns=int((began + timedelta(minutes=minute)).timestamp()) * 10**9,
                request_id=f"request-{minute // 2}",
                model=model,
                features=row,
                label=None if label == ABSTAINED else label,
                probabilities=probabilities,
                duration_s=0.4,
                warnings=(),
            )
            assert not writer.write([record])
        writer.close()

    return write
