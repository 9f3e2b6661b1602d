"""The watch of a model version, against a stand-in for the service."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scripts.deploy import rollout_watch
from scripts.deploy.request_counts import Counts, Source
from scripts.deploy.rollout_watch import WatchError, WatchOptions, watch
from scripts.deploy.service import Service as Client
from tests.delivery.service import Service, serving

OPTIONS = WatchOptions("v2", 0.5, seconds=0.1, every=0.01, patience=0.5)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(rollout_watch, "_POLL_S", 0.01)
    with serving() as made:
        made.serves = {"v1": 0.5, "v2": 0.5}
        yield made


def test_a_healthy_version_passes(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    watch(Client(service.url), [], OPTIONS)
    assert "v2 is healthy after" in capsys.readouterr().out
    assert "/v2/models/vocalbaby/versions/v2/infer" in service.requested


@pytest.mark.parametrize(
    ("message", "faults"),
    [
        (r"\d of \d requests to v2 failed", {"status": 500}),
        (r"\d of \d requests to v2 failed", {"status": 404}),
        ("do not serve v2", {"serves": {}}),
        ("do not serve v2", {"serves": {"v1": 0.9, "v2": 0.1}}),
        ("do not serve v2", {"ready": 503}),
        ("rejects v2: damaged", {"faults": [{"model_version": "v2", "title": "damaged"}]}),
    ],
)
def test_a_faulty_version_fails(service: Service, message: str, faults: dict[str, Any]) -> None:
    for name, value in faults.items():
        setattr(service, name, value)
    with pytest.raises(WatchError, match=message):
        watch(Client(service.url), [], OPTIONS)


def test_faults_of_another_version_are_ignored(service: Service) -> None:
    service.faults = [{"model_version": "v1", "title": "damaged"}]
    watch(Client(service.url), [], OPTIONS)


def test_the_key_is_sent(service: Service) -> None:
    service.key = "secret"
    watch(Client(service.url, "secret"), [], OPTIONS)
    with pytest.raises(WatchError, match="key_required"):
        watch(Client(service.url, "wrong"), [], OPTIONS)


def test_errors_of_other_clients_fail_the_version(service: Service) -> None:
    counts = iter([Counts(400, 5000), Counts(401, 5101)])
    source = Source("load balancer", lambda: next(counts, Counts(403, 5153)))
    with pytest.raises(WatchError, match="3 of 153 requests failed, according to load balancer"):
        watch(Client(service.url), [source], OPTIONS)


def test_more_errors_may_be_tolerated(service: Service) -> None:
    counts = iter([Counts(0, 0)])
    source = Source("load balancer", lambda: next(counts, Counts(3, 153)))
    watch(Client(service.url), [source], replace(OPTIONS, max_error_share=0.1))
