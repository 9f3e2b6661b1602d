"""No request that is hidden in another one is executed, wherever the client's bytes are cut."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import httpx
import pytest

from tests.server.smuggling.case import NEXT_SEEN, Case
from tests.server.smuggling.cases import CASES
from tests.server.smuggling.feeding import Connections, Outcome

#: A path of the service with the same length.
READY = b"/ready?ab"
#: What is longer is cut at every place of its begin and its end only.
MOST_CUTS = 260


def is_right(case: Case, outcome: Outcome) -> bool:
    """Whether the application saw what it has to see, and the connection was closed behind it."""
    if outcome.seen != case.allowed:
        count = len(outcome.seen)
        return case.refusable and outcome.closed and outcome.seen == case.allowed[:count]
    return outcome.closed or case.endless or case.allowed[-1:] == (NEXT_SEEN,)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_application_sees_no_hidden_request(case: Case) -> None:
    cuts: Sequence[int] = range(1, len(case.data))
    if len(cuts) > MOST_CUTS:
        cuts = [*cuts[: MOST_CUTS // 2], *cuts[-MOST_CUTS // 2 :]]

    async def outcomes() -> tuple[Outcome, dict[int | str, Outcome]]:
        connections = Connections()
        whole = await connections.send(case.data)
        found: dict[int | str, Outcome] = {
            at: await connections.send(case.data[:at], case.data[at:]) for at in cuts
        }
        if len(case.data) <= MOST_CUTS:
            found["each"] = await connections.send(*(bytes([byte]) for byte in case.data))
        return whole, found

    whole, cut = asyncio.run(outcomes())
    assert is_right(case, whole), whole
    assert {at: found for at, found in cut.items() if found != whole} == {}


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 250


async def over_a_socket(port: int, *pieces: bytes) -> bytes:
    """Send pieces with pauses, and nothing behind them; returns the responses."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.2)
        received = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return received


def executed(url: str) -> int:
    """How often the service has said that it is ready."""
    found = re.search(
        r'^vocalbaby_requests_total{method="GET",route="/ready",status="200"} (\S+)$',
        httpx.get(f"{url}/metrics").text,
        re.MULTILINE,
    )
    return int(float(found[1])) if found else 0


def test_the_service_executes_no_hidden_request(
    serve: Callable[..., AbstractContextManager[Any]],
) -> None:
    """All cases over sockets: whole, and cut behind the first head."""
    flags = ("--drain-seconds=0", "--keep-alive-seconds=1", "--head-seconds=2", "--body-seconds=2")

    async def send(port: int) -> None:
        slots = asyncio.Semaphore(40)

        async def one(data: bytes) -> None:
            at = data.find(b"\r\n\r\n") + 4
            async with slots:
                await over_a_socket(port, data)
                await over_a_socket(port, data[:at], data[at:])

        await asyncio.gather(*(one(case.data.replace(b"/smuggled", READY)) for case in CASES))

    with serve(*flags) as server:
        before = executed(server.url)
        asyncio.run(send(server.port))
        count = executed(server.url) - before
    behind = [case for case in CASES if NEXT_SEEN in case.allowed]
    most = len(behind)
    # The path does not exist: the connection is closed if it is not known where the body ends.
    kept = [case for case in behind if b"Transfer-Encoding" not in case.data]
    least = sum(not case.refusable for case in kept)
    assert 2 * least <= count <= 2 * most
