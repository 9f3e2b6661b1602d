"""Bounds: enforced while reading, and what is refused is not held in memory."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from vocalbaby.api.app import create_app
from vocalbaby.api.limits.limiters import ConcurrencyLimiter, MemoryBudget
from vocalbaby.api.middleware.body_limit import BodyLimitMiddleware
from vocalbaby.api.middleware.deadline import DeadlineMiddleware
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError, RequestTooLargeError
from vocalbaby.monitoring.asgi import ASGIApp, Message, Receive, Scope, Send

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]

MIB = 2**20
HEADERS = {"content-type": "multipart/form-data; boundary=x"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'


async def post(
    app: ASGIApp, chunks: list[bytes], headers: dict[str, str] = HEADERS
) -> tuple[int, dict[bytes, bytes], int]:
    """Send a body in chunks; returns the status, the headers and how much was asked for."""
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


async def hang_up() -> Message:
    """A client that has gone."""
    return {"type": "http.disconnect"}


async def ignore(message: Message) -> None:
    """A client that does not listen."""


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS | {"transfer-encoding": "chunked"},
        HEADERS | {"content-length": "1000"},  # a lie
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


def test_what_was_not_read_is_thrown_away_after_the_answer(fake: MakeFake) -> None:
    app = create_app(Settings(), fake())
    chunks = [bytes(MIB)] * 3
    headers = {"content-type": "text/plain", "content-length": str(3 * MIB)}
    status, sent, asked = asyncio.run(post(app, chunks, headers))
    assert (status, asked) == (415, 3 * MIB)
    assert b"connection" not in sent  # it can be used again


def test_a_client_that_stops_sending_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_body_that_does_not_come_is_408_and_gives_its_place_free(
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
    for _ in range(3):  # what was held is given back
        asyncio.run(limited(scope, receive, ignore))
    assert len(seen) == 3


def test_bodies_held_at_once_are_bounded(fake: MakeFake) -> None:
    app = create_app(Settings(max_held_bytes=2 * MIB), fake())
    status, headers, _ = asyncio.run(post(app, [HEAD] + [bytes(MIB)] * 3))
    assert status == 503
    assert headers[b"retry-after"] == b"1"


def test_an_answer_that_takes_too_long_is_given_up(fake: MakeFake, wav: MakeWav) -> None:
    release = threading.Event()
    predictor = fake(lambda names: names == ["warm-up"] or release.wait(10))
    app = create_app(Settings(request_seconds=0.3, max_in_flight=1), predictor)

    async def run() -> tuple[list[httpx.Response], httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            files = {"files": ("a", wav(0.2))}
            late = [await client.post("/predict", files=files) for _ in range(2)]
            release.set()
            return late, await client.post("/predict", files=files)

    late, answer = asyncio.run(run())
    for refused in late:  # the second one finds the place free again
        assert (refused.status_code, refused.json()["code"]) == (503, "deadline_exceeded")
        assert refused.headers["retry-after"] == "1"
    assert answer.status_code == 200


def test_a_fault_inside_is_no_deadline() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    limited = DeadlineMiddleware(app, seconds=5)
    with pytest.raises(TimeoutError):
        asyncio.run(limited({"type": "http"}, hang_up, ignore))


def test_a_gate_lets_in_so_many_and_no_more() -> None:
    limiter = ConcurrencyLimiter(2)
    with limiter.enter():
        with limiter.enter(), pytest.raises(OverloadedError), limiter.enter():
            pass
        with limiter.enter():
            pass


def test_requests_over_the_bound_are_shed_at_once_and_the_rest_finished(
    fake: MakeFake, wav: MakeWav
) -> None:
    release = threading.Event()

    predictor = fake(lambda names: names == ["warm-up"] or release.wait(10))
    app = create_app(Settings(max_in_flight=3, retry_after_seconds=2), predictor)

    async def run() -> tuple[
        Iterable[asyncio.Task[httpx.Response]], httpx.Response, list[httpx.Response]
    ]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            async def ask(i: int) -> httpx.Response:
                return await client.post("/predict", files={"files": (f"{i}", wav(0.2))})

            tasks = [asyncio.create_task(ask(i)) for i in range(10)]
            done, pending = await asyncio.wait(tasks, timeout=0.5)
            health = await client.get("/health")
            release.set()
            return done, health, await asyncio.gather(*pending)

    done, health, rest = asyncio.run(run())
    shed = [task.result() for task in done]
    assert [answer.status_code for answer in shed] == [503] * 7
    assert {answer.json()["code"] for answer in shed} == {"overloaded"}
    assert {answer.headers["retry-after"] for answer in shed} == {"2"}
    assert health.status_code == 200
    assert [answer.status_code for answer in rest] == [200] * 3


def test_every_request_gets_its_own_answers_under_concurrency(fake: MakeFake, wav: MakeWav) -> None:
    app = create_app(Settings(), fake())

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            async def ask(i: int) -> None:
                lengths = [0.1 + 0.01 * ((i + k) % 40) for k in range(1 + i % 4)]
                files = [("files", (f"{i}", wav(length))) for length in lengths]
                results = (await client.post("/predict", files=files)).json()["results"]
                assert [r["filename"] for r in results] == [str(i)] * len(lengths)
                assert [r["duration_s"] for r in results] == pytest.approx(lengths)

            await asyncio.gather(*map(ask, range(40)))

    asyncio.run(run())
