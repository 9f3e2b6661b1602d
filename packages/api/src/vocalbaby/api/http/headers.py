"""Security headers, which forbid a browser to do anything with a response but show it."""

from typing import Final

from vocalbaby.monitoring.asgi import Message

__all__ = ["add_security_headers"]

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
