"""Clients that connect while the port is closed are answered or refused, but never reset."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from packages.api.tests.support import wait_until
from vocalbaby.api.server.listener import bind, refuse_connections

#: Starts a server process, see conftest.
Serve = Callable[..., AbstractContextManager[Any]]

_REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def outcome(port: int) -> str:
    """What a client experiences that connects and sends a request at once."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            try:
                client.sendall(_REQUEST)
                answer = client.recv(9999)
            except OSError as error:
                return f"connected, then {error!r}"
    except ConnectionRefusedError:
        return "refused"
    return answer[:12].decode() or "closed without a response"


@pytest.mark.parametrize("workers", [1, 2])
def test_no_new_connection_is_reset(serve: Serve, workers: int) -> None:
    outcomes: Counter[str] = Counter()

    def connect() -> None:
        while outcomes["refused"] < 8:
            outcomes[outcome(server.port)] += 1

    with serve(f"--workers={workers}", "--drain-seconds=0") as server:
        threads = [threading.Thread(target=connect) for _ in range(8)]
        for thread in threads:
            thread.start()
        wait_until(lambda: outcomes["HTTP/1.1 200"] > 50)
        server.terminate()
        for thread in threads:
            thread.join(60)
        assert server.process.wait(20) == 0
    assert set(outcomes) == {"HTTP/1.1 200", "refused"}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_that_has_begun_is_accepted_and_a_new_one_is_not(host: str) -> None:
    with bind(host, 0) as listener:
        listener.listen(8)
        address = listener.getsockname()[:2]
        with socket.create_connection(address, timeout=20) as early:
            refuse_connections(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.2)
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"answer")
                assert early.recv(9) == b"answer"
        late = threading.Timer(0.1, listener.close)
        late.start()
        began = time.monotonic()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=20)
        assert time.monotonic() - began > 0.5  # it was repeated
