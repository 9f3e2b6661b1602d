"""Header values with parameters, in time that grows with their length and not with its square.

The parser of python-multipart takes 7 ms for 4 kB of semicolons in quotes.
"""

import re
from itertools import islice
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["file_name", "parse"]

_PARAMETER: Final = re.compile(
    rb';[ \t]*+([^;="]*+)(?:=[ \t]*+("(?:[^"\\]|\\.)*+"?+[^;]*+|[^;]*+)|"[^;]*+)?+', re.DOTALL
)
#: No client sends more than four.
_MOST: Final = 32
_EXTENDED: Final = re.compile(rb"(utf-8|iso-8859-1)'[^']*+'([^;\s]++)", re.IGNORECASE)


def parse(header: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    r"""Return the value of a header in lower case, and its parameters.

    Args:
        header: For instance ``Content-Type`` or ``Content-Disposition``.

    Examples:
        >>> parse(b'Form-Data; name="a\\"; b"; filename=c.wav')
        (b'form-data', {b'name': b'a"; b', b'filename': b'c.wav'})
    """
    end = header.find(b";")
    if end < 0:
        return header.lower().strip(b" \t"), {}
    found: dict[bytes, bytes] = {}
    for match in islice(_PARAMETER.finditer(header, end), _MOST):
        name, value = match[1].strip(b" \t").lower(), (match[2] or b"").strip(b" \t")
        if len(value) >= 2 and value[:1] == value[-1:] == b'"':
            value = value[1:-1].replace(b"\\\\", b"\\").replace(b'\\"', b'"')
        if name == b"filename" and (value[1:3] == b":\\" or value[:2] == b"\\\\"):
            value = value.rpartition(b"\\")[2]  # old browsers send the path
        found[name] = value
    return header[:end].strip(b" \t").lower(), found


def file_name(parameters: dict[bytes, bytes]) -> bytes | None:
    """Return the name of a file in UTF-8, or None if there is none.

    Some clients send only ``filename*=UTF-8''...`` (RFC 5987).

    Examples:
        >>> file_name({b"filename*": b"UTF-8''na%C3%AFve.wav"}).decode()
        'naïve.wav'
    """
    extended = _EXTENDED.match(parameters.get(b"filename*", b""))
    if b"filename" in parameters or extended is None:
        return parameters.get(b"filename")
    name = unquote_to_bytes(extended[2])
    return name if extended[1].lower() == b"utf-8" else name.decode("latin-1").encode()
