"""The deadline for responses."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from vocalbaby.api.app import create_app
from vocalbaby.api.middleware.deadline import DeadlineMiddleware
from vocalbaby.api.settings import Settings
from vocalbaby.monitoring.asgi import Message, Receive, Scope, Send

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


async def hang_up() -> Message:
    """A client that has disconnected."""
    return {"type": "http.disconnect"}


async def ignore(message: Message) -> None:
    """A client that ignores the response."""


def test_a_response_that_takes_too_long_is_cancelled(fake: MakeFake, wav: MakeWav) -> None:
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
    for refused in late:  # the first one no longer counts against the limit
        assert (refused.status_code, refused.json()["code"]) == (503, "deadline_exceeded")
        assert refused.headers["retry-after"] == "1"
    assert answer.status_code == 200


def test_a_timeout_error_of_the_application_is_not_the_deadline() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    limited = DeadlineMiddleware(app, seconds=5)
    with pytest.raises(TimeoutError):
        asyncio.run(limited({"type": "http"}, hang_up, ignore))
