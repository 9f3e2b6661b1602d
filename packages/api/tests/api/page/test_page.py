"""The files of the page over HTTP, and their content security policy."""

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api import page
from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

FILES = sorted(
    item.name
    for item in resources.files(page.__name__).iterdir()
    if item.name.endswith((".css", ".html", ".js", ".svg"))
)


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in FILES)])
def test_every_file_is_served_with_the_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in page.HEADERS} == page.HEADERS
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, None),
        ({"prediction_log": "log"}, "kept for 90 days;"),
        ({"prediction_log": "log", "prediction_log_retention_days": None}, "without a time limit;"),
        (
            {
                "prediction_log": "log",
                "prediction_log_store": "store",
                "prediction_log_store_retention_days": 400,
            },
            "kept for 400 days;",
        ),
        ({"prediction_log": "log", "prediction_log_store": "store"}, "without a time limit;"),
    ],
)
def test_the_page_shows_what_the_service_keeps(
    tmp_path: Path, fake: Callable[[], Any], values: dict[str, Any], words: str | None
) -> None:
    folders = {k: str(tmp_path / v) for k, v in values.items() if isinstance(v, str)}
    with TestClient(create_app(Settings(**values | folders), fake())) as client:
        answer = client.get("/")
        again = client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    notices = re.findall(r'<span id="retention">(.*?)</span>', answer.text)
    if words is None:
        assert notices == [""]
    else:
        assert notices[0].startswith("Their acoustic features and the predictions are logged")
        assert words in notices[0]
    assert again.status_code == 304


def test_the_policy_allows_no_other_server() -> None:
    policy = page.HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_names_only_files_that_exist(client: TestClient) -> None:
    html = client.get("/").text
    named = set(re.findall(r'(?:href|src)="page/([^"]+)"', html))
    for script in (name for name in FILES if name.endswith(".js")):
        named |= set(re.findall(r'"\./([^"]+)"', client.get(f"/page/{script}").text))
    assert named
    assert named <= set(FILES)
    assert not re.search(r"https?://", re.sub(r'xmlns="[^"]+"', "", html))


@pytest.mark.parametrize("name", ["__init__.py", "..%2Fapp.py", "none.js", ""])
def test_no_other_file_can_be_read(client: TestClient, name: str) -> None:
    answer = client.get(f"/page/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "route_not_found"


def test_head_requests_are_answered(client: TestClient) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
