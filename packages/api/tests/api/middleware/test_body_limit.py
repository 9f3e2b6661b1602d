"""Limits on request bodies: their size, their time to arrive, and all of them together."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from vocalbaby.api.app import create_app
from vocalbaby.api.limits.limiters import MemoryBudget
from vocalbaby.api.middleware.body_limit import BodyLimitMiddleware
from vocalbaby.api.settings import Settings
from vocalbaby.exception import RequestTooLargeError
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


MIB = 2**20


HEADERS = {"content-type": "multipart/form-data; boundary=x"}


HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'


async def post(
    app: ASGIApp, chunks: list[bytes], headers: dict[str, str] = HEADERS
) -> tuple[int, dict[bytes, bytes], int]:
    """Send a body in chunks; returns the status, the headers and the number of bytes read."""
    sent, asked = [*chunks], 0
    answer: dict[str, Any] = {}

    async def receive() -> Message:
        nonlocal asked
        if not sent:
            return {"type": "http.disconnect"}
        chunk = sent.pop(0)
        asked += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(sent)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.update(status=message["status"], headers=dict(message["headers"]))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/predict",
        "raw_path": b"/predict",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "server": ("test", 80),
        "client": ("test", 1),
    }
    await app(scope, receive, send)
    return answer["status"], answer["headers"], asked


async def ignore(message: Message) -> None:
    """A client that ignores the response."""


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS | {"transfer-encoding": "chunked"},
        HEADERS | {"content-length": "1000"},  # wrong
        HEADERS | {"content-length": str(12 * MIB)},
    ],
)
def test_a_body_over_the_limit_is_413_and_the_connection_is_closed(
    fake: MakeFake, headers: dict[str, str]
) -> None:
    app = create_app(Settings(max_body_bytes=4 * MIB), fake())
    chunks = [HEAD] + [bytes(MIB)] * 12
    status, sent, _ = asyncio.run(post(app, chunks, headers))
    assert status == 413
    assert sent[b"content-type"] == b"application/problem+json"
    if headers.get("content-length") != "1000":
        assert sent[b"connection"] == b"close"


def test_the_rest_of_a_body_is_discarded_after_the_response(fake: MakeFake) -> None:
    app = create_app(Settings(), fake())
    chunks = [bytes(MIB)] * 3
    headers = {"content-type": "text/plain", "content-length": str(3 * MIB)}
    status, sent, asked = asyncio.run(post(app, chunks, headers))
    assert (status, asked) == (415, 3 * MIB)
    assert b"connection" not in sent  # the connection can be reused


def test_the_response_does_not_wait_for_a_client_that_stops_sending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vocalbaby.api.middleware.body_limit._LINGER_S", 0.05)
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    async def stall() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    limited = BodyLimitMiddleware(app, max_bytes=10, seconds=5, memory=MemoryBudget(10))
    scope = {"type": "http", "headers": [(b"transfer-encoding", b"chunked")]}
    asyncio.run(asyncio.wait_for(limited(scope, stall, send), 5))
    assert [message.get("more_body") for message in sent] == [None, True, False]
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_body_that_does_not_arrive_is_408_and_no_longer_counts(
    fake: MakeFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vocalbaby.api.middleware.body_limit._LINGER_S", 0.05)
    app = create_app(Settings(max_in_flight=1, body_seconds=0.05), fake())
    answers: list[Message] = []

    async def stall() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"99")]
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers}

    async def run() -> None:
        for _ in range(2):
            await asyncio.wait_for(app({**scope, "query_string": b""}, stall, send), 10)

    asyncio.run(run())
    starts = [message for message in answers if "status" in message]
    assert [start["status"] for start in starts] == [408, 408]
    assert all((b"connection", b"close") in start["headers"] for start in starts)


def test_a_declared_size_over_the_limit_is_refused_before_a_byte_is_read() -> None:
    reached: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)
        await receive()

    async def refuse(*_: object) -> Message:
        raise AssertionError("read")

    limited = BodyLimitMiddleware(app, max_bytes=10, seconds=5, memory=MemoryBudget(100))
    scope = {"type": "http", "headers": [(b"content-length", b"11")]}
    with pytest.raises(RequestTooLargeError, match="over the limit"):
        asyncio.run(limited(scope, refuse, ignore))
    assert reached


def test_a_body_at_the_limit_is_read() -> None:
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())

    async def receive() -> Message:
        return {"type": "http.request", "body": b"0123456789", "more_body": False}

    limited = BodyLimitMiddleware(app, max_bytes=10, seconds=5, memory=MemoryBudget(10))
    scope = {"type": "http", "headers": [(b"content-length", b"10")]}
    for _ in range(3):  # the budget is released after each request
        asyncio.run(limited(scope, receive, ignore))
    assert len(seen) == 3


def test_all_bodies_together_are_limited(fake: MakeFake) -> None:
    app = create_app(Settings(max_held_bytes=2 * MIB), fake())
    status, headers, _ = asyncio.run(post(app, [HEAD] + [bytes(MIB)] * 3))
    assert status == 503
    assert headers[b"retry-after"] == b"1"
