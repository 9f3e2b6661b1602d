"""Models in motion, with a real store, real bundles and the real server."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage
from vocalbaby.exception import ConfigError
from vocalbaby.monitoring.prediction_log import read

MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]


class Published(NamedTuple):
    """A store with two versions, the first of them in production."""

    folder: Path
    store: ModelStore
    first: str
    second: str


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in model under another version."""
    content = replace(
        BundleContent.of(read_bundle(default_bundle_path())),
        name="twin",
        training_data_sha256="2" * 64,
    )
    folder = tmp_path_factory.mktemp("twin") / "bundle"
    write_bundle(folder, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder


@pytest.fixture(scope="module")
def fresh(twin: Path) -> Published:
    """Published once; tests work on copies."""
    folder = twin.parent / "store"
    store = ModelStore(open_storage(folder))
    first, second = store.publish(default_bundle_path()), store.publish(twin)
    store.set_channel("production", first)
    return Published(folder, store, first, second)


@pytest.fixture
def published(tmp_path: Path, fresh: Published) -> Published:
    folder = shutil.copytree(fresh.folder, tmp_path / "store")
    return fresh._replace(folder=folder, store=ModelStore(open_storage(folder)))


class Load:
    """Clients that ask without pause, each request with a key of its own."""

    def __init__(self, url: str, clip: bytes, clients: int = 4) -> None:
        self.url, self.clip, self.stopped = url, clip, threading.Event()
        self.answers: list[tuple[str, int, str]] = []
        self.faults: list[Exception] = []
        self.threads = [threading.Thread(target=self.ask, args=(i,)) for i in range(clients)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)

    def ask(self, client: int) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as session:
            count = 0
            while not self.stopped.is_set():
                count += 1
                key = f"{client}-{count}"
                headers = {"X-VocalBaby-Key": key, "Content-Type": "audio/wav"}
                try:
                    answer = session.post("/predict", content=self.clip, headers=headers)
                    version = answer.json().get("model_version", "")
                    self.answers.append((key, answer.status_code, version))
                except (httpx.HTTPError, ValueError) as fault:
                    self.faults.append(fault)

    def versions(self, count: int) -> Counter[str]:
        """Versions in the next so many answers."""
        start = len(self.answers)
        wait_for(lambda: len(self.answers) >= start + count)
        return Counter(version for _, _, version in self.answers[start : start + count])


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in 20 s"
        time.sleep(0.01)


def serves(url: str) -> dict[str, float]:
    return {m["model_version"]: m["share"] for m in httpx.get(f"{url}/model").json()["serves"]}


def test_a_canary_and_a_rollback_under_load_fail_no_request(
    serve: Serve, published: Published, wav: MakeWav
) -> None:
    store, first, second = published.store, published.first, published.second
    flags = (f"--store={published.folder}", "--store-seconds=0.1")
    with serve(*flags) as server, Load(server.url, wav(0.2)) as load:
        assert set(load.versions(20)) == {first}

        store.canary("production", second, 0.3)
        wait_for(lambda: serves(server.url) == {first: 0.7, second: 0.3})
        during = load.versions(300)
        assert set(during) == {first, second}
        # 4.5 standard deviations of a binomial: 1 run of 150,000 would fail by chance.
        assert abs(during[second] / 300 - 0.3) < 4.5 * (0.3 * 0.7 / 300) ** 0.5

        store.set_channel("production", second)
        wait_for(lambda: serves(server.url) == {second: 1.0})
        load.versions(8)  # those that were on their way
        assert set(load.versions(20)) == {second}

        store.roll_back("production")
        wait_for(lambda: serves(server.url) == {first: 1.0})
        load.versions(8)
        assert set(load.versions(20)) == {first}
    assert load.faults == []
    assert {status for _, status, _ in load.answers} == {200}
    assert {version for _, _, version in load.answers} == {first, second}


@pytest.fixture
def following(published: Published) -> Iterator[TestClient]:
    """An application that follows the store."""
    settings = Settings(store=str(published.folder), store_seconds=0.05)
    with TestClient(create_app(settings)) as client:
        yield client


def faults(client: TestClient) -> list[tuple[str, str | None]]:
    found = client.get("/ready").json()["faults"]
    return [(fault["code"], fault["model_version"]) for fault in found]


def test_a_shadow_is_compared_and_never_seen(
    following: TestClient, published: Published, wav: MakeWav
) -> None:
    published.store.shadow("production", published.second)
    wait_for(lambda: len(following.get("/model").json().get("serves", ())) == 2)
    shown = following.get("/model").json()["serves"]
    assert shown == [
        {"model_version": published.first, "share": 1.0, "shadow": False},
        {"model_version": published.second, "share": 0.0, "shadow": True},
    ]
    files = [("files", ("a", wav(0.1 * i))) for i in range(2, 8)]
    answer = following.post("/predict", files=files).json()
    assert {result["model_version"] for result in answer["results"]} == {published.first}
    agreed = f'{{model_version="{published.second}",outcome="agreed"}} 6.0'
    wait_for(lambda: agreed in following.get("/metrics").text)
    difference = f'shadow_difference_sum{{model_version="{published.second}"}} 0.0'
    assert difference in following.get("/metrics").text


def test_answers_are_logged_under_the_model_that_gave_them(
    published: Published, wav: MakeWav, tmp_path: Path
) -> None:
    """And a shadow's are not."""
    published.store.shadow("production", published.second)
    settings = Settings(
        store=str(published.folder), store_seconds=0.05, prediction_log=str(tmp_path / "log")
    )
    given = []
    with TestClient(create_app(settings)) as client:

        def ask(number: int) -> None:
            headers = {"X-Request-ID": f"r{number}", "Content-Type": "audio/wav"}
            answer = client.post("/predict", content=wav(0.2), headers=headers)
            given.append((f"r{number}", answer.json()["model_version"]))

        wait_for(lambda: len(client.get("/model").json().get("serves", ())) == 2)
        ask(0)
        agreed = f'{{model_version="{published.second}",outcome="agreed"}} 1.0'
        wait_for(lambda: agreed in client.get("/metrics").text)
        published.store.canary("production", published.second, 0.5)
        wait_for(lambda: client.get("/model").json()["serves"][0]["share"] == 0.5)
        for number in range(1, 30):
            ask(number)
    assert {version for _, version in given} == {published.first, published.second}
    for version in (published.first, published.second):
        rows = read(tmp_path / "log", model_version=version)
        assert set(rows.model_version) == {version}
        assert rows.request_id.tolist() == [name for name, by in given if by == version]


def test_a_corrupt_model_is_refused_and_the_old_one_goes_on(
    following: TestClient, published: Published
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    key = f"models/{published.second}/bundle.zip"
    sound = published.store.storage.get(key)
    assert sound is not None
    middle = len(sound.data) // 2
    byte = bytes([sound.data[middle] ^ 1])
    damaged = sound.data[:middle] + byte + sound.data[middle + 1 :]
    published.store.storage.replace(key, damaged)
    published.store.set_channel("production", published.second)
    wait_for(lambda: faults(following))
    ((code, version),) = faults(following)
    assert code in {"bundle_checksum", "bundle_invalid"}
    assert version == published.second
    assert following.get("/model").json()["version"] == published.first
    assert f'vocalbaby_model_fault{{code="{code}"}} 1.0' in following.get("/metrics").text
    published.store.storage.replace(key, sound.data)
    wait_for(lambda: following.get("/model").json()["version"] == published.second)
    assert faults(following) == []


def test_a_missing_model_is_told_and_the_old_one_goes_on(
    following: TestClient, published: Published
) -> None:
    wait_for(lambda: following.get("/ready").status_code == 200)
    shutil.rmtree(published.folder / "models" / published.second)
    channel = published.folder / "channels" / "production.json"
    channel.write_text(channel.read_text().replace(published.first, published.second))
    wait_for(lambda: faults(following))
    assert faults(following) == [("model_not_found", published.second)]
    assert following.get("/model").json()["version"] == published.first


class Bucket(ThreadingHTTPServer):
    """As much of S3 as reading takes: GET of the objects of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Objects)
        self.folder = folder


class Objects(BaseHTTPRequestHandler):
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
        """Say nothing."""


def test_s3_gone_is_told_and_answers_go_on(
    published: Published, wav: MakeWav, monkeypatch: pytest.MonkeyPatch
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
    with TestClient(create_app(settings)) as client:  # started while it is gone
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


def test_a_store_and_a_model_are_not_both_taken() -> None:
    with pytest.raises(ConfigError, match="Both a model and a store"):
        create_app(Settings(store="s", model="m"))
