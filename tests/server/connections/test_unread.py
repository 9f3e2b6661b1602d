"""Clients that do not read their responses, or read them very slowly."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from packages.api.tests.support import wait_until
from tests.server.connections.sockets import connections, counted, is_ended, slowest_health

Serve = Callable[..., AbstractContextManager[Any]]

ONE = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n"
#: More responses than the buffers of both kernels hold.
MANY = ONE * 100
WINDOW = 4096


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Any]:
    with serve("--write-seconds=1.5", "--max-connections=64", "--keep-alive-seconds=60") as running:
        yield running


def test_health_is_answered_while_70_clients_read_nothing(server: Any) -> None:
    with connections(server.port, 70, window=WINDOW) as clients:
        for client in clients:
            client.sendall(ONE)
        for client in clients[::7]:
            client.sendall(MANY)
        end = time.monotonic() + 60

        def over() -> bool:
            return all(map(is_ended, clients[::7])) or time.monotonic() > end

        assert httpx.get(f"{server.url}/nowhere", timeout=60).status_code == 503
        slowest_health(server.url, over)
        assert all(map(is_ended, clients[::7]))
        wait_until(lambda: httpx.get(f"{server.url}/nowhere").status_code == 404)
    wait_until(lambda: counted(server, "response_unread") >= 1)
    assert httpx.get(f"{server.url}/ready").status_code == 200


def test_a_client_that_reads_a_byte_now_and_then_is_closed(server: Any) -> None:
    before = counted(server, "response_unread")
    with connections(server.port, 1, window=WINDOW) as (client,):
        client.sendall(MANY)
        end = time.monotonic() + 60
        while not is_ended(client) and time.monotonic() < end:
            client.recv(1)
            time.sleep(0.05)
        assert is_ended(client)
    wait_until(lambda: counted(server, "response_unread") > before)


def test_a_client_that_stops_after_some_responses_is_closed(server: Any) -> None:
    before = counted(server, "response_unread")
    with connections(server.port, 1, window=WINDOW) as (client,):
        for _ in range(3):
            client.sendall(ONE)
            client.recv(100)
        client.sendall(MANY)
        wait_until(lambda: is_ended(client), 60)
    wait_until(lambda: counted(server, "response_unread") > before)


def test_a_slow_client_that_goes_on_reading_gets_everything(server: Any) -> None:
    """It reads for longer than ``--write-seconds``, and pauses for less."""
    whole = len(httpx.get(f"{server.url}/docs").content)
    number = 12 * 2**20 // whole
    with connections(server.port, 1, window=2**16) as (client,):
        client.sendall(
            ONE * (number - 1) + ONE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
        size, start = 0, time.monotonic()
        while data := client.recv(2**18):
            size += len(data)
            time.sleep(0.04)
    assert size > number * whole
    assert time.monotonic() - start > 2 * 1.5


def test_the_kernel_keeps_little_of_what_is_not_read_and_not_for_long(server: Any) -> None:
    """The server has closed the connection, but its kernel still has the responses."""
    last = ONE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with connections(server.port, 2, window=WINDOW) as clients:
        for client, number in zip(clients, (0, 20), strict=True):
            client.sendall(ONE * number + last)
            wait_until(lambda: queued(server.port) > 2**16)
        time.sleep(0.5)
        assert queued(server.port) < 2**20
        wait_until(lambda: not queued(server.port), 20)


def queued(port: int) -> int:
    """Bytes that the kernel holds for clients of a server, which have not received them."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(int(field[4][:8], 16) for field in fields if field[1].endswith(f":{port:04X}"))
