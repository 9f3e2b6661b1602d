"""What every client does, and the right answers of the service with the predictor of the tests."""

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from packages.api.tests.conftest import wav_bytes

__all__ = ["BODY_LIMIT", "Answer", "Operation", "operations", "write_plan"]

#: The service's ``--max-body-bytes``.
BODY_LIMIT: Final = 16_000_000
_INFER: Final = "/v2/models/vocalbaby/infer"


@dataclass(frozen=True)
class Answer:
    """The answers to the requests of an operation.

    Attributes:
        statuses: Of each request.
        body: Of the last one.
        connections: How many connections the client opened.
        fault: Why the client failed, if it did.
    """

    statuses: tuple[int, ...]
    body: bytes
    connections: int = 1
    fault: str = ""


@dataclass(frozen=True)
class Operation:
    """A request, in words that a program in any language understands.

    Attributes:
        name: Unique.
        path: Where it is sent, by POST.
        file: What is sent.
        type: Its Content-Type.
        form: Name of the field of the form in which it is sent; empty for the body itself.
        streamed: Whether the client may not know the length before it sends.
        times: How often it is sent, one after the other.
        header: A further header and its value, or two empty texts.
        right: Whether an answer is right.
    """

    name: str
    path: str
    file: Path
    type: str
    right: Callable[[Answer], object]
    form: str = ""
    streamed: bool = False
    times: int = 1
    header: tuple[str, str] = ("", "")


def operations(folder: Path) -> list[Operation]:
    """Write the files that are sent; returns what is done with them."""
    clip, big = wav_bytes(0.5), wav_bytes(15, rate=192_000, channels=2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("a.wav", clip)
    tensor: dict[str, Any] = {"name": "audio", "datatype": "BYTES", "shape": [1]}
    in_json = {"inputs": [tensor | {"data": [base64.b64encode(clip).decode()]}]}
    element = struct.pack("<I", len(clip)) + clip
    binary = {
        "inputs": [tensor | {"parameters": {"binary_data_size": len(element)}}],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(binary).encode()
    contents = {
        "clip.wav": clip,
        "big.wav": big,
        "clips.zip": packed.getvalue(),
        "v2.json": json.dumps(in_json).encode(),
        "v2.bin": head + element,
        "too-big.wav": big + bytes(BODY_LIMIT),
    }
    files = {name: folder / name for name in contents}
    for name, data in contents.items():
        files[name].write_bytes(data)
    raw = ("/predict", files["clip.wav"], "audio/wav")
    length = ("Inference-Header-Content-Length", str(len(head)))
    octets = "application/octet-stream"
    return [
        Operation("form", *raw, _result("clip.wav", 0.5), form="files"),
        Operation("body", *raw, _result("clip", 0.5)),
        Operation("streamed", *raw, _result("clip", 0.5), streamed=True),
        Operation(
            "ZIP", "/predict_zip", files["clips.zip"], "application/zip", _result("a.wav", 0.5)
        ),
        Operation("V2 JSON", _INFER, files["v2.json"], "application/json", _tensors),
        Operation("V2 binary", _INFER, files["v2.bin"], octets, _binary, header=length),
        Operation("reused", *raw, _reused, times=5),
        Operation("11 MB", "/predict", files["big.wav"], "audio/wav", _result("clip", 1.0)),
        Operation("early error", "/predict", files["too-big.wav"], "audio/wav", _early_error),
    ]


def write_plan(todo: list[Operation], base: Callable[[Operation], str], path: Path) -> None:
    """Write operations as JSON, one in each line, with the address where each is sent."""
    lines = []
    for operation in todo:
        fields = asdict(operation)
        del fields["right"]
        more = {"file": str(operation.file), "url": base(operation) + operation.path}
        lines.append(json.dumps(fields | more))
    path.write_text("\n".join(lines) + "\n")


def _result(name: str, probability: float) -> Callable[[Answer], object]:
    def right(answer: Answer) -> bool:
        content = json.loads(answer.body)
        [result] = content["results"]
        found = (result["filename"], result["label"], result["probabilities"]["Crying"])
        return answer.statuses == (200,) and found == (name, "Crying", probability)

    return right


def _reused(answer: Answer) -> bool:
    # Node's fetch opens a second connection if the first one is not free at once.
    one = Answer(answer.statuses[:1], answer.body)
    all_alike = set(answer.statuses) == {200} and len(answer.statuses) == 5
    return all_alike and bool(_result("clip", 0.5)(one)) and answer.connections <= 2


def _early_error(answer: Answer) -> bool:
    content = json.loads(answer.body)
    return answer.statuses == (413,) and content["code"] == "request_too_large"


def _tensors(answer: Answer) -> bool:
    outputs = {output["name"]: output["data"] for output in json.loads(answer.body)["outputs"]}
    return (outputs["label"], outputs["probabilities"][2]) == (["Crying"], 0.5)


def _binary(answer: Answer) -> bool:
    content, end = json.JSONDecoder().raw_decode(answer.body.decode("latin-1"))
    names = [output["name"] for output in content["outputs"]]
    label, probabilities = answer.body[end : end + 10], answer.body[end + 10 : end + 30]
    share = np.frombuffer(probabilities, "<f4")[2]
    return (names[:2], label, share) == (["label", "probabilities"], b"\6\0\0\0Crying", 0.5)
