"""What clients get that do what they should not, from any server of the service."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["MISUSES"]


async def _exchange(port: int, *pieces: bytes, wait_s: float = 6.0) -> bytes:
    """Send pieces with pauses; returns what comes within a time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    with suppress(OSError, TimeoutError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.2)
        async with asyncio.timeout(wait_s):
            while data := await reader.read(2**16):
                received += data
    writer.close()
    return received


def _statuses(port: int, *pieces: bytes) -> str:
    received = asyncio.run(_exchange(port, *pieces))
    found = [part[:3].decode() for part in received.split(b"HTTP/1.1 ")[1:]]
    found = [status for status in found if status.isdigit() and status != "100"]
    return " ".join(found) or "closed"


_HEAD: Final = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
_UPGRADE: Final = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
_SMUGGLED: Final = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
_LENGTH: Final = b"Content-Length: %d\r\n\r\n" % len(_SMUGGLED)


def _memory(port: int, memory_mib: Callable[[], float]) -> str:
    """MiB that a client costs that sends 5 MB of requests and reads nothing."""
    before = memory_mib()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        with suppress(OSError):
            client.sendall(_SMUGGLED * (5_000_000 // len(_SMUGGLED)))
        time.sleep(3)
        return f"{memory_mib() - before:.0f} MiB"


def _unread(port: int, _memory_mib: Callable[[], float]) -> str:
    """How long a client may read nothing of its responses, up to 60 s."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        start = time.monotonic()
        client.settimeout(1)
        for _ in range(60):
            try:
                client.sendall(request * 20)
            except TimeoutError:
                pass
            except OSError:
                return f"{time.monotonic() - start:.0f} s"
            time.sleep(1)
            if client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return f"{time.monotonic() - start:.0f} s"
    return "no limit"


#: What a client does -> what it gets, from the port of a server and a function that measures its
#: memory in MiB.
MISUSES: Final[dict[str, Callable[[int, Callable[[], float]], str]]] = {
    "`Upgrade: h2c`, body in a second segment": lambda port, _: _statuses(
        port, _HEAD + _UPGRADE + _LENGTH, _SMUGGLED
    ),
    "`CONNECT` with a body": lambda port, _: _statuses(
        port, b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n" + _LENGTH, _SMUGGLED
    ),
    "a length and chunks": lambda port, _: _statuses(
        port,
        _HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    ),
    "a client that reads nothing is closed after": _unread,
    "5 MB of pipelined requests, nothing read": _memory,
    "a length of 4,400 digits": lambda port, _: _statuses(
        port, _HEAD + b"Content-Length: %b\r\n\r\n" % (b"9" * 4400)
    ),
    "a head of 125,000 bytes": lambda port, _: _statuses(
        port, b"GET /health HTTP/1.1\r\nHost: x\r\nX: %b\r\n\r\n" % (b"a" * 125_000)
    ),
    "no `Host`": lambda port, _: _statuses(port, b"GET /health HTTP/1.1\r\n\r\n"),
    "two `Host`": lambda port, _: _statuses(
        port, b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"
    ),
    "`HTTP/0.9`": lambda port, _: _statuses(port, b"GET /health HTTP/0.9\r\nHost: x\r\n\r\n"),
    "`Expect: bogus`": lambda port, _: _statuses(
        port, b"GET /health HTTP/1.1\r\nHost: x\r\nExpect: bogus\r\n\r\n"
    ),
    "a head that does not end within 15 s": lambda port, _: _slow(port),
}


def _slow(port: int) -> str:
    received = asyncio.run(_exchange(port, b"GET /health HTTP/1.1\r\nHost: x\r\n", wait_s=15))
    return received[9:12].decode() or "no answer"
