"""Requests for everything that is not a prediction."""

import json
import random
from collections.abc import Sequence
from typing import Final

from benchmarks.soak.clips import Clip
from benchmarks.soak.connections import Response, request_bytes
from benchmarks.soak.predictions import Check, Exchange, Maker, WrongAnswerError

__all__ = ["KINDS"]

#: Path -> route in the metrics, status, and text that the answer has.
_PAGES: Final = {
    "/health": ("/health", 200, '"status"'),
    "/ready": ("/ready", 200, '"model_version"'),
    "/model": ("/model", 200, '"serves"'),
    "/model/card": ("/model/card", 200, "# "),
    "/openapi.json": ("/openapi.json", 200, '"/predict_zip"'),
    "/docs": ("/docs", 200, "<html"),
    "/": ("/", 200, "<html"),
    "/v2": ("/v2", 200, "binary_tensor_data"),
    "/v2/health/live": ("/v2/health/live", 200, "true"),
    "/v2/health/ready": ("/v2/health/ready", 200, "true"),
    "/v2/models/vocalbaby": ("/v2/models/{name}", 200, "probabilities"),
    "/v2/models/vocalbaby/ready": ("/v2/models/{name}/ready", 200, "true"),
    "/nowhere": ("unmatched", 404, '"request_id"'),
    "/segment/0123456789abcdefghijkl": ("/segment/{job_id}", 404, '"job_not_found"'),
}


def page(_: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """A GET or a HEAD of any path."""
    path, (route, status, text) = rng.choice(list(_PAGES.items()))
    method = rng.choice(("GET", "GET", "GET", "HEAD"))
    request = request_bytes(method, path, headers)
    return Exchange(f"{method} {route}", method, route, request, _check(method, status, text), ())


def refused(_: Sequence[Clip], rng: random.Random, headers: dict[str, str]) -> Exchange:
    """A prediction without a valid key, without a body, or in a wrong form."""
    secrets = {name: text for name, text in headers.items() if name == "X-Request-ID"}
    cases = (
        (secrets, b"x", 401, "key_required"),
        (secrets | {"X-API-Key": "vb_guess"}, b"x", 401, "key_required"),
        (headers | {"Content-Type": "text/plain"}, b"x", 415, ""),
        (headers | {"Content-Type": "audio/wav"}, b"", 422, ""),
    )
    given, body, status, text = rng.choice(cases)
    request = request_bytes("POST", "/predict", given, body)
    return Exchange(
        f"refused {status}", "POST", "/predict", request, _check("POST", status, text), ()
    )


def _check(method: str, status: int, text: str) -> Check:
    def check(response: Response) -> tuple[None, list[Clip]]:
        if response.status != status:
            raise WrongAnswerError(f"{response.status}, not {status}: {response.body[:300]!r}")
        if method != "HEAD" and text not in response.body.decode("utf-8"):
            raise WrongAnswerError(f"no {text!r} in {response.body[:300]!r}")
        if response.headers.get("content-type", "").endswith("json") and method != "HEAD":
            json.loads(response.body)
        return None, []

    return check


#: Makers of these requests, with their weights.
KINDS: Final[dict[Maker, int]] = {page: 5, refused: 1}
