"""The lines of the access log."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from vocalbaby.api.app import create_app
from vocalbaby.api.settings import Settings

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]
LOGGER = "vocalbaby.api.middleware.access_log"


def test_a_line_has_the_route_and_the_client_but_no_text_of_it(
    fake: MakeFake, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(access_log=True), fake())
    with TestClient(app, client=("192.0.2.7", 50000)) as client, caplog.at_level(logging.INFO):
        client.get("/page/secret.js?secret=1", headers={"User-Agent": "secret"})
    (line,) = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert line.startswith("method=GET route=/page/{name} status=404 ")
    assert " client=192.0.2.7 " in line
    assert "secret" not in line


@pytest.mark.parametrize("name", ["unknown", "a key=admin", "_hidden", "", "1.2.3.4.5"])
def test_what_is_no_address_is_not_logged(
    fake: MakeFake, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """A trusted proxy may pass on what a client wrote."""
    app = create_app(Settings(access_log=True), fake())
    with TestClient(app, client=(name, 0)) as client, caplog.at_level(logging.INFO):
        client.get("/health")
    (line,) = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    assert " client=None " in line
