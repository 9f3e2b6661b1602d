"""The limit on requests in progress, and what happens to requests beyond it."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from vocalbaby.api.app import create_app
from vocalbaby.api.limits.limiters import ConcurrencyLimiter
from vocalbaby.api.settings import Settings
from vocalbaby.exception import OverloadedError

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]


#: Makes a predictor; its argument is called with the clips' names first.
MakeFake = Callable[..., Any]


def test_the_limiter_refuses_requests_beyond_its_limit() -> None:
    limiter = ConcurrencyLimiter(2)
    with limiter.enter():
        with limiter.enter(), pytest.raises(OverloadedError), limiter.enter():
            pass
        with limiter.enter():
            pass


def test_requests_over_the_limit_are_refused_at_once_and_the_others_finished(
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

            async def classify(i: int) -> httpx.Response:
                return await client.post("/predict", files={"files": (f"{i}", wav(0.2))})

            tasks = [asyncio.create_task(classify(i)) for i in range(10)]
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

            async def classify(i: int) -> None:
                lengths = [0.1 + 0.01 * ((i + k) % 40) for k in range(1 + i % 4)]
                files = [("files", (f"{i}", wav(length))) for length in lengths]
                results = (await client.post("/predict", files=files)).json()["results"]
                assert [r["filename"] for r in results] == [str(i)] * len(lengths)
                assert [r["duration_s"] for r in results] == pytest.approx(lengths)

            await asyncio.gather(*map(classify, range(40)))

    asyncio.run(run())
