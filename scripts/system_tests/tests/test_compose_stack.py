"""The test of the whole stack, against a server that responds in place of all its services."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from scripts.deploy.programs import ROOT, ScriptError
from scripts.system_tests import compose_stack
from scripts.system_tests.checks import bash_blocks, expect
from scripts.system_tests.compose_stack import check_services

SAMPLE = {"data": {"result": [{"value": [1690000000.5, "1"]}]}}
#: Responses by path, as the services give them.
RESPONSES = {
    "/api/v1/query": SAMPLE,
    "/api/v1/rules": {"data": {"groups": [{"rules": [{"name": "VocalBabyDown"}]}]}},
    "/api/v1/alertmanagers": {"data": {"activeAlertmanagers": [{"url": "http://alertmanager"}]}},
    "/api/v2/receivers": [{"name": "operators"}],
    "/api/health": {"dashboards": ["vocalbaby-drift"], "anonymous": "false"},
}


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """The responses, which a test may change while the server runs."""
    found: dict[str, object] = dict(RESPONSES)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            self.reply(200 if path in found else 404, found.get(path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            known = self.headers.get("Authorization") == "Bearer secret"
            result = {"model_version": "vocalbaby-1"} if known else {"code": "key_required"}
            self.reply(200 if known else 401, result)

        def reply(self, status: int, body: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body, separators=(",", ":")).encode())

        def log_message(self, *_: object) -> None:
            """Print no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    for name in ("VOCALBABY", "PROMETHEUS", "ALERTMANAGER", "GRAFANA"):
        monkeypatch.setenv(f"{name}_PORT", str(server.server_port))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that pass; each is checked only once."""

    def once(
        report: Callable[[str], None], step: str, pattern: str, read: Callable[[], str]
    ) -> None:
        expect(report, step, pattern, read, attempts=1, sleep=lambda _: None)

    monkeypatch.setattr(compose_stack, "expect", once)
    return []


def test_a_stack_in_which_every_service_works_passes(
    responses: dict[str, object], steps: list[str]
) -> None:
    check_services(steps.append, "secret")
    assert len(steps) == 10


@pytest.mark.parametrize(
    ("path", "response", "message"),
    [
        ("/metrics", {}, "the metrics are not public"),
        ("/api/v1/query", {"data": {"result": []}}, "Prometheus counts the prediction"),
        ("/api/v1/rules", {"data": {"groups": []}}, "Prometheus has the rules"),
        (
            "/api/v1/alertmanagers",
            {"data": {"activeAlertmanagers": []}},
            "Prometheus has found Alertmanager",
        ),
        ("/api/v2/receivers", [], "Alertmanager has the receiver"),
        ("/api/health", {"error": "no data source"}, "Grafana would find its data source"),
    ],
)
def test_names_what_does_not_work(
    path: str,
    response: object,
    message: str,
    responses: dict[str, object],
    steps: list[str],
) -> None:
    responses[path] = response
    with pytest.raises(ScriptError, match=f"not true: {message}"):
        check_services(steps.append, "secret")


def test_the_key_must_be_accepted(responses: dict[str, object], steps: list[str]) -> None:
    with pytest.raises(ScriptError, match="not true: a request with a key is classified"):
        check_services(steps.append, "")


def test_the_page_has_the_two_blocks_that_are_run() -> None:
    start, drift = bash_blocks(ROOT / "docs/monitoring.md", "The whole stack")
    assert "key=" in start
    assert "docker compose up" in start
    assert '"$key"' in drift
