"""Who may ask, and how often: ASGI middleware over keys and rates."""

from typing import Final

from vocalbaby.api.limits.rates import RateLimiter
from vocalbaby.api.middleware.keys import KeyFile
from vocalbaby.monitoring.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["KeyMiddleware"]

#: Paths that need no key: probes, the page's files and the description.
_OPEN: Final = frozenset({"/", "/health", "/ready", "/metrics", "/docs", "/openapi.json"})
_OPEN_UNDER: Final = ("/page/", "/v2/health/")


class KeyMiddleware:
    """Lets pass who has a key, as often as the key may; leaves its name in the scope.

    The name stands in ``scope["api_key_name"]``. Every path needs a key that is not known
    to need none.

    Args:
        app: The application.
        keys: Who may ask.
        rates: How often.

    Raises:
        KeyRequiredError: To whoever is outside: no key, or an unknown one.
        KeyRefusedError: A key that is not valid any more.
        RateLimitedError: Too many requests with this key.
    """

    def __init__(self, app: ASGIApp, *, keys: KeyFile, rates: RateLimiter) -> None:
        self._app = app
        self._keys = keys
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and not _is_open(scope["path"]):
            name = self._keys.check(_given(scope))
            scope["api_key_name"] = name
            self._rates.take(name)
        await self._app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_UNDER)


def _given(scope: Scope) -> bytes | None:
    """The key of ``Authorization: Bearer`` or ``X-API-Key``."""
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            return bytes(value)
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:]).strip()
    return None
