"""Headers of requests and responses."""

from typing import Final

from vocalbaby.monitoring.asgi import Message

__all__ = ["add_security_headers", "declared_length"]

#: More than any limit. Python refuses to convert numbers of more than 4,300 digits.
_ENDLESS: Final = 10**18

#: They forbid a browser to do anything with a response but show it.
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
)


def add_security_headers(message: Message) -> None:
    """Add the security headers that the application has not set to an ``http.response.start``."""
    headers = list(message.get("headers", ()))
    present = {name for name, _ in headers}
    headers += [item for item in _ALWAYS if item[0] not in present]
    message["headers"] = headers


def declared_length(value: bytes) -> int | None:
    """The length of a body according to the value of ``Content-Length``.

    Returns:
        Number of bytes, at most 10**18; None if the value is not a number.

    Examples:
        >>> declared_length(b"12"), declared_length(b"+12"), declared_length(b"")
        (12, None, None)
        >>> declared_length(b"9" * 5000) == 10**18
        True
    """
    if not value.isdigit():
        return None
    digits = value.lstrip(b"0") or b"0"
    return int(digits) if len(digits) < 19 else _ENDLESS
