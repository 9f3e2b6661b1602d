"""Tensors of the Open Inference Protocol, in JSON and in the binary tensor extension.

Source: https://github.com/kserve/open-inference-protocol, "HTTP/REST", and
https://github.com/triton-inference-server/server, "Binary Tensor Data Extension".
"""

import base64
import binascii
import json
import math
import re
import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from vocalbaby.exception import RequestError, RequestTooLargeError

__all__ = [
    "HEADER_LENGTH",
    "InferRequest",
    "Output",
    "Tensor",
    "encode",
    "parse",
    "to_bytes",
    "to_floats",
]

#: Header with the length of the JSON in front of binary tensors.
HEADER_LENGTH: Final = "Inference-Header-Content-Length"

_EXAMPLE: Final = (
    'As in {"inputs": [{"name": "audio", "datatype": "BYTES", "shape": [1], "data": ["UklGR…"]}]}.'
)
_SIZES: Final = "Set each binary_data_size to the number of the input's bytes after the JSON."

#: Most commas, quotes, and lists and objects, of the JSON. Each becomes a Python object of ten to
#: fifty times its size, and parsing holds the interpreter lock.
_MAX_COMMAS: Final = 2**20
_MAX_QUOTES: Final = 2**15
_MAX_NESTED: Final = 10_000
#: Most digits in a row: a number is read in time with the square of them.
_MAX_DIGITS: Final = 400
_DIGITS: Final = bytes(48 if 48 <= byte < 58 else 32 for byte in range(256))
_LONG_NUMBER: Final = re.compile(rb"[\[,:\s.-][0-9]{%d}" % (_MAX_DIGITS + 1))
#: Bytes that are looked at while the interpreter lock is held.
_SLICE: Final = 2**20


class Tensor(BaseModel):
    """An input tensor; ``raw`` holds its bytes when they follow the JSON."""

    name: str
    datatype: str
    shape: list[int] = Field(min_length=1, max_length=8)
    parameters: dict[str, Any] = {}
    data: list[Any] | None = None
    raw: bytes | None = Field(default=None, exclude=True)

    def size(self) -> int:
        """Return the number of elements; -1 for a negative dimension."""
        return math.prod(self.shape) if all(n >= 0 for n in self.shape) else -1


class RequestedOutput(BaseModel):
    """An output that the client requests."""

    name: str
    parameters: dict[str, Any] = {}


class InferRequest(BaseModel):
    """The inference request of a client."""

    id: str | None = None
    parameters: dict[str, Any] = {}
    # More than the protocol needs here; each that is malformed would be described.
    inputs: list[Tensor] = Field(min_length=1, max_length=16)
    outputs: list[RequestedOutput] | None = Field(default=None, max_length=16)


class Output(NamedTuple):
    """An output tensor: a flat list of strings for BYTES, of numbers for FP32."""

    name: str
    datatype: Literal["BYTES", "FP32"]
    shape: list[int]
    data: list[Any]


def parse(body: bytes, header_length: str | None) -> InferRequest:
    """Parse a request, including the binary data of its inputs.

    Args:
        body: The JSON, followed by the binary data of the inputs, if any.
        header_length: Value of the header `HEADER_LENGTH`; None when it was not sent.

    Raises:
        RequestError: The request is malformed.
        RequestTooLargeError: Its JSON would take too much memory.
    """
    length = len(body)
    if header_length is not None:
        length = int(header_length) if re.fullmatch("[0-9]{1,18}", header_length) else -1
        if not 0 <= length <= len(body):
            raise RequestError(
                f"{HEADER_LENGTH} is not a length within the body.",
                hint="Send the number of bytes of the JSON before the binary data.",
            )
    _check_json(body, length)
    try:
        request = InferRequest.model_validate_json(body[:length])
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise RequestError(
            f"The inference request is malformed: {where} {fault['msg']}.", hint=_EXAMPLE
        ) from None
    at = length
    for tensor in request.inputs:
        size = tensor.parameters.get("binary_data_size")
        if size is not None:
            if not isinstance(size, int) or not 0 <= size <= len(body) - at:
                raise RequestError(
                    f"{tensor.name!r} has more binary data than the body.", hint=_SIZES
                )
            tensor.raw = body[at : at + size]
            at += size
    if at != len(body):
        raise RequestError("The body is longer than its JSON and its binary data.", hint=_SIZES)
    return request


def _check_json(body: bytes, length: int) -> None:
    """Check that JSON is parsed in time and memory that grow with its length."""
    commas = quotes = nested = 0
    for start in range(0, length, _SLICE):
        end = min(start + _SLICE, length)
        commas += body.count(b",", start, end)
        quotes += body.count(b'"', start, end)
        nested += body.count(b"[", start, end) + body.count(b"{", start, end)
        if commas > _MAX_COMMAS or quotes > _MAX_QUOTES or nested > _MAX_NESTED:
            raise RequestTooLargeError(
                f"The JSON has more than {_MAX_COMMAS:,} numbers, {_MAX_QUOTES // 2:,} texts or "
                f"{_MAX_NESTED:,} lists.",
                hint="Send them as binary data or in several requests.",
            )
        overlap = min(end + _MAX_DIGITS, length)
        piece = body[start:overlap].translate(_DIGITS)
        # Base64 may hold as many digits, but not behind one of these characters.
        many = b"0" * (_MAX_DIGITS + 1) in piece
        if many and _LONG_NUMBER.search(body, max(0, start - 1), overlap):
            raise RequestError(
                f"The JSON has a number of more than {_MAX_DIGITS} digits.",
                hint="Send numbers in the range of float32.",
            )


def to_bytes(tensor: Tensor) -> list[bytes]:
    """Return the elements of a BYTES tensor.

    In JSON every element has to be base64; in binary data base64 is decoded where it is found.

    Raises:
        RequestError: The data do not match the shape, or are not base64.
    """
    if tensor.raw is not None:
        items = islice(_split(tensor), tensor.size() + 1)
        found = [_unbase64(item) or item for item in items]
    else:
        found = []
        for text in islice(_flat(tensor.data or []), tensor.size() + 1):
            item = _unbase64(text.encode()) if isinstance(text, str) else None
            if item is None:
                raise RequestError(
                    f"{tensor.name!r} has an element that is not base64.",
                    hint="In JSON, encode each file in base64; or send it as binary data.",
                )
            found.append(item)
    if len(found) != tensor.size():  # the rest has not been counted
        more = "more" if len(found) > tensor.size() else f"{len(found)}"
        raise _misfit(tensor, more)
    return found


def to_floats(tensor: Tensor) -> NDArray[np.float32]:
    """Return the elements of an FP32 tensor as an array of its shape.

    Raises:
        RequestError: The data do not match the shape, or are not numbers.
    """
    try:
        if tensor.raw is not None:
            flat = np.frombuffer(tensor.raw, "<f4")
        else:
            flat = np.asarray(tensor.data or [], np.float32).reshape(-1)
    except (ValueError, TypeError, OverflowError):
        raise RequestError(
            f"{tensor.name!r} has elements that are not FP32 numbers.",
            hint="Send numbers in the range of float32, in lists of equal length.",
        ) from None
    if len(flat) != tensor.size():
        raise _misfit(tensor, f"{len(flat)}")
    return flat.reshape(tensor.shape)


def encode(
    head: dict[str, Any],
    outputs: Sequence[Output],
    binary: Sequence[bool],
) -> tuple[bytes, int | None]:
    """Encode a response.

    Args:
        head: The JSON object without ``outputs``.
        outputs: The output tensors.
        binary: For each tensor, whether its data follow the JSON as bytes.

    Returns:
        The body, and the length of its JSON when binary data follow it, else None.
    """
    tensors: list[dict[str, Any]] = []
    tail = b""
    for output, as_binary in zip(outputs, binary, strict=True):
        name, datatype, shape, data = output
        tensor: dict[str, Any] = {"name": name, "datatype": datatype, "shape": shape}
        if as_binary:
            raw = _join(data) if datatype == "BYTES" else np.asarray(data, "<f4").tobytes()
            tensor["parameters"] = {"binary_data_size": len(raw)}
            tail += raw
        else:
            tensor["data"] = data
        tensors.append(tensor)
    text = json.dumps({**head, "outputs": tensors}).encode()
    return text + tail, len(text) if any(binary) else None


def _misfit(tensor: Tensor, found: str) -> RequestError:
    return RequestError(
        f"{tensor.name!r} of shape {tensor.shape} has {found} elements.",
        hint="Send as many elements as the shape has.",
    )


def _flat(data: list[Any]) -> Iterator[Any]:
    for item in data:
        if isinstance(item, list):
            yield from item
        else:
            yield item


def _split(tensor: Tensor) -> Iterator[bytes]:
    """Yield the elements, each of which follows its length in four bytes."""
    raw, at = tensor.raw or b"", 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4], "little")
        if at + 4 + size > len(raw):
            raise RequestError(
                f"The binary data of {tensor.name!r} end within an element.",
                hint="Write the length of each element before it, in 4 bytes, little-endian.",
            )
        yield raw[at + 4 : at + 4 + size]
        at += 4 + size


def _join(items: list[str]) -> bytes:
    encoded = [item.encode() for item in items]
    return b"".join(struct.pack("<I", len(item)) + item for item in encoded)


def _unbase64(data: bytes) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return None
