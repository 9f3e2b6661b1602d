"""Responses to requests that never reach the application."""

from secrets import token_hex

from starlette.responses import Response

from vocalbaby.api.http.headers import add_security_headers
from vocalbaby.api.http.problems import problem_of, problem_response
from vocalbaby.exception import VocalBabyError
from vocalbaby.monitoring.asgi import Message

__all__ = ["error_response", "response_bytes"]


def error_response(error: VocalBabyError, headers: dict[str, str] | None = None) -> Response:
    """The problem document of an error, after which the connection is closed."""
    request_id = token_hex(16)
    added = {"Connection": "close", "X-Request-ID": request_id}
    response = problem_response(problem_of(error, request_id), added | (headers or {}))
    message: Message = {"headers": response.raw_headers}
    add_security_headers(message)
    response.raw_headers = message["headers"]
    return response


def response_bytes(response: Response, phrase: str, *, has_body: bool = True) -> bytes:
    """A complete HTTP/1.1 response; ``phrase`` is the reason phrase of its status."""
    head = [f"HTTP/1.1 {response.status_code} {phrase}".encode()]
    head += [b"%b: %b" % header for header in response.raw_headers]
    return b"\r\n".join([*head, b"", bytes(response.body) if has_body else b""])
