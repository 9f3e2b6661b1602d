"""A predictor without a model, and recordings without files."""

import contextlib
import io
import json
import os
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from vocalbaby.api import app as app_module
from vocalbaby.api.settings import ENV_PREFIX, Settings
from vocalbaby.entity.bundle import (
    BundleManifest,
    Calibration,
    FeatureSetRecord,
    ModelBundle,
    Provenance,
)
from vocalbaby.entity.clip import Clip, ClipWarning
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import NotReadyError

VERSION = "fake-1"
#: How long the predictor takes for clips of these names.
SECONDS = {"slow": 0.5, "brief": 0.04}


class FakePredictor:
    """Classifies clips by their length: the label's probability is the duration in seconds.

    It abstains for clips shorter than 0.1 s. Clips with some names take longer, or have a label
    set.
    ``before`` is called with the clips' names first.
    """

    def __init__(self, before: Callable[[list[str]], object] = lambda names: None) -> None:
        self.before = before
        self.seen: list[str] = []
        manifest = BundleManifest(
            format=2,
            name="fake",
            version=VERSION,
            kind="fake",
            classes=CLASSES,
            feature_sets=(FeatureSetRecord(name="none", version="1", columns=("a",)),),
            parts={},
            provenance=Provenance(
                training_data_sha256="0" * 64, code_version="0", created="2024-01-01T00:00:00Z"
            ),
            metrics={"uar": 0.5},
        )
        calibration = Calibration(
            temperature=1.0,
            bias=(0.0,) * len(CLASSES),
            abstain_below=0.3,
            novelty_center=(0.0,),
            novelty_scale=(1.0,),
            novelty_components=((1.0,),),
            novelty_variances=(1.0, 1.0),
            novelty_threshold=1.0,
        )
        self.bundle = ModelBundle(manifest, {}, calibration, b"", "# A card\n")

    def predict(self, clips: Sequence[Clip]) -> list[Prediction]:
        return self.predict_from_features(clips, self.extract(clips))

    def extract(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        return np.array([[clip.duration_s] for clip in clips], np.float32)

    def predict_from_features(
        self, clips: Sequence[Clip], x: NDArray[np.float32]
    ) -> list[Prediction]:
        self.before([clip.name for clip in clips])
        time.sleep(sum(SECONDS.get(clip.name, 0.0) for clip in clips))
        self.seen += [clip.name for clip in clips]
        return [self._one(clip) for clip in clips]

    def _one(self, clip: Clip) -> Prediction:
        share = min(clip.duration_s, 1.0)
        abstain = clip.duration_s < 0.1
        return Prediction(
            clip.name,
            None if abstain else "Crying",
            {label: share if label == "Crying" else (1 - share) / 4 for label in CLASSES},
            clip.duration_s,
            VERSION,
            clip.warnings + ((ClipWarning("not_confident", "Too short."),) if abstain else ()),
            label_set=("Crying", "Junk") if clip.name == "sets.wav" else None,
        )


def wav_bytes(seconds: float, rate: int = 16_000, channels: int = 1) -> bytes:
    """A tone of 440 Hz as 16-bit WAV."""
    t = np.arange(round(seconds * rate)) / rate
    tone = (8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(tone, channels).tobytes())
    return buffer.getvalue()


@pytest.fixture(scope="session")
def wav() -> Callable[..., bytes]:
    return wav_bytes


@pytest.fixture
def drift_result() -> Callable[..., bytes]:
    """Makes a ``latest.json`` of the drift job with a score."""

    def make(score: float = 0.7) -> bytes:
        result = {
            "format": 1,
            "run": "first",
            "started": time.time() - 1,
            "outcome": "drift",
            "finished": time.time(),
            "model_version": VERSION,
            "feature_set": "none",
            "rows": 100,
            "score": score,
            "threshold": 0.6,
            "groups": {"cepstrum": 0.4},
            "missing_share": 0.01,
            "predictions": {
                "distance": 0.1,
                "threshold": 0.2,
                "drifted": False,
                "reference": {"Crying": 0.3},
                "current": {"Crying": 0.35},
            },
            "estimate": {"uar": 0.88, "reference": 0.91},
            "summary": ["Drift."],
        }
        return json.dumps(result).encode()

    return make


@pytest.fixture
def fake() -> type[FakePredictor]:
    return FakePredictor


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(ENV_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A running application with the fake predictor and default settings, warmed."""
    settings = Settings(job_folder=str(tmp_path / "jobs"), max_jobs=1000)
    app = app_module.create_app(settings, FakePredictor())
    with TestClient(app) as running:
        for _ in range(1000):
            with contextlib.suppress(NotReadyError):
                app.state.vocalbaby.engine.model()
                break
            time.sleep(0.01)
        yield running
