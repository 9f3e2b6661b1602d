"""How many connections there may be, of all clients and of one."""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import httpx
import pytest

from packages.api.tests.support import MIB, wait_until
from tests.server.connections.sockets import connections, counted, exchange, is_ended

Serve = Callable[..., AbstractContextManager[Any]]

CLOSE = b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OTHER = "127.0.0.2"


def ask(port: int, path: bytes, source: str = "127.0.0.1") -> int | None:
    """The status of a response on a new connection; None if the server closes it at once."""
    replies = exchange(port, b"GET %b " % path + CLOSE, source=source)
    return replies[0].status if replies else None


def all_ended(clients: list[socket.socket]) -> bool:
    return all(map(is_ended, clients))


def until_open(port: int, path: bytes, status: int) -> None:
    """Wait until the server has noticed that connections have been closed."""
    wait_until(lambda: ask(port, path) == status)


def test_health_is_answered_beyond_the_limit_of_connections(serve: Serve) -> None:
    with serve("--max-connections=20", "--head-seconds=60") as server:
        with connections(server.port, 20) as idle:
            for path in (b"/health", b"/ready", b"/v2/health/live", b"/v2/health/ready?x=1"):
                assert ask(server.port, path) == 200
            assert ask(server.port, b"/nowhere") == 503
            assert ask(server.port, b"/health/x") == 503
            idle[0].sendall(b"GET /nowhere " + CLOSE)  # it was there before the limit was reached
            assert idle[0].recv(100).startswith(b"HTTP/1.1 404")
        until_open(server.port, b"/nowhere", 404)
        assert counted(server, "overloaded") >= 2


def test_a_connection_that_was_answered_beyond_the_limit_is_closed(serve: Serve) -> None:
    limits = "--max-connections=5", "--head-seconds=60"
    with serve(*limits) as server, connections(server.port, 5):
        (reply,) = exchange(server.port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (reply.status, reply.headers["connection"]) == (200, "close")


def test_connections_beyond_twice_the_limit_are_closed_at_once(serve: Serve) -> None:
    with serve("--max-connections=20", "--head-seconds=60") as server:
        with connections(server.port, 40):
            wait_until(lambda: ask(server.port, b"/health") is None)
            before = server.resident_bytes()
            for _ in range(30):
                with connections(server.port, 10) as more:
                    wait_until(partial(all_ended, more))
            assert server.resident_bytes() - before < 8 * MIB
        until_open(server.port, b"/nowhere", 404)
        server.terminate()
        assert len(server.process.communicate(timeout=30)[1].splitlines()) < 20  # of its log


@pytest.mark.parametrize("workers", [1, 2])
def test_one_address_cannot_take_every_connection(serve: Serve, workers: int) -> None:
    flags = "--max-connections=40", "--max-client-connections=10", "--head-seconds=60"
    with serve(*flags, f"--workers={workers}", "--drain-seconds=0") as server:
        with connections(server.port, 10):
            time.sleep(0.2)
            assert {ask(server.port, b"/nowhere") for _ in range(4)} == {429}
            assert ask(server.port, b"/health") == 200
            assert ask(server.port, b"/nowhere", source=OTHER) == 404
            (reply,) = exchange(server.port, b"GET /nowhere " + CLOSE)
            assert reply.headers["retry-after"] == "1"
            assert b'"code":"rate_limited"' in reply.body
            with connections(server.port, 200) as more:
                wait_until(lambda: sum(map(is_ended, more[:40])) >= 30)
                assert ask(server.port, b"/nowhere", source=OTHER) == 404
        until_open(server.port, b"/nowhere", 404)


def test_by_default_addresses_of_this_machine_have_no_limit_of_their_own(serve: Serve) -> None:
    limits = "--max-connections=20", "--head-seconds=60"
    with serve(*limits) as server, connections(server.port, 18):
        assert ask(server.port, b"/nowhere") == 404


def test_a_killed_worker_does_not_keep_the_connections_of_an_address(serve: Serve) -> None:
    flags = "--max-connections=40", "--max-client-connections=10", "--head-seconds=60"
    with serve(*flags, "--workers=2", "--drain-seconds=0") as server:
        with connections(server.port, 10):
            wait_until(lambda: ask(server.port, b"/nowhere") == 429)
            before = server.workers()
            for worker in before:
                os.kill(worker, signal.SIGKILL)
            wait_until(lambda: len(server.workers() - before) == 2)
        wait_until(lambda: httpx_status(server.url) == 404)


def httpx_status(url: str) -> int | None:
    try:
        return httpx.get(f"{url}/nowhere").status_code
    except httpx.TransportError:
        return None


def test_the_limit_of_open_files_limits_connections(serve: Serve) -> None:
    with (
        serve("--head-seconds=60", environment={"TEST_OPEN_FILES": "128"}) as server,
        connections(server.port, 40),
    ):
        assert ask(server.port, b"/health") == 200
        assert ask(server.port, b"/nowhere") == 503
