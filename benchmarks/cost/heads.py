"""Requests whose heads are expensive to read."""

from benchmarks.cost.sent import Kind, Kinds, Sent, repeat

__all__ = ["HEADS"]

_LIMIT = 31_000  # of the server, less what a client sends of its own


def _text(piece: str, size: int) -> str:
    return repeat(piece.encode(), min(size, _LIMIT)).decode()


def _header(name: str, piece: str, path: str = "/health", method: str = "GET") -> Kind:
    return lambda n: Sent(path, headers=((name, _text(piece, n)),), method=method)


def _content_type(start: str, piece: str, path: str = "/predict") -> Kind:
    return lambda n: Sent(path, start + _text(piece, n), b"--b--\r\n")


def _path(start: str, piece: str, end: str = "") -> Kind:
    return lambda n: Sent(start + _text(piece, n) + end, method="GET")


HEADS: Kinds = {
    "head: semicolons in a content type": _content_type("multipart/form-data; boundary=", '";'),
    "head: quoted semicolons in a content type": _content_type('multipart/form-data; a="', ";"),
    "head: parameters in a content type": _content_type("multipart/form-data", "; a=b"),
    "head: boundary": _content_type("multipart/form-data; boundary=", "b"),
    "head: type of audio with parameters": _content_type("audio/", ';"'),
    "head: content type of a job": _content_type(
        "multipart/form-data; boundary=", '";', "/segment"
    ),
    "head: content type of an archive": _content_type(
        "multipart/form-data; boundary=", '";', "/predict_zip"
    ),
    "head: many headers": lambda n: Sent(
        "/health", headers=tuple((f"a{i}", "b") for i in range(min(n, 28_000) // 9)), method="GET"
    ),
    "head: accept": _header("Accept", "a/b;q=0.1,"),
    "head: cookie": _header("Cookie", 'a="b;'),
    "head: forwarded": _header("X-Forwarded-For", "::1,"),
    "head: if-none-match": _header("If-None-Match", '"a",', "/docs"),
    "head: range": _header("Range", "bytes=0-1,", "/page/app.js"),
    "head: authorization": _header("Authorization", "Bearer ", "/model"),
    "head: request id": _header("X-Request-ID", "a"),
    "head: origin": _header("Origin", "http://a.b"),
    "head: path without a route": _path("/", "a/"),
    "head: path of one name": _path("/v2/models/", "a"),
    "head: path of percent signs": _path("/v2/models/", "%41"),
    "head: path of a job": _path("/segment/", "a", "/result"),
    "head: query of names": _path("/segment/x/overview?", "a&"),
    "head: query of percent signs": _path("/segment/x/overview?a=", "%41"),
    "head: digits in a query": _path("/segment/x/overview?points=", "9"),
    "head: digits in a time": _path("/segment/x/audio?to=", "9"),
    "head: method without a route": lambda n: Sent("/" + _text("a", n), method="PUT"),
    "head: tensors' length": lambda n: Sent(
        "/v2/models/vocalbaby/infer",
        "application/octet-stream",
        b"{}",
        (("Inference-Header-Content-Length", _text("9", n)),),
    ),
}
