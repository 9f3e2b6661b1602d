"""Answers to connections whose requests never reach the application."""

from secrets import token_hex

from starlette.responses import Response

from vocalbaby.api.http.headers import add_security_headers
from vocalbaby.api.http.problems import problem_of, problem_response
from vocalbaby.exception import VocalBabyError
from vocalbaby.monitoring.asgi import Message

__all__ = ["as_bytes", "refusal"]


def refusal(error: VocalBabyError, headers: dict[str, str] | None = None) -> Response:
    """The problem document of an error, with which the connection ends."""
    request_id = token_hex(16)
    added = {"Connection": "close", "X-Request-ID": request_id}
    response = problem_response(problem_of(error, request_id), added | (headers or {}))
    message: Message = {"headers": response.raw_headers}
    add_security_headers(message)
    response.raw_headers = message["headers"]
    return response


def as_bytes(response: Response, phrase: str) -> bytes:
    """A whole answer of HTTP/1.1."""
    head = [f"HTTP/1.1 {response.status_code} {phrase}".encode()]
    head += [b"%b: %b" % header for header in response.raw_headers]
    return b"\r\n".join([*head, b"", bytes(response.body)])
