"""A client of HTTP/1.1 with connections that are reused, and every byte under control."""

import asyncio
import time
from typing import Final, NamedTuple

__all__ = ["HttpClient", "Response", "read_response", "request_bytes"]

#: Connections that have been idle for longer are not used again; the service keeps them for 5 s.
_IDLE_S: Final = 3.0
#: The service answers within 60 s, and a busy machine may take longer.
_TIMEOUT_S: Final = 120.0
_NO_BODY: Final = frozenset({204, 304})


class Response(NamedTuple):
    """A response; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_bytes(
    method: str, path: str, headers: dict[str, str], body: bytes = b"", *, chunk: int = 0
) -> bytes:
    """Return a request, in chunks of ``chunk`` bytes if that is not 0."""
    framing = {"Transfer-Encoding": "chunked"} if chunk else {"Content-Length": str(len(body))}
    if not body and method in {"GET", "HEAD", "DELETE"}:
        framing = {}
    every = {"Host": "127.0.0.1"} | headers | framing
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in every.items())]
    head = "\r\n".join((*lines, "", "")).encode()
    if not chunk:
        return head + body
    pieces = (body[at : at + chunk] for at in range(0, len(body), chunk))
    return head + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


async def read_response(reader: asyncio.StreamReader, *, head: bool = False) -> Response:
    """Read one response.

    Args:
        reader: The connection.
        head: Whether it is the response to a HEAD request, which has no body.

    Raises:
        OSError: The connection ended, or something else than a response came.
    """
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ")
        if version != "HTTP/1.1":
            raise ConnectionError(f"not a response: {lines[0][:80]!r}")
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = {name.lower(): text.strip() for name, _, text in pairs}
        if int(status) == 100:
            return await read_response(reader, head=head)
        if head or int(status) in _NO_BODY:
            return Response(int(status), headers, b"")
        if "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        else:
            body = await _read_chunks(reader)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        raise ConnectionError(f"no whole response: {error!r}") from error
    return Response(int(status), headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


class HttpClient:
    """Clients of several addresses, with connections that are reused.

    Args:
        port: The service's port on the loopback interface.
        addresses: Addresses of the clients, which are taken in turns.
    """

    def __init__(self, port: int, addresses: tuple[str, ...]) -> None:
        self._port = port
        self._addresses = addresses
        self._turn = 0
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes) -> Response:
        """Send a request and return its response.

        Raises:
            OSError: There was no whole response.
        """
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await self._connection()
            try:
                writer.write(request)
                response = await read_response(reader, head=request.startswith(b"HEAD "))
            except BaseException:
                writer.transport.abort()
                raise
        if response.headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((time.monotonic(), reader, writer))
        return response

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < _IDLE_S and not reader.at_eof():
                return reader, writer
            writer.close()
        self._turn += 1
        address = self._addresses[self._turn % len(self._addresses)]
        return await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(address, 0), limit=2**20
        )

    def close(self) -> None:
        """Close the connections."""
        for _, _, writer in self._idle:
            writer.close()
