"""Requests that a client sends without waiting for the responses to those before them."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from tests.server.connections.sockets import (
    connections,
    exchange,
    send_all_that_fits,
    slowest_health,
)

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]

MIB = 2**20
ONE = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Any]:
    with serve("--write-seconds=60") as running:
        yield running


def prediction(clip: bytes) -> bytes:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(clip) + clip


def test_five_megabytes_of_requests_take_no_memory_and_delay_nobody(
    server: Any, wav: MakeWav
) -> None:
    """The first request of each connection is a prediction, behind which the others wait."""
    first = prediction(wav(0.1))
    httpx.get(f"{server.url}/health")
    before = server.resident_bytes()
    sent = threading.Event()
    with connections(server.port, 20, window=4096) as clients, ThreadPoolExecutor(21) as pool:
        watching = pool.submit(slowest_health, server.url, sent.is_set)
        data = first + ONE * (5 * MIB // len(ONE))
        sizes = list(pool.map(lambda client: send_all_that_fits(client, data), clients))
        grown = server.resident_bytes() - before
        sent.set()
        slowest = watching.result()
    assert min(sizes) > 2**16  # the service has read more than one request
    assert grown < 40 * MIB
    assert slowest < 0.5


def test_all_requests_are_answered_in_their_order(server: Any) -> None:
    paths = [b"/health" if i % 3 else b"/nowhere" for i in range(400)]
    data = b"".join(ONE.replace(b"/health", path) for path in paths) + LAST
    expected = [200 if i % 3 else 404 for i in range(400)] + [200]
    for pieces in ([data], [data[at : at + 1000] for at in range(0, len(data), 1000)]):
        assert [reply.status for reply in exchange(server.port, *pieces)] == expected


def test_predictions_may_be_pipelined(server: Any, wav: MakeWav) -> None:
    requests = [prediction(wav(seconds)) for seconds in (0.1, 3.0, 0.2)]
    *replies, last = exchange(server.port, *requests, LAST)
    found = [re.search(rb'"duration_s":([0-9.]+)', reply.body) for reply in replies]
    assert [float(match[1]) for match in found if match] == [0.1, 3.0, 0.2]
    assert last.status == 200


def test_nothing_is_answered_after_a_request_that_closes_the_connection(server: Any) -> None:
    (reply,) = exchange(server.port, LAST + ONE * 1000)
    assert reply.headers["connection"] == "close"


def test_a_rest_of_a_body_is_no_request(serve: Serve) -> None:
    """A response that comes before the body has arrived does not end the request."""
    smuggled = LAST * 3
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
    with serve("--body-seconds=1") as server:
        with connections(server.port, 1) as (client,):
            client.sendall(head + smuggled[:-1])
            reply = b""
            while b"}" not in reply:
                reply += client.recv(2**16)
            assert reply.startswith(b"HTTP/1.1 404")
            client.sendall(smuggled[-1:] + LAST)
            rest = b""
            while data := client.recv(2**16):
                rest += data
        assert rest.count(b"HTTP/1.1 200") == 1
        with connections(server.port, 1) as (client,):  # the rest of the body never comes
            client.sendall(head + smuggled[:-10])
            end = time.monotonic() + 10
            try:
                while client.recv(2**16) or time.monotonic() > end:
                    client.sendall(b"x") if time.monotonic() < end else None
            except (ConnectionResetError, BrokenPipeError):
                pass
            assert time.monotonic() < end
