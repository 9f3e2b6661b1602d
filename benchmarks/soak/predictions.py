"""Requests for predictions, on every path and in every form, and checks of their answers."""

import base64
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.soak.clips import Clip
from benchmarks.soak.connections import Response, request_bytes
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction

__all__ = ["KINDS", "Check", "Exchange", "Maker", "WrongAnswerError"]

_BOUNDARY: Final = "----------------------------d74496d66958873e"
_INFER: Final = "/v2/models/vocalbaby/infer"
_RAW: Final = ("application/octet-stream", "audio/wav")

#: The version that answered, and the clips that have a prediction.
Check = Callable[[Response], tuple[str | None, list[Clip]]]


class WrongAnswerError(Exception):
    """An answer differs from the right one."""


class Exchange(NamedTuple):
    """A request and the check of its answer.

    Attributes:
        kind: What is tested, for the report.
        method: Its method.
        route: The route in the metrics.
        request: Its bytes.
        check: Raises WrongAnswerError if an answer is wrong.
        clips: The clips that are sent.
    """

    kind: str
    method: str
    route: str
    request: bytes
    check: Check
    clips: Sequence[Clip]


#: Makes a request from clips, a source of choices, and the headers of the client.
Maker = Callable[[Sequence[Clip], random.Random, dict[str, str]], Exchange]


def _form(field: str, files: Sequence[tuple[str, bytes]]) -> bytes:
    parts = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        "Content-Type: audio/x\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files
    )
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _require(holds: object, what: str) -> None:
    if not holds:
        raise WrongAnswerError(what)


def _json(response: Response) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(response.body)
    except ValueError as error:
        raise WrongAnswerError(
            f"{response.status} without JSON: {response.body[:100]!r}"
        ) from error
    return content


def _usable(clips: Sequence[Clip]) -> bool:
    return any(isinstance(answer, Prediction) for clip in clips for answer in clip.answers.values())


def _compare(clip: Clip, result: dict[str, Any]) -> str | None:
    """Compare a result with the right one; returns the version, or None if it is an error."""
    version = result["model_version"]
    if version is None:
        right: Any = next(iter(clip.answers.values()))
        found = (result["error"] or {}).get("code")
        _require(found == right, f"{clip.name}: error {found}, not {right}")
        return None
    right = clip.answers[version]
    _require(isinstance(right, Prediction), f"{clip.name}: {result}, not {right}")
    found = (result["label"], result["probabilities"], result["duration_s"])
    expected = (right.label, right.probabilities, right.duration_s)
    _require(found == expected, f"{clip.name}: {found}, not {expected} ({version})")
    codes = [warning["code"] for warning in result["warnings"]]
    _require(codes == [w.code for w in right.warnings], f"{clip.name}: warnings {codes}")
    return str(version)


def _results(
    clips: Sequence[Clip], response: Response, names: Sequence[str]
) -> tuple[str | None, list[Clip]]:
    """Check the answer of /predict and /predict_zip."""
    expected = 200 if _usable(clips) else 422
    _require(
        response.status == expected, f"{response.status}, not {expected}: {response.body[:300]!r}"
    )
    results = _json(response)["results"]
    _require([r["filename"] for r in results] == list(names), "the names differ")
    versions = [_compare(clip, result) for clip, result in zip(clips, results, strict=True)]
    known = {version for version in versions if version is not None}
    _require(len(known) < 2, f"several versions in one answer: {known}")
    version = known.pop() if known else None
    return version, [clip for clip, v in zip(clips, versions, strict=True) if v is not None]


def _predict(
    kind: str,
    headers: dict[str, str],
    body: bytes,
    clips: Sequence[Clip],
    *,
    names: Sequence[str] = (),
    chunk: int = 0,
    path: str = "/predict",
) -> Exchange:
    names = names or [clip.name for clip in clips]
    request = request_bytes("POST", path, headers, body, chunk=chunk)
    return Exchange(kind, "POST", path, request, lambda r: _results(clips, r, names), clips)


def form(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """A form with one or several files, some of them in chunks."""
    chosen = rng.sample(clips, rng.choice((1, 1, 1, 2, 5)))
    body = _form("files", [(clip.name, clip.data) for clip in chosen])
    headers |= {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    chunk = rng.choice((0, 0, 0, 4096))
    return _predict("form", headers, body, chosen, chunk=chunk)


def raw(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """One file as the body, some of them in chunks or with a request for 100 Continue."""
    clip = rng.choice(clips)
    headers |= {"Content-Type": rng.choice(_RAW)} | rng.choice(({}, {}, {"Expect": "100-continue"}))
    return _predict(
        "raw", headers, clip.data, [clip], names=["clip"], chunk=rng.choice((0, 0, 997))
    )


def upgrade(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """One file as the body, of a client that would rather speak HTTP/2."""
    clip = rng.choice(clips)
    headers |= {
        "Content-Type": _RAW[0],
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAMAAABkAAQAoAAAAAIAAAAA",
    }
    return _predict("upgrade", headers, clip.data, [clip], names=["clip"])


def archive(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """A ZIP archive, as the body or in a form."""
    chosen = rng.sample(clips, rng.choice((1, 3, 6)))
    names = [f"{clip.name}.wav" for clip in chosen]
    packed = io.BytesIO()
    with zipfile.ZipFile(
        packed, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    ) as out:
        for name, clip in zip(names, chosen, strict=True):
            out.writestr(name, clip.data)
    body, media = packed.getvalue(), "application/zip"
    if rng.random() < 0.5:
        body = _form("file", [("clips.zip", body)])
        media = f"multipart/form-data; boundary={_BOUNDARY}"
    headers |= {"Content-Type": media}
    return _predict("archive", headers, body, chosen, names=names, path="/predict_zip")


def v2_json(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """The Open Inference Protocol with base64 in JSON."""
    chosen = rng.sample(clips, rng.choice((1, 2)))
    data = [base64.b64encode(clip.data).decode() for clip in chosen]
    tensor = {"name": "audio", "datatype": "BYTES", "shape": [len(chosen)], "data": data}
    body = json.dumps({"inputs": [tensor]}).encode()
    headers |= {"Content-Type": "application/json"}
    return _infer("V2 JSON", headers, body, chosen)


def v2_binary(clips: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """The Open Inference Protocol with binary data in request and response."""
    chosen = rng.sample(clips, rng.choice((1, 2)))
    data = b"".join(struct.pack("<I", len(clip.data)) + clip.data for clip in chosen)
    parameters = {"binary_data_size": len(data)}
    tensor = {
        "name": "audio",
        "datatype": "BYTES",
        "shape": [len(chosen)],
        "parameters": parameters,
    }
    description = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
    head = json.dumps(description).encode()
    headers |= {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": str(len(head)),
    }
    return _infer("V2 binary", headers, head + data, chosen)


def _infer(kind: str, headers: dict[str, str], body: bytes, clips: Sequence[Clip]) -> Exchange:
    request = request_bytes("POST", _INFER, headers, body)

    def check(response: Response) -> tuple[str | None, list[Clip]]:
        return _tensors(clips, response)

    return Exchange(kind, "POST", "/v2/models/{name}/infer", request, check, clips)


def _tensors(clips: Sequence[Clip], response: Response) -> tuple[str | None, list[Clip]]:
    """Check an answer of the Open Inference Protocol."""
    if not _usable(clips):
        _require(response.status == 422, f"{response.status}, not 422: {response.body[:300]!r}")
        right = next(iter(clips[0].answers.values()))
        _require(_json(response)["code"] == right, f"{_json(response)['code']}, not {right}")
        return None, []
    _require(response.status == 200, f"{response.status}, not 200: {response.body[:300]!r}")
    version, outputs = _outputs(response)
    probabilities = np.asarray(outputs["probabilities"], np.float32).reshape(len(clips), -1)
    predicted = []
    for at, clip in enumerate(clips):
        right = clip.answers[version]
        found = (
            outputs["label"][at],
            probabilities[at].tolist(),
            outputs["error"][at].split(":")[0],
        )
        if isinstance(right, Prediction):
            row = np.array([right.probabilities[c] for c in CLASSES], np.float32).tolist()
            expected: Any = (right.label or "", row, "")
            predicted.append(clip)
        else:
            expected = ("", [0.0] * len(CLASSES), right)
        _require(found == expected, f"{clip.name}: {found}, not {expected} ({version})")
    return version, predicted


def _outputs(response: Response) -> tuple[str, dict[str, Any]]:
    length = int(response.headers.get("inference-header-content-length", len(response.body)))
    description = json.loads(response.body[:length])
    rest, found = response.body[length:], {}
    for output in description["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            found[output["name"]] = output["data"]
            continue
        data, rest = rest[:size], rest[size:]
        if output["datatype"] == "FP32":
            found[output["name"]] = np.frombuffer(data, "<f4")
        else:
            found[output["name"]] = _strings(data)
    return description["model_version"], found


def _strings(data: bytes) -> list[str]:
    found, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return found


#: Makers of requests for predictions, with their weights.
KINDS: Final[dict[Maker, int]] = {form: 6, raw: 5, archive: 3, v2_json: 3, v2_binary: 3, upgrade: 1}
