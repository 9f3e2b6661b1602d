"""The servers that are compared: this service, and two baselines as people commonly write them.

    python benchmarks/serve/contenders.py NAME PORT MODEL

``vocalbaby`` is the service itself, and ``http`` the service with a predictor that does
nothing. ``librosa`` and ``opensmile`` are FastAPI with an upload in a temporary file, the
features of that package, and XGBoost's scikit-learn wrapper; MODEL is their booster.
openSMILE is licensed for research only and in no lock file: install the package yourself.
"""

import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction

Features = Callable[[str], NDArray[Any]]

#: The number of features of each baseline.
WIDTHS = {"librosa": 40, "opensmile": 88}


def train(name: str, path: Path) -> None:
    """Save a booster for a baseline, as large as the default model (399 rounds, depth 4)."""
    from xgboost import XGBClassifier  # noqa: PLC0415 - only some servers need it

    rng = np.random.default_rng(0)
    labels = rng.integers(len(CLASSES), size=2000)
    rows = rng.standard_normal((len(labels), WIDTHS[name])) + 0.3 * labels[:, None]
    model = XGBClassifier(n_estimators=399, max_depth=4, learning_rate=0.05, n_jobs=1)
    model.fit(rows, labels)
    model.save_model(path)


def librosa_features() -> Features:
    """Return an extractor of the means and standard deviations of 20 MFCCs."""
    import librosa  # noqa: PLC0415 - each server imports its own

    def extract(path: str) -> NDArray[Any]:
        y, sr = librosa.load(path, sr=16_000)
        mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=20)
        return np.hstack([mfcc.mean(axis=1), mfcc.std(axis=1)]).reshape(1, -1)

    return extract


def opensmile_features() -> Features:
    """Return an extractor of the functionals of eGeMAPSv02."""
    opensmile: Any = importlib.import_module("opensmile")
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )

    def extract(path: str) -> NDArray[Any]:
        values: NDArray[Any] = smile.process_file(path).to_numpy()
        return values

    return extract


def baseline(name: str, port: int, model_path: str) -> None:
    """Serve a baseline until the process ends."""
    import uvicorn  # noqa: PLC0415 - each server imports its own
    from fastapi import FastAPI, UploadFile  # noqa: PLC0415 - each server imports its own
    from xgboost import XGBClassifier  # noqa: PLC0415 - each server imports its own

    extract = librosa_features() if name == "librosa" else opensmile_features()
    model = XGBClassifier()
    model.load_model(model_path)
    app = FastAPI()

    @app.post("/predict")
    async def predict(file: UploadFile) -> dict[str, Any]:
        with tempfile.NamedTemporaryFile(suffix=".wav") as copy:
            copy.write(await file.read())
            copy.flush()
            features = extract(copy.name)
        probabilities = model.predict_proba(features)[0]
        return {
            "filename": file.filename,
            "label": CLASSES[int(np.argmax(probabilities))],
            "probabilities": {c: float(p) for c, p in zip(CLASSES, probabilities, strict=True)},
        }

    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning")


def idle_predictor() -> mock.Mock:
    """Return a predictor that does nothing."""
    manifest = mock.Mock(version="none", feature_set="none")
    manifest.name = "none"
    predictor = mock.Mock(bundle=mock.Mock(manifest=manifest))
    probabilities: dict[str, float] = dict.fromkeys(CLASSES, 1 / len(CLASSES))
    predictor.extract = lambda clips: np.zeros((len(clips), 1), np.float32)
    predictor.predict_from_features = lambda clips, _: [
        Prediction(clip.name, "Junk", probabilities, clip.duration_s, "none") for clip in clips
    ]
    return predictor


def service(port: int, *, idle: bool) -> int:
    """Run the service; if ``idle``, with a predictor that does nothing."""
    from vocalbaby import cli  # noqa: PLC0415 - each server imports its own

    flags = ["--host=127.0.0.1", f"--port={port}", "--log-level=warning", "--drain-seconds=0"]
    if not idle:
        return cli.main(flags)
    from vocalbaby import inference  # noqa: PLC0415 - each server imports its own

    with mock.patch.object(inference, "load", return_value=idle_predictor()):
        return cli.main(flags)


if __name__ == "__main__":
    contender, listen = sys.argv[1], int(sys.argv[2])
    if contender in WIDTHS:
        baseline(contender, listen, sys.argv[3])
    else:
        sys.exit(service(listen, idle=contender == "http"))
