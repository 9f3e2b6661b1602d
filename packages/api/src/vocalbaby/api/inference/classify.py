"""From a request to the engine and back: whose it is, and whether it is still waited for."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import ClientDisconnect, Request

from vocalbaby.api.inference.admission import Place
from vocalbaby.api.inference.batches import Answers
from vocalbaby.api.inference.engine import ClientGoneError
from vocalbaby.api.inference.state import AppState
from vocalbaby.api.upload import Upload
from vocalbaby.monitoring.asgi import Scope

__all__ = ["KEY_HEADER", "classify", "classify_part", "request_key"]

#: Requests with the same value here are answered by the same model while shares stand.
KEY_HEADER: Final = b"x-vocalbaby-key"
_MAX_KEY: Final = 128


def request_key(scope: Scope) -> str:
    """What the model is chosen by: the client's header, else its API key's name, else the id."""
    for name, value in scope["headers"]:
        if name == KEY_HEADER:
            return str(value[:_MAX_KEY], "latin-1")
    return str(scope.get("api_key_name") or scope.get("request_id", ""))


async def classify(request: Request, uploads: list[Upload], version: str | None = None) -> Answers:
    """One prediction or error per upload, in order; see :meth:`Engine.classify`.

    Args:
        request: Its body has been read.
        uploads: Its files.
        version: The model that the client insists on.

    Raises:
        ClientDisconnect: The client went away; its files were dropped.
        OverloadedError: Too much sound would come first.
    """
    backlog = request.app.state.vocalbaby.backlog
    files = [upload.data for upload in uploads]
    if all(data.startswith(b"RIFF") for data in files):
        lengths_s = backlog.measure(files)
    else:  # the codecs take a while to open a file
        lengths_s = await asyncio.to_thread(backlog.measure, files)
    with backlog.enter(sum(lengths_s)) as place:
        return await classify_part(request, uploads, lengths_s, place, version)


async def classify_part(
    request: Request,
    uploads: list[Upload],
    lengths_s: Sequence[float],
    place: Place,
    version: str | None = None,
) -> Answers:
    """The same for some of a request's files, whose lengths are known and that has a place."""
    state: AppState = request.app.state.vocalbaby
    try:
        return await state.engine.classify(
            uploads,
            request_key(request.scope),
            version=version,
            request_id=request.scope.get("request_id", ""),
            lengths_s=lengths_s,
            place=place,
            gone=request.receive,
        )
    except ClientGoneError as gone:
        raise ClientDisconnect from gone
