"""A fast path for the multipart forms that nearly all clients send.

It splits the body at its boundaries instead of parsing it byte by byte. Other forms go to the
general parser; docs/decisions/0012-http-libraries.md has the figures.
"""

import re
from typing import Final

__all__ = ["split_form"]

_BOUNDARY: Final = re.compile(rb"[A-Za-z0-9'+_./:=?-]{1,70}")
#: The head of a file with a plain name, as curl, browsers, requests and httpx write it.
_HEAD: Final = re.compile(
    rb'content-disposition: form-data; name="(?:files|file)"; filename="([A-Za-z0-9 ._()-]+)"'
    rb"(?:\r\ncontent-type: [A-Za-z0-9.+/-]+)?",
    re.IGNORECASE,
)


def split_form(body: bytes, boundary: bytes) -> list[tuple[str, bytes]] | None:
    """Names and contents of the files of a ``multipart/form-data`` body.

    Args:
        body: The whole body.
        boundary: The boundary of its content type.

    Returns:
        The files in their order; None if the form has any other part or is malformed, and
        must be parsed by the general parser.
    """
    opening = b"--" + boundary + b"\r\n"
    if not body.startswith(opening) or not _BOUNDARY.fullmatch(boundary):
        return None
    delimiter = b"\r\n--" + boundary
    files: list[tuple[str, bytes]] = []
    at = len(opening)
    while True:
        data = body.find(b"\r\n\r\n", at, at + 1000) + 4
        head = _HEAD.fullmatch(body, at, data - 4) if data >= 4 else None
        end = body.find(delimiter, data) if head else -1
        if head is None or end < 0:
            return None
        files.append((head[1].decode("ascii"), body[data:end]))
        at = end + len(delimiter) + 2
        tail = body[at - 2 : at]
        if tail == b"--":
            return files if body[at:] in {b"", b"\r\n"} else None
        if tail != b"\r\n":
            return None
