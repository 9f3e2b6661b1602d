"""Headers that tell a browser to trust an answer with nothing."""

from typing import Final

from vocalbaby.monitoring.asgi import Message

__all__ = ["add_security_headers"]

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_POLICY: Final = b"content-security-policy"
_NOTHING: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
#: The framework's description pages load their scripts from a network, and have one inline.
_DESCRIPTION: Final = (
    b"default-src 'none'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    b"script-src 'unsafe-inline' https://cdn.jsdelivr.net; worker-src blob:; "
    b"style-src 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; "
    b"font-src https://fonts.gstatic.com; img-src 'self' data: https://fastapi.tiangolo.com "
    b"https://cdn.redoc.ly"
)
_DESCRIPTIONS: Final = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})


def add_security_headers(message: Message, path: str) -> None:
    """Add to an ``http.response.start`` what the application has not set itself."""
    headers = list(message.get("headers", ()))
    present = {name for name, _ in headers}
    policy = _DESCRIPTION if path in _DESCRIPTIONS else _NOTHING
    headers += [item for item in (*_ALWAYS, (_POLICY, policy)) if item[0] not in present]
    message["headers"] = headers
