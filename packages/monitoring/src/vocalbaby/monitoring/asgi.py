"""Types of the ASGI 3 interface, so that naming them needs no web framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

__all__ = ["ASGIApp", "Message", "Receive", "Scope", "Send"]

#: What an application knows of a connection.
Scope: TypeAlias = MutableMapping[str, Any]
#: An event of a connection.
Message: TypeAlias = MutableMapping[str, Any]
#: Returns the next event from the client.
Receive: TypeAlias = Callable[[], Awaitable[Message]]
#: Sends an event to the client.
Send: TypeAlias = Callable[[Message], Awaitable[None]]
#: An application.
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
