"""Inference requests that are expensive to parse."""

import base64
import json
import struct
from typing import Any

from benchmarks.cost.sent import Kind, Kinds, Sent, clip, repeat

__all__ = ["TENSORS"]

_PATH = "/v2/models/vocalbaby/infer"
_LENGTH = "Inference-Header-Content-Length"


def _json(text: bytes) -> Sent:
    return Sent(_PATH, "application/json", text)


def _input(
    data: bytes, name: bytes = b"audio", datatype: bytes = b"BYTES", shape: bytes = b"1"
) -> Sent:
    head = b'{"inputs":[{"name":"%b","datatype":"%b","shape":[%b],"data":' % (name, datatype, shape)
    return _json(head + data + b"}]}")


def _samples(number: bytes) -> Kind:
    def make(size: int) -> Sent:
        count = max(1, size // (len(number) + 1))
        data = b"[" + b",".join([number] * count) + b"]"
        return _input(data, b"samples", b"FP32", b"%d" % count)

    return make


def _binary(element: bytes, shape: int | None = None) -> Kind:
    def make(size: int) -> Sent:
        data = repeat(struct.pack("<I", len(element)) + element, size)
        parameters = {"binary_data_size": len(data)}
        count = len(data) // (4 + len(element)) if shape is None else shape
        tensor: dict[str, Any] = {"name": "audio", "datatype": "BYTES", "shape": [count]}
        head = json.dumps({"inputs": [tensor | {"parameters": parameters}]}).encode()
        return Sent(_PATH, "application/octet-stream", head + data, ((_LENGTH, str(len(head))),))

    return make


def _clips(size: int) -> Sent:
    text = base64.b64encode(clip(0.4))
    count = max(1, min(64, size // len(text)))
    return _input(b'["' + b'","'.join([text] * count) + b'"]', shape=b"%d" % count)


TENSORS: Kinds = {
    "tensors: clips in base64": _clips,
    "tensors: samples": _samples(b"0.0123"),
    "tensors: samples of one digit": _samples(b"0"),
    "tensors: integers of 4,300 digits": _samples(b"1" * 4300),
    "tensors: integers of 400 digits": _samples(b"1" * 400),
    "tensors: integers of 30 digits": _samples(b"9" * 30),
    "tensors: numbers of 4,000 decimals": _samples(b"0." + b"1" * 4000),
    "tensors: numbers with exponents": _samples(b"1e-" + b"9" * 300),
    "tensors: one long integer": lambda n: _input(b"[" + b"1" * n + b"]"),
    "tensors: one long number": lambda n: _input(b"[0." + b"1" * n + b"]"),
    "tensors: digits in the shape": lambda n: _input(b"[]", shape=b"1" * min(n, 4000)),
    "tensors: long shape": lambda n: _input(b"[]", shape=repeat(b"1,", n) + b"1"),
    "tensors: deep lists": lambda n: _input(b"[" * n),
    "tensors: deep objects": lambda n: _input(repeat(b'{"a":', n)),
    "tensors: many lists": lambda n: _input(b"[" + repeat(b"[],", n) + b"[]]"),
    "tensors: many texts": lambda n: _input(b"[" + repeat(b'"",', n) + b'""]'),
    "tensors: one text": lambda n: _input(b'["' + b"A" * (n // 4 * 4) + b'"]'),
    "tensors: text of escapes": lambda n: _input(b'["' + repeat(b"\\u0041", n) + b'"]'),
    "tensors: text that is not base64": lambda n: _input(b'["' + repeat(b"%", n) + b'"]'),
    "tensors: many keys": lambda n: _json(
        b'{"parameters":{' + b",".join(b'"%x":1' % i for i in range(max(1, n // 11))) + b"}}"
    ),
    "tensors: one key many times": lambda n: _json(
        b'{"parameters":{' + repeat(b'"a":1,', n) + b'"a":1},"inputs":[]}'
    ),
    "tensors: many inputs": lambda n: _json(
        b'{"inputs":[' + repeat(b'{"name":1},', n) + b'{"name":1}]}'
    ),
    "tensors: many outputs": lambda n: _json(
        b'{"inputs":[{"name":"audio","datatype":"BYTES","shape":[1],"data":["UklG"]}],"outputs":['
        + repeat(b'{"name":"label"},', n)
        + b'{"name":"label"}]}'
    ),
    "tensors: spaces": lambda n: _json(b" " * n + b"{}"),
    "tensors: long name": lambda n: _input(b"[]", name=b"a" * n),
    "tensors: empty binary elements": _binary(b""),
    "tensors: empty binary elements, shape of one": _binary(b"", 1),
    "tensors: binary elements of one byte": _binary(b"A", 64),
    "tensors: binary elements of 4 bytes": _binary(b"AAAA", 64),
}
