"""The service under a path of a proxy, and paths that end in a slash."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.jobs import runner
from vocalbaby.api.middleware.keys import add_key, new_key
from vocalbaby.api.settings import Settings

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

WAV = {"Content-Type": "audio/wav"}
PAGES = ["/docs", "/health", "/ready", "/model", "/model/card", "/openapi.json", "/page/app.js"]


@pytest.fixture
def under(fake: MakeFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The service with the root path ``/lab/vocalbaby``, and a key that every other path needs."""
    monkeypatch.setattr(runner, "COMMAND", ("/bin/cat",))
    key, line = new_key("lab")
    add_key(tmp_path / "keys", line)
    settings = Settings(
        root_path="/lab/vocalbaby",
        keys_file=str(tmp_path / "keys"),
        job_folder=str(tmp_path / "jobs"),
    )
    with TestClient(create_app(settings, fake()), follow_redirects=False) as client:
        client.headers["X-API-Key"] = key
        yield client


@pytest.mark.parametrize("path", [*PAGES, "/predict", "/segment", "/segment/a", "/v2"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_slash_at_the_end_makes_another_path(client: TestClient, method: str, path: str) -> None:
    """A redirect would lead to the host that the client names, and lose the path of a proxy."""
    headers = {"Host": "elsewhere.example"}
    answer = client.request(method, f"{path}/", headers=headers, follow_redirects=False)
    assert answer.status_code in {404, 405}
    assert "location" not in answer.headers
    assert "elsewhere" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_host_that_is_no_host_is_no_fault_of_the_service(client: TestClient) -> None:
    assert client.get("/nowhere", headers={"Host": "["}).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_paths_are_accepted_with_the_root_path_and_without(under: TestClient, path: str) -> None:
    answers = [under.get(start + path) for start in ("", "/lab/vocalbaby")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    "path", ["/lab", "/lab/", "/lab/vocalbabyx/health", "/lab/vocalbaby//health"]
)
def test_other_paths_are_not(under: TestClient, path: str) -> None:
    answer = under.get(path)
    assert answer.status_code == 404
    assert answer.json()["hint"] == "See /lab/vocalbaby/docs for the paths."


def test_keys_and_limits_hold_under_the_root_path(under: TestClient, wav: MakeWav) -> None:
    predict = "/lab/vocalbaby/predict"
    assert under.post(predict, files={"files": wav(0.2)}).status_code == 200
    assert under.post(predict, content=bytes(40_000_000), headers=WAV).status_code == 413
    # A recording of a job may be larger than other bodies.
    large = under.post("/lab/vocalbaby/segment", content=wav(0.2) + bytes(40_000_000), headers=WAV)
    assert large.status_code == 202, large.text
    del under.headers["X-API-Key"]
    assert under.post(predict, files={"files": wav(0.2)}).status_code == 401
    assert under.get("/lab/vocalbaby/model").status_code == 401


def test_the_location_of_a_job_is_under_the_root_path(under: TestClient, wav: MakeWav) -> None:
    for start in ("", "/lab/vocalbaby"):
        made = under.post(f"{start}/segment", content=wav(1.0), headers={"Host": "elsewhere"} | WAV)
        location = made.headers["location"]
        assert location == f"/lab/vocalbaby/segment/{made.json()['id']}"
        assert under.get(location).status_code == 200


def test_the_openapi_document_names_the_root_path(under: TestClient, client: TestClient) -> None:
    assert under.get("/openapi.json").json()["servers"] == [{"url": "/lab/vocalbaby"}]
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/"}]


def test_links_of_the_page_and_the_docs_stay_under_the_root_path(under: TestClient) -> None:
    for address in ("/lab/vocalbaby/", "/lab/vocalbaby/docs"):
        links = re.findall(r'(?:href|src|action)="([^"#]+)"', under.get(address).text)
        assert len(links) > 2
        for link in links:
            target = urljoin(address, link)
            assert target.startswith("/lab/vocalbaby/")
            assert under.get(target).status_code in {200, 405}  # 405: of the form


def test_the_root_path_itself_leads_to_the_page(under: TestClient) -> None:
    """Links of the page are relative, so its address ends in a slash."""
    answer = under.get("/lab/vocalbaby?a=b", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, "/lab/vocalbaby/?a=b")
    assert answer.headers["x-request-id"]


def test_headers_of_a_client_change_no_address(under: TestClient, wav: MakeWav) -> None:
    names = (
        "X-Forwarded-Prefix",
        "X-Forwarded-Host",
        "X-Script-Name",
        "X-Original-URL",
        "Forwarded",
    )
    headers = dict.fromkeys(names, "/elsewhere")
    made = under.post("/segment", content=wav(1.0), headers=headers | WAV)
    assert made.headers["location"].startswith("/lab/vocalbaby/segment/")
    assert "elsewhere" not in under.get("/openapi.json", headers=headers).text
