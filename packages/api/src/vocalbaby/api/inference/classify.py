"""From an HTTP request to the engine: durations, admission, routing key and disconnection."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import ClientDisconnect, Request

from vocalbaby.api.inference.engine import ClientGoneError
from vocalbaby.api.inference.requests import Outcomes, QueueTicket
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.upload import Upload
from vocalbaby.audio import is_plain_wav
from vocalbaby.monitoring.asgi import Scope

__all__ = ["KEY_HEADER", "classify", "classify_admitted", "routing_key"]

#: Requests with the same value of this header are answered by the same model version.
KEY_HEADER: Final = b"x-vocalbaby-key"
_MAX_KEY: Final = 128


def routing_key(scope: Scope) -> str:
    """Return what the model is chosen by: the header, else the API key's name, else the id."""
    for name, value in scope["headers"]:
        if name == KEY_HEADER:
            return str(value[:_MAX_KEY], "latin-1")
    return str(scope.get("api_key_name") or scope.get("request_id", ""))


async def classify(request: Request, uploads: list[Upload], version: str | None = None) -> Outcomes:
    """Return one prediction or error per upload, in order.

    Args:
        request: The HTTP request, whose body has been read.
        uploads: Its files; at least one.
        version: The model version that the client insists on, or None.

    Raises:
        ClientDisconnect: The client disconnected; the request was dropped.
        OverloadedError: Too much sound would have to be processed first.
        VocalBabyError: As `Engine.classify`.
    """
    state: AppState = request.app.state.vocalbaby
    files = [upload.data for upload in uploads]
    if all(map(is_plain_wav, files)):
        durations_s = state.admission.durations_s(files)
    else:  # others take too long to open in the event loop
        durations_s = await asyncio.to_thread(state.admission.durations_s, files)
    with state.admission.admit(sum(durations_s)) as ticket:
        return await classify_admitted(request, uploads, durations_s, ticket, version)


async def classify_admitted(
    request: Request,
    uploads: list[Upload],
    durations_s: Sequence[float],
    ticket: QueueTicket,
    version: str | None = None,
) -> Outcomes:
    """Classify files of a request that has been admitted; see `classify`."""
    state: AppState = request.app.state.vocalbaby
    try:
        return await state.engine.classify(
            uploads,
            routing_key(request.scope),
            version=version,
            request_id=request.scope.get("request_id", ""),
            durations_s=durations_s,
            ticket=ticket,
            disconnected=request.receive,
        )
    except ClientGoneError as gone:
        raise ClientDisconnect from gone
