"""Faults of models and of the store: the models that are loaded keep answering."""

import os
import resource
import shutil
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.exception import ConfigError
from vocalbaby.utils.regular_files import read_regular

MakeWav = Callable[..., bytes]
WaitFor = Callable[[Callable[[], object]], None]


def faults(client: TestClient) -> list[tuple[str, str | None]]:
    found = client.get("/ready").json()["faults"]
    return [(fault["code"], fault["model_version"]) for fault in found]


def test_the_old_model_answers_while_a_new_one_is_corrupt(
    following: TestClient, published: Any, wait_for: WaitFor
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    key = f"models/{published.second}/bundle.zip"
    intact = published.store.storage.get(key)
    assert intact is not None
    middle = len(intact.data) // 2
    byte = bytes([intact.data[middle] ^ 1])
    damaged = intact.data[:middle] + byte + intact.data[middle + 1 :]
    published.store.storage.replace(key, damaged)
    published.store.set_channel("production", published.second)
    wait_for(lambda: faults(following))
    ((code, version),) = faults(following)
    assert code in {"bundle_checksum", "bundle_invalid"}
    assert version == published.second
    assert following.get("/model").json()["version"] == published.first
    assert f'vocalbaby_model_fault{{code="{code}"}} 1.0' in following.get("/metrics").text
    published.store.storage.replace(key, intact.data)
    wait_for(lambda: following.get("/model").json()["version"] == published.second)
    assert faults(following) == []


def test_the_old_model_answers_while_a_new_one_is_missing(
    following: TestClient, published: Any, wait_for: WaitFor
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    shutil.rmtree(published.folder / "models" / published.second)
    channel = published.folder / "channels" / "production.json"
    channel.write_text(channel.read_text().replace(published.first, published.second))
    wait_for(lambda: faults(following))
    assert faults(following) == [("model_not_found", published.second)]
    assert following.get("/model").json()["version"] == published.first


class Bucket(ThreadingHTTPServer):
    """The part of S3 that reading needs: GET of the objects in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), ObjectHandler)
        self.folder = folder


class ObjectHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Bucket)
        path = self.server.folder / self.path.split("?")[0].removeprefix("/bucket/")
        found = path.is_file()
        body = path.read_bytes() if found else b"<Error><Code>NoSuchKey</Code></Error>"
        self.send_response(200 if found else 404)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


def test_an_unreachable_s3_is_reported_and_requests_are_answered(
    published: Any, wav: MakeWav, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(published.folder)
    threading.Thread(target=bucket.serve_forever, daemon=True).start()
    for name, value in (
        ("ENDPOINT_URL", f"http://127.0.0.1:{bucket.server_port}"),
        ("ACCESS_KEY_ID", "x"),
        ("SECRET_ACCESS_KEY", "x"),
        ("DEFAULT_REGION", "us-east-1"),
        ("MAX_ATTEMPTS", "1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    settings = Settings(store="s3://bucket", store_seconds=0.05)
    with TestClient(create_app(settings)) as client:
        wait_for(lambda: client.get("/ready").status_code == 200)
        bucket.shutdown()
        bucket.server_close()
        wait_for(lambda: faults(client))
        assert faults(client) == [("storage_unavailable", None)]
        assert "127.0.0.1" not in client.get("/ready").text
        assert client.post("/predict", files={"files": wav(0.2)}).status_code == 200
    with TestClient(create_app(settings)) as client:  # started while it is unreachable
        wait_for(lambda: "Storage is unavailable" in client.get("/ready").text)
        answer = client.post("/predict", files={"files": wav(0.2)})
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/health").status_code == 200
    fallback = settings.model_copy(update={"store_fallback": True})
    with TestClient(create_app(fallback)) as client:
        wait_for(lambda: client.get("/ready").status_code == 200)
        assert faults(client) == [("storage_unavailable", None)]
        assert client.post("/predict", files={"files": wav(0.2)}).status_code == 200


def test_a_store_and_a_model_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="Both a model and a store"):
        create_app(Settings(store="s", model="m"))


@pytest.mark.parametrize(
    ("old", "new"),
    [('"format": 1', '"format": 9'), ('"name": "production"', '"name": "staging"')],
)
def test_the_old_model_answers_while_the_channel_is_of_another_format_or_name(
    following: TestClient, published: Any, wait_for: WaitFor, old: str, new: str
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    path = published.folder / "channels" / "production.json"
    good = path.read_text()
    changed = good.replace(published.first, published.second)
    replace_whole(path, changed.replace(old, new))
    wait_for(lambda: faults(following))
    assert faults(following) == [("bundle_invalid", None)]
    assert following.get("/model").json()["version"] == published.first
    replace_whole(path, changed)
    wait_for(lambda: following.get("/model").json()["version"] == published.second)
    assert faults(following) == []


def replace_whole(path: Path, text: str) -> None:
    """Replace a file such that no look finds half of it."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("kind", ["fifo", "device", "large"])
def test_the_old_model_answers_while_a_new_one_is_no_file_or_too_large(
    following: TestClient, published: Any, wait_for: WaitFor, kind: str
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    path = published.folder / "models" / published.second / "bundle.zip"
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(3 * 2**30)
    channel = published.folder / "channels" / "production.json"
    replace_whole(channel, channel.read_text().replace(published.first, published.second))
    before = peak_bytes()
    wait_for(lambda: faults(following))
    assert faults(following) == [("bundle_invalid", published.second)]
    assert following.get("/model").json()["version"] == published.first
    assert peak_bytes() - before < 2**27


def peak_bytes() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_the_old_model_answers_while_the_store_hangs(
    published: Any, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a network mount without its server does."""
    settings = Settings(store=str(published.folder), store_seconds=0.05, store_timeout_seconds=0.2)
    released, hangs = threading.Event(), threading.Event()

    def hanging(path: Path, *, limit: int) -> bytes:
        if hangs.is_set():
            released.wait(60)
        return read_regular(path, limit=limit)

    monkeypatch.setattr("vocalbaby.cloud.folder.read_regular", hanging)
    with TestClient(create_app(settings)) as client:
        wait_for(lambda: client.get("/ready").status_code == 200 and not faults(client))
        hangs.set()
        wait_for(lambda: faults(client))
        assert faults(client) == [("storage_unavailable", None)]
        assert client.get("/model").json()["version"] == published.first
        hangs.clear()
        released.set()
        published.store.set_channel("production", published.second)
        wait_for(lambda: client.get("/model").json()["version"] == published.second)
        wait_for(lambda: not faults(client))
