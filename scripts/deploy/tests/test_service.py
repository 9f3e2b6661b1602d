"""The client of the service, when the service does not reply as it should."""

import http.client
import socket

import pytest

from scripts.deploy.service import Reply, Service
from tests.delivery.service import serving


def test_returns_the_status_of_an_error() -> None:
    with serving() as service:
        service.ready = 503
        assert Service(service.url).get("/ready").status == 503


def test_sends_the_key_to_the_service_alone() -> None:
    with serving() as service:
        service.key = "secret"
        client = Service(service.url, "secret")
        assert client.classify(b"").status == 200
        assert client.classify(b"", with_key=False).status == 401
        assert client.get("/other").status == 200
        assert client.get(f"{service.url}/other").status == 401


@pytest.mark.parametrize(
    "error", [http.client.IncompleteRead(b""), TimeoutError(), ValueError("no URL")], ids=repr
)
def test_an_error_of_the_connection_is_a_reply_without_a_status(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("urllib.request.urlopen", fail)
    reply = Service("http://127.0.0.1").get("/health")
    assert (reply.status, reply.text) == (0, repr(error))


def test_a_closed_port_is_a_reply_without_a_status() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert Service(f"http://127.0.0.1:{port}").get("/health").status == 0


@pytest.mark.parametrize("reply", [Reply(503, b"{}"), Reply(200, b"<html>"), Reply(200, b"[]")])
def test_reads_only_json_objects_of_successful_replies(reply: Reply) -> None:
    with pytest.raises((ValueError, TypeError)):
        reply.json()
