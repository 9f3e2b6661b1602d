"""A canary, a promotion and a rollback under load, on the real server."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self

import httpx

MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]
WaitFor = Callable[[Callable[[], object]], None]


class Load:
    """Clients that send requests without pause, each with a key of its own."""

    def __init__(self, url: str, clip: bytes, wait_for: WaitFor, clients: int = 4) -> None:
        self.wait_for = wait_for
        self.url, self.clip, self.stopped = url, clip, threading.Event()
        self.responses: list[tuple[str, int, str]] = []
        self.errors: list[Exception] = []
        self.threads = [threading.Thread(target=self.send, args=(i,)) for i in range(clients)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(30)

    def send(self, client: int) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as session:
            count = 0
            while not self.stopped.is_set():
                count += 1
                key = f"{client}-{count}"
                headers = {"X-VocalBaby-Key": key, "Content-Type": "audio/wav"}
                try:
                    response = session.post("/predict", content=self.clip, headers=headers)
                    version = response.json().get("model_version", "")
                    self.responses.append((key, response.status_code, version))
                except (httpx.HTTPError, ValueError) as error:
                    self.errors.append(error)

    def versions(self, count: int) -> Counter[str]:
        """The versions of the next ``count`` responses."""
        start = len(self.responses)
        self.wait_for(lambda: len(self.responses) >= start + count)
        return Counter(version for _, _, version in self.responses[start : start + count])


def serves(url: str) -> dict[str, float]:
    return {m["model_version"]: m["share"] for m in httpx.get(f"{url}/model").json()["serves"]}


def test_no_request_fails_during_a_canary_and_a_rollback(
    serve: Serve, published: Any, wav: MakeWav, wait_for: WaitFor
) -> None:
    store, first, second = published.store, published.first, published.second
    flags = (f"--store={published.folder}", "--store-seconds=0.1")
    with serve(*flags) as server, Load(server.url, wav(0.2), wait_for) as load:
        assert set(load.versions(20)) == {first}

        store.canary("production", second, 0.3)
        wait_for(lambda: serves(server.url) == {first: 0.7, second: 0.3})
        during = load.versions(300)
        assert set(during) == {first, second}
        # 4.5 standard deviations of a binomial: 1 run of 150,000 would fail at random.
        assert abs(during[second] / 300 - 0.3) < 4.5 * (0.3 * 0.7 / 300) ** 0.5

        store.set_channel("production", second)
        wait_for(lambda: serves(server.url) == {second: 1.0})
        load.versions(8)  # requests that were being answered
        assert set(load.versions(20)) == {second}

        store.roll_back("production")
        wait_for(lambda: serves(server.url) == {first: 1.0})
        load.versions(8)
        assert set(load.versions(20)) == {first}
    assert load.errors == []
    assert {status for _, status, _ in load.responses} == {200}
    assert {version for _, _, version in load.responses} == {first, second}
