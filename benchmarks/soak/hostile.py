"""Clients that send what they should not, or do not send or read what they should."""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import Awaitable, Callable
from typing import Final, cast

from benchmarks.soak.connections import Response, read_response
from benchmarks.soak.ledger import Ledger

__all__ = ["KINDS", "attack"]

#: Longer than the service waits for a head, a body, or a client that does not read.
_PATIENCE_S: Final = 100.0
_ADDRESS: Final = "127.0.0.66"
_GET: Final = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"
_POST: Final = b"POST /predict HTTP/1.1\r\nHost: x\r\nX-API-Key: %b\r\nContent-Type: audio/wav\r\n"

Attack = Callable[["Attacker"], Awaitable[str | None]]


class Attacker:
    """One connection of a hostile client.

    Attributes:
        reader: What the service sends.
        writer: What the client sends.
        key: A valid API key.
        maybe: Counts requests that the service may count, see `Ledger`.
        rng: Chooses.
        hold_s: How long it stays, at most.
    """

    def __init__(self, ledger: Ledger, key: str, rng: random.Random, hold_s: float) -> None:
        self.hold_s = hold_s
        self.key = key.encode()
        self.maybe = ledger.maybe
        self.rng = rng

    async def open(self, port: int, **options: int) -> None:
        """Connect to the service."""
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(_ADDRESS, 0), **options
        )

    async def drip(self, data: bytes, pause_s: float) -> str | None:
        """Send bytes one by one until the service says 408 or closes the connection."""
        came = asyncio.ensure_future(self.reader.read(2**14))
        for at in range(len(data)):
            self.writer.write(data[at : at + 1])
            await asyncio.wait([came], timeout=pause_s)
            if came.done():
                break
        answer = await came
        return None if answer[9:12] in {b"", b"408"} else repr(answer[:200])

    async def answer(self, *allowed: int) -> str | None:
        """Read an answer with one of these statuses, or the end; returns what is wrong."""
        try:
            response: Response = await read_response(self.reader)
        except OSError:
            return None  # the connection was closed
        if response.status not in allowed:
            return f"{response.status} {response.body[:200]!r}"
        return None


async def slow_head(a: Attacker) -> str | None:
    """A head that never ends."""
    return await a.drip(b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100, 0.5)


async def slow_body(a: Attacker) -> str | None:
    """A body that never ends."""
    a.maybe["POST", "/predict", "408"] += 1
    a.maybe["POST", "/predict", "499"] += 1
    a.writer.write(_POST % a.key + b"Content-Length: 100000\r\n\r\n")
    return await a.drip(b"R" * 100, 0.5)


async def cut_body(a: Attacker) -> str | None:
    """A client that goes away in the middle of a body."""
    for status in ("499", "400", "422"):
        a.maybe["POST", "/predict", status] += 1
    a.writer.write(_POST % a.key + b"Content-Length: 100000\r\n\r\n" + os.urandom(5000))
    await a.writer.drain()
    await asyncio.sleep(a.rng.choice((0, 0.1, 2)))
    return None


async def huge_head(a: Attacker) -> str | None:
    """A head of 200 kB."""
    lines = b"".join(b"X-%d: %b\r\n" % (i, b"a" * 180) for i in range(1000))
    a.writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n" + lines + b"\r\n")
    return await a.answer(431)


async def garbage(a: Attacker) -> str | None:
    """Bytes that are not HTTP, among them the hello of TLS."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500)
    a.writer.write(a.rng.choice((hello, os.urandom(300), b"\0" * 300, b"HELO x\r\n" * 9)))
    a.writer.write(b"\r\n\r\n")
    return await a.answer(400, 408)


async def two_lengths(a: Attacker) -> str | None:
    """A request that two servers could read in two ways."""
    lines = (
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: +5\r\n",
    )
    a.writer.write(
        _POST % a.key + a.rng.choice(lines) + b"\r\n0\r\n\r\nGET /nowhere2 HTTP/1.1\r\n\r\n"
    )
    return await a.answer(400, 501)


async def bad_chunks(a: Attacker) -> str | None:
    """Chunks whose sizes are no numbers, or too large."""
    for status in ("400", "499", "413", "422"):
        a.maybe["POST", "/predict", status] += 1
    size = a.rng.choice((b"zz", b"-1", b"f" * 16, b"f" * 40, b"7fffffff"))
    a.writer.write(_POST % a.key + b"Transfer-Encoding: chunked\r\n\r\n%b\r\nabc\r\n" % size)
    a.writer.write_eof()
    return await a.answer(400, 413)


async def pipelined(a: Attacker) -> str | None:
    """Many requests at once, whose answers are read in the right order."""
    paths = [a.rng.choice((b"/health", b"/ready", b"/v2", b"/nowhere3")) for _ in range(30)]
    for path in paths:
        route = path.decode() if path in {b"/health", b"/ready"} else "unmatched"
        a.maybe["GET", route, "*"] += 1
    a.writer.write(b"".join(_GET % path for path in paths))
    expected = {
        b"/health": (200, 503),
        b"/ready": (200, 503),
        b"/v2": (401, 503),
        b"/nowhere3": (401, 503),
    }
    for path in paths:
        if wrong := await a.answer(*expected[path]):
            return f"{path.decode()}: {wrong}"
    return None


async def never_reads(a: Attacker) -> str | None:
    """A client that asks for much and reads nothing."""
    count = 300
    a.maybe["GET", "/openapi.json", "*"] += count
    a.maybe["GET", "/health", "*"] += count
    cast("asyncio.Transport", a.writer.transport).pause_reading()
    a.writer.write((_GET % b"/openapi.json" + _GET % b"/health") * count)
    await asyncio.sleep(a.rng.choice((0.02, 0.1, 1)) * a.hold_s)
    return None


async def silent(a: Attacker) -> str | None:
    """A client that connects and says nothing."""
    return await a.answer(408)


KINDS: Final[dict[Attack, int]] = {
    slow_head: 2,
    slow_body: 2,
    cut_body: 4,
    huge_head: 3,
    garbage: 4,
    two_lengths: 4,
    bad_chunks: 4,
    pipelined: 3,
    never_reads: 1,
    silent: 2,
}


async def attack(port: int, ledger: Ledger, key: str, rng: random.Random, hold_s: float) -> None:
    """Attack the service once; a wrong answer is recorded.

    Args:
        port: Of the service.
        ledger: Gets counts and faults.
        key: A valid API key.
        rng: Chooses.
        hold_s: How long a client that reads nothing stays, at most.
    """
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    name = f"hostile: {kind.__name__.replace('_', ' ')}"
    attacker = Attacker(ledger, key, rng, hold_s)
    wrong = None
    try:
        await attacker.open(port, limit=2**14)
        async with asyncio.timeout(_PATIENCE_S):
            wrong = await kind(attacker)
    except TimeoutError:
        wrong = f"it was not ended within {_PATIENCE_S:g} s"
    except OSError:
        pass  # the service closed the connection
    finally:
        if hasattr(attacker, "writer"):
            _reset(attacker.writer)
    ledger.kinds[name] += 1
    if wrong:
        ledger.mistake(name, wrong)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection without the usual goodbye, half of the time."""
    connection = writer.get_extra_info("socket")
    if connection is not None and random.random() < 0.5:
        linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        with contextlib.suppress(OSError):  # it is closed already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
