"""Clients that write and read bytes as they like."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

#: A running server process, see the conftest above.
Server = Any


class Reply:
    """One response as a client received it."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def read_replies(data: bytes, methods: tuple[bytes, ...] = ()) -> list[Reply]:
    """Split what a server has sent into responses; those to HEAD have no body."""
    found: list[Reply] = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        code = int(status.split()[1])
        is_head = len(methods) > len(found) and methods[len(found)] == b"HEAD"
        size = 0 if is_head or code == 100 else int(headers.get("content-length", len(data)))
        found.append(Reply(code, headers, data[:size]))
        data = data[size:]
    return found


def exchange(
    port: int, *pieces: bytes, source: str = "127.0.0.1", methods: tuple[bytes, ...] = ()
) -> list[Reply]:
    """Send pieces in segments of their own, and read until the server closes the connection."""
    address = ("127.0.0.1", port)
    with socket.create_connection(address, timeout=20, source_address=(source, 0)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = []
        try:
            for piece in pieces:
                client.sendall(piece)
                if len(pieces) < 100:
                    time.sleep(0.005)
            while data := client.recv(2**16):
                received.append(data)
        except (ConnectionResetError, BrokenPipeError):
            received.append(b"")
    return read_replies(b"".join(received), methods)


def counted(server: Server, code: str) -> int:
    """How many errors of a code the service has counted."""
    text = httpx.get(f"{server.url}/metrics").text
    found = re.search(rf'^vocalbaby_errors_total{{code="{code}"}} (\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


@contextmanager
def connections(
    port: int, number: int, *, source: str = "127.0.0.1", window: int | None = None
) -> Iterator[list[socket.socket]]:
    """Connections that have sent nothing, with a small window for what they receive if given."""
    with ExitStack() as stack:
        opened = []
        for _ in range(number):
            client = stack.enter_context(socket.socket())
            client.settimeout(10)
            if window is not None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            client.bind((source, 0))
            client.connect(("127.0.0.1", port))
            opened.append(client)
        yield opened


def is_ended(client: socket.socket) -> bool:
    """Whether the server has ended the connection, as the client's kernel knows."""
    state = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != 1  # TCP_ESTABLISHED


def send_all_that_fits(client: socket.socket, data: bytes) -> int:
    """Send until the server does not read any more; returns the number of bytes."""
    client.settimeout(0.3)
    sent = 0
    try:
        while sent < len(data):
            sent += client.send(data[sent : sent + 2**16])
    except (TimeoutError, ConnectionResetError, BrokenPipeError):
        pass
    return sent


def slowest_health(url: str, until: Callable[[], bool]) -> float:
    """The longest time in which /health was answered, each time on a new connection."""
    slowest = 0.0
    while not until():
        start = time.monotonic()
        assert httpx.get(f"{url}/health", timeout=60).status_code == 200
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.01)
    return slowest
