"""uvicorn's HTTP protocol, but with the bytes of one request at a time.

uvicorn gives the parser everything that has arrived. A body after an ``Upgrade`` then is lost or
becomes a request of its own, requests that a client sends ahead wait without a limit, and the
length of a head is not known.
"""

import asyncio
from enum import Enum, auto
from types import SimpleNamespace
from typing import ClassVar, Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vocalbaby.api.limits.limiters import MemoryBudget
from vocalbaby.api.middleware.body_limit import BODY_RECEIVED
from vocalbaby.api.server.chunks import ChunkScanner
from vocalbaby.api.server.heads import body_length
from vocalbaby.api.server.held_input import HeldInput
from vocalbaby.exception import HeadTooLargeError, HttpError, OverloadedError, VocalBabyError
from vocalbaby.monitoring.asgi import Scope

__all__ = ["Expecting", "RequestReader"]

#: How many bytes are read after a request was refused: a connection that is closed while bytes
#: arrive is reset, and its client may lose the response.
_LINGER_BYTES: Final = 2**20


class Expecting(Enum):
    """What the next byte from the client belongs to."""

    HEAD = auto()
    BODY = auto()
    NEXT_REQUEST = auto()  # the one before has arrived and is not answered
    NOTHING = auto()  # the connection is being closed


#: Python 3.11 takes as long for a member of an enumeration as for a short function.
_HEAD, _BODY = Expecting.HEAD, Expecting.BODY
_NEXT_REQUEST, _NOTHING = Expecting.NEXT_REQUEST, Expecting.NOTHING


class RequestReader(HttpToolsProtocol):
    """Reads the requests of one connection, each after the one before is answered.

    The parser gets the bytes of one request at a time. Those behind it wait, and the connection
    is not read meanwhile. The body of a request with ``Upgrade`` is read, and the upgrade ignored.

    Attributes:
        max_head_bytes: Limit of a head, and of what is not content in a body in chunks.
        memory: Budget for bytes that wait for the request before them.
        expecting: What the next byte belongs to.
    """

    max_head_bytes: ClassVar[int]
    memory: ClassVar[MemoryBudget]

    flow: HeldInput
    expecting = Expecting.HEAD
    _head = b""
    _remaining = 0  # bytes of a body with a length that have not arrived
    _chunks: ChunkScanner | None = None
    _discarded = 0

    def check_request(self) -> None:
        """Called with every head; raises the error if the request is refused."""

    def refuse(self, error: VocalBabyError, *, has_body: bool = True) -> None:
        """Answer with an error, without a body to HEAD, and close the connection."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """Prepare for the first request."""
        super().connection_made(transport)
        self.flow = HeldInput(transport, self.memory)

    def data_received(self, data: bytes) -> None:
        """Parse bytes from the client, up to the end of the first request."""
        self._unset_keepalive_if_required()
        while data:
            if self.expecting is _HEAD:
                data = self._read_head(data)
            elif self.expecting is _BODY:
                data = self._read_body(data)
            elif self.expecting is _NEXT_REQUEST:
                self._hold(data)
                return
            else:
                self._discard(len(data))
                return

    def _read_head(self, data: bytes) -> bytes:
        """Parse bytes up to the end of the head; returns those behind it."""
        before, limit = len(self._head), self.max_head_bytes
        self._head += data[: limit + 1 - before]
        end = self._head.find(b"\r\n\r\n", max(before - 3, 0)) + 4
        if end > 3:
            self._head = self._head[:end]
        if len(self._head) > limit:
            self.refuse(
                HeadTooLargeError(
                    f"The request's head is over the limit of {limit} bytes.",
                    hint="Send fewer or shorter headers.",
                )
            )
            return b""
        size = len(self._head) - before
        self._parse(data[:size])
        if end > 3:
            if self.expecting is _HEAD and self._head.strip(b"\r\n"):
                self.refuse(_malformed())
            self._head = b""
        return data[size:]

    def _read_body(self, data: bytes) -> bytes:
        """Parse bytes up to the end of the body; returns those behind it."""
        if self._chunks is None:
            size = min(self._remaining, len(data))
            self._remaining -= size
        else:
            try:
                size = self._chunks.scan(data)
            except VocalBabyError as error:
                self.refuse(error)
                return b""
        self._parse(data[:size])
        is_over = not self._remaining if self._chunks is None else self._chunks.ended
        if is_over and self.expecting is _BODY:
            self.refuse(_malformed())
        return data[size:]

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            self._ignore_upgrade()
        except HttpParserError:
            self.refuse(_malformed())

    def _ignore_upgrade(self) -> None:
        """Replace the parser, which reads no body after an ``Upgrade``.

        The new one is given a head with the same body; the application has the original.
        """
        if self.expecting is not _BODY:
            self._replace_parser()
            return
        reader = SimpleNamespace(on_body=self.on_body, on_message_complete=self._on_body_complete)
        self.parser = HttpRequestParser(reader)
        framing = b"Content-Length: %d" % self._remaining
        if self._chunks is not None:
            framing = b"Transfer-Encoding: chunked"
        self.parser.feed_data(b"POST / HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n" % framing)

    def _on_body_complete(self) -> None:
        self.on_message_complete()
        self._replace_parser()

    def _replace_parser(self) -> None:
        self.parser = HttpRequestParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Record a header; trailers are ignored."""
        if self.expecting is _HEAD:
            name = name.lower()
            self.headers.append((name, value))
            if name == b"expect":
                self.expect_100_continue = True  # the only one that is not refused

    def on_headers_complete(self) -> None:
        """Hand the request to the application, or refuse it."""
        method = self.parser.get_method()
        try:
            if self.expecting is not _HEAD:
                raise _malformed()
            length = body_length(self._head.lstrip(b"\r\n"), method, self.url, self.headers)
            self.check_request()
        except VocalBabyError as error:
            self.refuse(error, has_body=method != b"HEAD")
            return
        self._remaining = length or 0
        self._chunks = ChunkScanner(self.max_head_bytes) if length is None else None
        if self.expect_100_continue and self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False
        self.expecting = _BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Mark the body as complete, so that it is read without a timer."""
        is_cut = self._remaining or (self._chunks is not None and not self._chunks.ended)
        if self.expecting is not _BODY or is_cut:
            return  # a request that was refused, or the head of one with Upgrade
        cast("Scope", self.scope)[BODY_RECEIVED] = True
        super().on_message_complete()
        is_answered = self.cycle.response_complete
        self.expecting = _HEAD if is_answered else _NEXT_REQUEST

    def on_response_complete(self) -> None:
        """Go on with the next request, of which bytes may have arrived."""
        super().on_response_complete()
        if self.expecting is _NEXT_REQUEST and not self.transport.is_closing():
            self.expecting = _HEAD
            held = self.flow.release()
            if held:
                self.data_received(held)

    def _hold(self, data: bytes) -> None:
        """Keep bytes that arrive while a request is being answered."""
        if self.cycle.keep_alive:  # otherwise there is no next request
            try:
                self.flow.hold(data)
            except OverloadedError:
                self.cycle.keep_alive = False

    def _discard(self, size: int) -> None:
        """Read bytes after a request was refused."""
        self._discarded += size
        if self._discarded > _LINGER_BYTES:
            self.transport.close()


def _malformed() -> HttpError:
    return HttpError(
        "The request is not HTTP, or has errors.", hint="Use HTTP/1.1 without TLS on this port."
    )
