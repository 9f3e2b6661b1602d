"""The prediction log of the running service."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import numpy as np
import pytest
from fastapi.testclient import TestClient
from moto import mock_aws

from packages.api.tests.support import metric as value
from packages.api.tests.support import wait_until
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.audio import decode
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import ConfigError
from vocalbaby.inference.predictor import Predictor
from vocalbaby.monitoring.prediction_log import PredictionLog, read

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
MakeFake = Callable[..., Any]


@contextmanager
def running(predictor: Any, **settings: object) -> Iterator[TestClient]:
    app = create_app(Settings.load({}, **settings), predictor)
    with TestClient(app) as client:
        wait_until(lambda: client.get("/ready").status_code == 200)
        yield client


def written(metrics: str) -> float:
    return value(metrics, 'prediction_log_rows_total{outcome="written"}')


def post(client: Any, clip: bytes, request_id: str = "r", name: str = "a.wav") -> Any:
    headers = {"X-Request-ID": request_id}
    return client.post("/predict", files={"files": (name, clip)}, headers=headers)


def test_each_row_has_the_prediction_that_was_sent(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    files = [
        ("files", ("anna-cry.wav", wav(0.7))),
        ("files", ("b.wav", b"text, not audio")),
        ("files", ("c.wav", wav(0.05))),
    ]
    began = time.time_ns()
    with running(fake(), prediction_log=str(tmp_path)) as client:
        answer = client.post("/predict", files=files, headers={"X-Request-ID": "one.1"}).json()
        post(client, wav(0.5), "two")
    rows = read(tmp_path)
    assert rows.request_id.tolist() == ["one.1", "one.1", "two"]
    assert rows.label.tolist() == ["Crying", None, "Crying"]
    assert rows.warnings.tolist() == [(), ("short", "not_confident"), ()]
    assert set(rows.model_version) == {"fake-1"}
    assert set(rows.feature_set) == {"none"}
    assert set(rows.feature_set_version) == {"1"}
    np.testing.assert_allclose(rows.duration_s, [0.7, 0.05, 0.5])
    np.testing.assert_allclose(rows.features[:, 0], [0.7, 0.05, 0.5], rtol=1e-6)
    first = answer["results"][0]["probabilities"]
    assert dict(zip(rows.classes, rows.probabilities[0], strict=True)) == first
    times = rows.time.astype(np.int64)
    assert ((began <= times) & (times <= time.time_ns())).all()


def test_the_files_contain_nothing_about_the_client(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    with running(fake(), prediction_log=str(tmp_path)) as client:
        headers = {"X-VocalBaby-Key": "child-17", "User-Agent": "agent-17"}
        files = {"files": ("anna-17.wav", wav(0.3))}
        assert client.post("/predict?q=query-17", files=files, headers=headers).status_code == 200
    logged = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"fake-1" in logged
    for word in (b"-17", b"testclient", b"127.0.0.1", wav(0.3)[100:140]):
        assert word not in logged


def test_predictions_of_every_path_are_logged(tmp_path: Path, fake: MakeFake, wav: MakeWav) -> None:
    with running(fake(), prediction_log=str(tmp_path)) as client:
        headers = {"X-Request-ID": "raw", "Content-Type": "audio/wav"}
        assert client.post("/predict", content=wav(0.3), headers=headers).status_code == 200
        samples = {
            "name": "samples",
            "shape": [1, 4800],
            "datatype": "FP32",
            "data": [0.1, -0.1] * 2400,
        }
        body = {"inputs": [samples], "parameters": {"sample_rate": 16000}}
        answer = client.post(
            "/v2/models/vocalbaby/infer", json=body, headers={"X-Request-ID": "v2"}
        )
        assert answer.status_code == 200, answer.text
    assert read(tmp_path).request_id.tolist() == ["raw", "v2"]


class CountingPredictor(Predictor):
    """The built-in model, which counts the clips whose features it computes."""

    def __init__(self) -> None:
        super().__init__(read_bundle(default_bundle_path()))
        self.extracted = 0

    def extract(self, clips: Any) -> Any:
        self.extracted += len(clips)
        return super().extract(clips)


def test_features_are_those_of_the_model_and_are_computed_once(
    tmp_path: Path, wav: MakeWav
) -> None:
    model = CountingPredictor()
    clips = [wav(0.2 + 0.1 * number) for number in range(5)]
    with running(model, prediction_log=str(tmp_path)) as client:
        warm = model.extracted
        files = [("files", (f"{number}.wav", clip)) for number, clip in enumerate(clips)]
        assert client.post("/predict", files=files).status_code == 200
        assert model.extracted == warm + 5
    rows = read(tmp_path)
    alone = [model.extract([decode(clip, name="x")])[0] for clip in clips]
    assert rows.features.tobytes() == np.array(alone).tobytes()
    assert rows.columns == model.manifest.columns
    assert rows.classes == model.manifest.classes


def test_the_service_keeps_answering_when_the_log_cannot_be_written(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    folder = tmp_path / "log"
    lost = 'prediction_log_rows_total{outcome="failed"}'
    with running(fake(), prediction_log=str(folder)) as client:
        assert post(client, wav(0.3), "before").status_code == 200
        wait_until(lambda: written(client.get("/metrics").text) == 1)
        shutil.move(folder, tmp_path / "moved")
        assert post(client, wav(0.3), "lost").status_code == 200
        wait_until(lambda: value(client.get("/metrics").text, lost) == 1)
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 200
        shutil.move(tmp_path / "moved", folder)
        assert post(client, wav(0.3), "after").status_code == 200
    assert read(folder).request_id.tolist() == ["before", "after"]


def test_predictions_that_cannot_be_logged_are_sent(
    tmp_path: Path,
    fake: MakeFake,
    wav: MakeWav,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(PredictionLog, "append", mock.Mock(side_effect=RuntimeError("no")))
    with running(fake(), prediction_log=str(tmp_path)) as client:
        for _ in range(2):
            assert post(client, wav(0.3)).status_code == 200
    assert caplog.text.count("predictions could not be logged") == 2


def test_rows_that_do_not_fit_into_the_queue_are_counted(
    tmp_path: Path, fake: MakeFake, wav: MakeWav
) -> None:
    dropped = 'prediction_log_rows_total{outcome="dropped"}'
    with running(fake(), prediction_log=str(tmp_path), prediction_log_queue_rows=2) as client:
        files = [("files", (f"{number}.wav", wav(0.3))) for number in range(5)]
        assert client.post("/predict", files=files).status_code == 200
        wait_until(lambda: written(client.get("/metrics").text) == 2)
        assert value(client.get("/metrics").text, dropped) == 3


def test_files_are_shipped_to_s3(
    tmp_path: Path, fake: MakeFake, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="kept")
        address = "s3://kept/vocalbaby"
        with running(fake(), prediction_log=str(tmp_path), prediction_log_store=address) as client:
            for number in range(3):
                post(client, wav(0.3), f"r{number}")
        rows = read(open_storage(address), model_version="fake-1")
        assert rows.request_id.tolist() == ["r0", "r1", "r2"]
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prediction_log": "{tmp}/file"}, "cannot be written in .*file: File exists"),
        ({"prediction_log": "{tmp}/file/log"}, "cannot be written in .*: Not a directory"),
        ({"prediction_log_store": "{tmp}/there"}, "no folder to write the log in"),
        (
            {"prediction_log": "{tmp}/log", "prediction_log_store": "{tmp}/log"},
            "one contains the other",
        ),
        (
            {"prediction_log": "{tmp}/log", "prediction_log_store": "{tmp}/log/../log/x"},
            "one contains the other",
        ),
        ({"prediction_log": "{tmp}/log", "prediction_log_store": "gs://x"}, "shipped to gs://x"),
    ],
)
def test_an_unusable_log_is_refused_at_start(
    tmp_path: Path, fake: MakeFake, settings: dict[str, str], message: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    values = {name: text.format(tmp=tmp_path) for name, text in settings.items()}
    with pytest.raises(ConfigError, match=message):
        create_app(Settings.load({}, **values), fake())


def test_only_the_first_opening_of_a_log_tries_its_folder(tmp_path: Path) -> None:
    settings = Settings.load({}, prediction_log=str(tmp_path / "file" / "log"))
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        create_app(settings)
    create_app(settings, checked=True)  # of a worker that is restarted


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EMFILE, errno.EDQUOT])
def test_a_full_disk_refuses_no_start(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(**_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    create_app(Settings.load({}, prediction_log=str(tmp_path)))
    assert "Rows are lost until it can." in caplog.text
