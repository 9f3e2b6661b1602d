"""The cost of a request to an application in this process."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import unquote

from fastapi import FastAPI

from benchmarks.cost.sent import Sent
from vocalbaby.exception import NotReadyError

__all__ = ["Cost", "measure", "running", "send"]

_PIECE = 2**16  # bytes of a body that arrive at a time
_LONGEST_S = 60.0
_BEAT_S = 0.001


class Cost(NamedTuple):
    """What a request took.

    Attributes:
        cpu_s: CPU seconds of all threads.
        frozen_s: The longest time for which nothing else ran in the event loop.
        memory: Most bytes that were allocated by Python and numpy at a time, body excluded.
        status: Status of the response.
    """

    cpu_s: float
    frozen_s: float
    memory: int
    status: int


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Run an application until its model is loaded, and then for as long as the context lasts."""
    async with app.router.lifespan_context(app):
        while True:
            with suppress(NotReadyError):
                app.state.vocalbaby.engine.model()
                break
            await asyncio.sleep(0.02)
        yield


async def send(app: FastAPI, sent: Sent) -> int:
    """Send a request; returns the status of the response."""
    path, _, query = sent.path.partition("?")
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.headers]
    if sent.content_type:
        headers.append((b"content-type", sent.content_type.encode("latin-1")))
    if sent.body:
        headers.append((b"content-length", b"%d" % len(sent.body)))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": sent.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    at, status, ended = 0, 0, False

    async def receive() -> dict[str, Any]:
        nonlocal at, ended
        if ended:
            await asyncio.sleep(_LONGEST_S)
            return {"type": "http.disconnect"}
        await asyncio.sleep(0)  # as from a socket
        piece = sent.body[at : at + _PIECE]
        at += len(piece)
        ended = at >= len(sent.body)
        return {"type": "http.request", "body": piece, "more_body": not ended}

    async def answer(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(message["status"])

    await app(scope, receive, answer)
    return status


async def measure(app: FastAPI, sent: Sent, *, repeats: int = 1, memory: bool = False) -> Cost:
    """Return the lowest cost of some equal requests, since other work only adds to it.

    Args:
        app: The application.
        sent: The request.
        repeats: How often it is sent.
        memory: Whether memory is measured too, by one more request.
    """
    found = [await _once(app, sent) for _ in range(repeats)]
    allocated = 0
    if memory:
        tracemalloc.start()
        await _answer(app, sent)
        allocated = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    used, frozen = min(cost.cpu_s for cost in found), min(cost.frozen_s for cost in found)
    return Cost(used, frozen, allocated, found[0].status)


async def _answer(app: FastAPI, sent: Sent) -> int:
    """Send a request; returns the status, and 0 if there is none for long."""
    try:
        return await asyncio.wait_for(send(app, sent), _LONGEST_S)
    except TimeoutError:
        return 0


async def _once(app: FastAPI, sent: Sent) -> Cost:
    frozen = 0.0

    async def beat() -> None:
        nonlocal frozen
        while True:
            last = time.perf_counter()
            await asyncio.sleep(_BEAT_S)
            frozen = max(frozen, time.perf_counter() - last - _BEAT_S)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(2 * _BEAT_S)
    frozen, start = 0.0, time.process_time()
    status = await _answer(app, sent)
    used = time.process_time() - start
    await asyncio.sleep(2 * _BEAT_S)
    beating.cancel()
    return Cost(used, frozen, 0, status)
