"""The operations with clients that are written in Python."""

import asyncio
import http.client
import urllib.parse
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import aiohttp
import httpx
import requests
import urllib3

from tests.server.clients.operations import Answer, Operation

__all__ = ["PYTHON_CLIENTS"]

#: Sends a request several times over one connection, if that is possible.
Client = Callable[[Operation, str], Answer]


def _headers(operation: Operation) -> dict[str, str]:
    name, value = operation.header
    return ({} if operation.form else {"Content-Type": operation.type}) | (
        {name: value} if name else {}
    )


def _pieces(data: bytes) -> Iterator[bytes]:
    yield from (data[at : at + 5000] for at in range(0, len(data), 5000))


def _form(operation: Operation) -> dict[str, tuple[str, bytes, str]]:
    data = operation.file.read_bytes()
    return {operation.form: (operation.file.name, data, operation.type)}


def with_http_client(operation: Operation, base: str) -> Answer:
    """The standard library, with which a form is made by hand."""
    headers, data = _headers(operation), operation.file.read_bytes()
    if operation.form:
        data, headers["Content-Type"] = urllib3.encode_multipart_formdata(_form(operation))
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
    statuses, body = [], b""
    for _ in range(operation.times):
        content = _pieces(data) if operation.streamed else data
        connection.request("POST", operation.path, content, headers)
        response = connection.getresponse()
        statuses.append(response.status)
        body = response.read()
    connection.close()
    return Answer(tuple(statuses), body)


def with_urllib3(operation: Operation, base: str) -> Answer:
    """urllib3."""
    statuses, body = [], b""
    with urllib3.PoolManager(retries=False) as pool:
        for _ in range(operation.times):
            data = operation.file.read_bytes()
            if operation.form:
                response = pool.request("POST", base + operation.path, fields=_form(operation))
            else:
                content = _pieces(data) if operation.streamed else data
                url, headers = base + operation.path, _headers(operation)
                response = pool.request("POST", url, body=content, headers=headers)
            statuses.append(response.status)
            body = response.data
    return Answer(tuple(statuses), body)


def with_requests(operation: Operation, base: str) -> Answer:
    """requests."""
    statuses, body = [], b""
    with requests.Session() as session:
        for _ in range(operation.times):
            url, headers = base + operation.path, _headers(operation)
            if operation.form:
                response = session.post(url, files=_form(operation), timeout=60)
            else:
                data = operation.file.read_bytes()
                content = _pieces(data) if operation.streamed else data
                response = session.post(url, data=content, headers=headers, timeout=60)
            statuses.append(response.status_code)
            body = response.content
    return Answer(tuple(statuses), body)


def with_httpx(operation: Operation, base: str) -> Answer:
    """httpx."""
    statuses, body = [], b""
    with httpx.Client(timeout=60) as client:
        for _ in range(operation.times):
            url, headers = base + operation.path, _headers(operation)
            if operation.form:
                response = client.post(url, files=_form(operation))
            else:
                data = operation.file.read_bytes()
                content = _pieces(data) if operation.streamed else data
                response = client.post(url, content=content, headers=headers)
            statuses.append(response.status_code)
            body = response.content
    return Answer(tuple(statuses), body)


def with_aiohttp(operation: Operation, base: str) -> Answer:
    """aiohttp."""

    async def send() -> Answer:
        statuses, body = [], b""
        async with aiohttp.ClientSession() as session:
            for _ in range(operation.times):
                url, headers = base + operation.path, _headers(operation)
                async with session.post(url, data=_aiohttp_body(operation), headers=headers) as r:
                    statuses.append(r.status)
                    body = await r.read()
        return Answer(tuple(statuses), body)

    return asyncio.run(send())


def _aiohttp_body(operation: Operation) -> object:
    data = operation.file.read_bytes()
    if operation.form:
        form = aiohttp.FormData()
        form.add_field(
            operation.form, data, filename=operation.file.name, content_type=operation.type
        )
        return form
    return _stream(data) if operation.streamed else data


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    for piece in _pieces(data):
        yield piece


PYTHON_CLIENTS: Final[dict[str, Client]] = {
    "Python http.client": with_http_client,
    "urllib3": with_urllib3,
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
}
