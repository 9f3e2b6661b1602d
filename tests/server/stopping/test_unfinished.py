"""Requests that are not finished when the service has waited long enough for them."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from packages.api.tests.support import MIB
from tests.server.connections.sockets import read_replies

Serve = Callable[..., AbstractContextManager[Any]]


@pytest.mark.parametrize("path", ["/segment", "/predict"])
def test_an_upload_that_goes_on_after_the_stop_gets_503(
    serve: Serve, tmp_path: Path, path: str
) -> None:
    log = tmp_path / "log"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\nContent-Length: {MIB}"
    with (
        serve("--drain-seconds=0", "--shutdown-seconds=1", stderr=log) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as client,
    ):
        client.sendall(f"{head}\r\n\r\nRIFF".encode())
        server.terminate()
        data = b"".join(iter(lambda: client.recv(2**16), b""))
        (reply,) = read_replies(data)
        assert (reply.status, reply.headers["connection"]) == (503, "close")
        assert b'"not_ready"' in reply.body
        assert int(reply.headers["retry-after"]) >= 1
        assert server.process.wait(10) == 0
    assert "Traceback" not in log.read_text()
