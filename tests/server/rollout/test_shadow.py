"""A shadow model on a real store, with real bundles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.prediction_log import read

MakeWav = Callable[..., bytes]
WaitFor = Callable[[Callable[[], object]], None]


def test_a_shadow_is_compared_and_clients_never_see_it(
    following: TestClient, published: Any, wav: MakeWav, wait_for: WaitFor
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


def test_predictions_are_logged_with_the_version_that_made_them(
    published: Any, wav: MakeWav, wait_for: WaitFor, tmp_path: Path
) -> None:
    """Predictions of a shadow are not logged."""
    published.store.shadow("production", published.second)
    settings = Settings(
        store=str(published.folder), store_seconds=0.05, prediction_log=str(tmp_path / "log")
    )
    sent = []
    with TestClient(create_app(settings)) as client:

        def send(number: int) -> None:
            headers = {"X-Request-ID": f"r{number}", "Content-Type": "audio/wav"}
            answer = client.post("/predict", content=wav(0.2), headers=headers)
            sent.append((f"r{number}", answer.json()["model_version"]))

        wait_for(lambda: len(client.get("/model").json().get("serves", ())) == 2)
        send(0)
        agreed = f'{{model_version="{published.second}",outcome="agreed"}} 1.0'
        wait_for(lambda: agreed in client.get("/metrics").text)
        published.store.canary("production", published.second, 0.5)
        wait_for(lambda: client.get("/model").json()["serves"][0]["share"] == 0.5)
        for number in range(1, 30):
            send(number)
    assert {version for _, version in sent} == {published.first, published.second}
    for version in (published.first, published.second):
        rows = read(tmp_path / "log", model_version=version)
        assert set(rows.model_version) == {version}
        assert rows.request_id.tolist() == [name for name, by in sent if by == version]
