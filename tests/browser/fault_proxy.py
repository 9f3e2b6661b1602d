"""A server whose responses fail on demand."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from vocalbaby.monitoring.asgi import Receive, Scope, Send


class FaultProxy:
    """An ASGI proxy that makes `/predict` fail on demand and records its requests.

    Attributes:
        refusals: Status and headers of the next responses, each used once.
        job_refusals: The same for questions for a job.
        required_key: When set, the Authorization header that clients must send.
        bodies: The bodies of the requests that reached the application.
        most_open: The most requests that were open at the same time.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.reset()

    def job_folder(self) -> Path:
        """The folder of jobs."""
        return Path(self._app.state.vocalbaby.settings.job_folder)

    def reset(self) -> None:
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.job_refusals: list[tuple[int, dict[str, str]]] = []
        self.required_key = ""
        self.bodies: list[bytes] = []
        self.most_open = 0
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        wants_key = self.required_key and path.startswith(("/predict", "/model"))
        if wants_key and dict(scope["headers"]).get(b"authorization") != self.required_key.encode():
            await _refuse(send, 401, {})
        elif self.job_refusals and path.startswith("/segment/"):
            await _refuse(send, *self.job_refusals.pop(0))
        elif path == "/predict":
            await self._predict(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._open += 1
        self.most_open = max(self.most_open, self._open)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            if self.refusals:
                await _refuse(send, *self.refusals.pop(0))
                return
            self.bodies.append(body)
            await self._app(scope, _replay(body, receive), send)
        finally:
            self._open -= 1


def _replay(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Any:
        return messages.pop() if messages else await receive()

    return again


async def _refuse(send: Send, status: int, headers: dict[str, str]) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
