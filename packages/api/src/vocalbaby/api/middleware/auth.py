"""API keys and their request rates, as ASGI middleware."""

from typing import Final

from vocalbaby.api.limits.rates import RateLimiter
from vocalbaby.api.middleware.key_file import KeyFile
from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["KeyMiddleware"]

#: Paths that need no key: health checks, the files of the page, and the OpenAPI document.
_OPEN: Final = frozenset({"/", "/health", "/ready", "/metrics", "/docs", "/openapi.json"})
_OPEN_UNDER: Final = ("/page/", "/v2/health/")


class KeyMiddleware:
    """Refuses requests without a valid key, and requests beyond the rate of their key.

    The name of the key is in ``scope["api_key_name"]``. Every path needs a key, except those
    listed above.

    Args:
        app: The application.
        keys: The valid keys.
        rates: The request rate of each key.

    Raises:
        KeyRequiredError: The request has no key, or an unknown one.
        KeyRefusedError: The key was revoked or has expired.
        RateLimitedError: The key has sent too many requests.
    """

    def __init__(self, app: ASGIApp, *, keys: KeyFile, rates: RateLimiter) -> None:
        self._app = app
        self._keys = keys
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and not _is_open(scope["path"]):
            name = self._keys.check(_key_of(scope))
            scope["api_key_name"] = name
            self._rates.take(name)
        await self._app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_UNDER)


def _key_of(scope: Scope) -> bytes | None:
    """The key in ``Authorization: Bearer`` or ``X-API-Key``."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            return bytes(value)
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:]).strip()
    return None
