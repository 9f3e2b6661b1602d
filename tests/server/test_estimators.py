"""A served bundle answers as the estimator that was saved."""

import io
import wave
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from vocalbaby.estimators import VocalizationClassifier

#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]
CLASSES = ("Canonical", "Crying", "Junk")
SETTINGS = {"rounds": 4, "max_depth": 2}


def sound(label: str, child: int, clip: int) -> NDArray[np.int16]:
    """Noise, and for two of the classes a tone of their own."""
    rng = np.random.default_rng([CLASSES.index(label), child, clip])
    time = np.arange(4000) / 16_000
    pitch = {"Canonical": 250.0, "Crying": 600.0, "Junk": 0.0}[label] * (1 + 0.05 * child)
    samples = 9000 * np.sin(2 * np.pi * pitch * time) + 900 * rng.normal(size=len(time))
    return samples.astype(np.int16)


def wav(samples: NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[str], list[str]]:
    """Files of three classes, their classes and their children."""
    folder = tmp_path_factory.mktemp("clips")
    paths, labels, children = [], [], []
    for child in range(6):
        for clip, label in enumerate(CLASSES * 2):
            paths.append(folder / f"{child}-{clip}.wav")
            paths[-1].write_bytes(wav(sound(label, child, clip)))
            labels.append(label)
            children.append(str(child))
    return paths, labels, children


@pytest.mark.parametrize(
    ("family", "mode"),
    [
        ("boosted_trees", "flat"),
        ("svm", "flat"),
        ("logistic_regression", "hierarchical"),
        ("mlp", "flat"),
        ("soft_vote", "flat"),
        ("soft_vote", "hierarchical"),
    ],
)
def test_a_served_bundle_answers_as_the_estimator(
    clips: tuple[list[Path], list[str], list[str]],
    serve: Serve,
    family: str,
    mode: str,
    tmp_path: Path,
) -> None:
    paths, labels, children = clips
    settings: dict[str, Any] = SETTINGS | {"mlp.networks": 1, "mlp.epochs": 2}
    model = VocalizationClassifier("mfcc", family, mode, settings, devel_share=0.3)
    manifest = model.fit(paths, labels, groups=children).save(tmp_path / "bundle")
    sent = paths[::3]
    files = [("files", (path.name, path.read_bytes())) for path in sent]
    with serve(f"--model={tmp_path / 'bundle'}", environment={"TEST_OWN_MODEL": "1"}) as server:
        answer = httpx.post(f"{server.url}/predict", files=files, timeout=30)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert {each["model_version"] for each in results} == {manifest.version}
    found = [[each["probabilities"][name] for name in model.classes_] for each in results]
    assert found == model.predict_proba(sent).tolist()  # JSON keeps every bit
