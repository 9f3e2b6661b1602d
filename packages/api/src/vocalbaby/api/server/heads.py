"""The rules that give a request's head one meaning for every server.

llhttp refuses what is not HTTP: line ends other than CR LF, folded lines, control characters,
white space before a colon, two lengths, a length beside a transfer encoding. The rules here are
those that it leaves to its user.
"""

import re
from typing import Final

from vocalbaby.exception import (
    ExpectationError,
    HttpError,
    MethodNotAllowedError,
    VocalBabyError,
)

__all__ = ["METHODS", "body_length"]

#: The methods that some path allows, for the response to one that none allows.
METHODS: Final = "DELETE, GET, HEAD, OPTIONS, POST"

#: RFC 9110, section 7.2: a name, an IPv4 address or an IPv6 address in brackets, and a port.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")

#: The fields that are examined here; each may occur once.
_ONCE: Final = frozenset({b"content-length", b"expect", b"host", b"transfer-encoding"})

#: A longer Content-Length has leading zeros, or is not a length.
_MAX_DIGITS: Final = 18


def body_length(
    line: bytes, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
) -> int | None:
    """Check a request's head, and return the length of the body that follows it.

    Args:
        line: The head as it was received; it begins with the request line.
        method: The method, as the parser understood it.
        target: The target, as the parser understood it.
        headers: Names in lower case, and values. A Content-Length has only digits.

    Returns:
        Number of bytes, or None for a body in chunks.

    Raises:
        HttpError: Two servers could understand the head differently.
        MethodNotAllowedError: The method is CONNECT.
        ExpectationError: The request expects something else than ``100-continue``.

    Examples:
        >>> line = b"POST /predict HTTP/1.1"
        >>> headers = [(b"host", b"vocalbaby.example"), (b"content-length", b"12")]
        >>> body_length(line, b"POST", b"/predict", headers)
        12
    """
    before = method + b" " + target + b" HTTP/1."
    if not line.startswith(before):
        raise _error("The request is not HTTP/1.1 or HTTP/1.0.")
    if method == b"CONNECT":
        raise MethodNotAllowedError(
            "CONNECT is for proxies, and this is none.", hint=f"Use {METHODS}."
        )
    found = _once(headers)
    is_old = line.startswith(b"0", len(before))
    if b"host" in found:
        if not _HOST.fullmatch(found[b"host"]):
            raise _error("The header Host is not a host with an optional port.")
    elif not is_old:
        raise _error("The request has no header Host.")
    if b"expect" in found and found[b"expect"].lower() != b"100-continue":
        raise ExpectationError(
            "The request expects something that this service does not know.",
            hint="Send Expect: 100-continue, or no Expect.",
        )
    if b"transfer-encoding" in found:
        if is_old or found[b"transfer-encoding"].strip().lower() != b"chunked":
            raise _error("The only Transfer-Encoding is chunked, in HTTP/1.1.")
        return None
    length = found.get(b"content-length", b"0").strip()
    if len(length) > _MAX_DIGITS:
        raise _error(f"Content-Length has more than {_MAX_DIGITS} digits.")
    return int(length)


def _once(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The fields that may occur once."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _ONCE:
            if name in found:
                raise _error(f"The request has two headers {name.decode()}.")
            found[name] = value
    return found


def _error(message: str) -> VocalBabyError:
    return HttpError(message, hint="Send one request as RFC 9112 describes it.")
