"""The fast path for forms agrees with the general parser."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from vocalbaby.api.http import uploads
from vocalbaby.api.http.forms import split_form
from vocalbaby.api.upload import Upload
from vocalbaby.exception import VocalBabyError

BYTES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"", b"\r\n", b"--b", b"\r\n--b", b"\r\n--", b"\r\n\r\n", b"-", b"\r\n--bb"]),
)
NAMES = st.sampled_from(
    [b"a.wav", b"a b (1).wav", b"", b"a%20b", b'a\\"b', b"\xc3\xa9.wav", b"c:\\x\\y.wav", b"a;b=c"]
)
FIELDS = st.sampled_from([b"files", b"files", b"file", b"other"])
DISPOSITIONS = st.sampled_from(
    [b"Content-Disposition", b"content-disposition", b"Content-Disposition ", b"X-Disposition"]
)
KINDS = st.sampled_from(
    [b"", b"\r\nContent-Type: audio/wav", b"\r\nContent-Type: a; b=c", b"\r\nX"]
)
ENDS = st.sampled_from([b"--", b"--", b"--\r\n", b"--\r\nmore", b"", b"x"])


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        head = b'%s: form-data; name="%s"; filename="%s"%s' % (
            draw(DISPOSITIONS),
            draw(FIELDS),
            draw(NAMES),
            draw(KINDS),
        )
        parts.append(b"--b\r\n" + head + b"\r\n\r\n" + draw(BYTES) + b"\r\n")
    form = b"".join(parts) + b"--b" + draw(ENDS)
    cut = draw(st.integers(0, 2 * len(form)))
    return form[:cut] if draw(st.integers(0, 9)) == 0 else form


def read(body: bytes, monkeypatch: pytest.MonkeyPatch, *, quick: bool) -> Any:
    """The files of a body that comes in pieces, or the error."""
    pieces = [body[:20], body[20:]]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    monkeypatch.setattr(uploads, "_QUICK_BYTES", 10_000 if quick else 0)
    kind = (b"content-type", b"multipart/form-data; boundary=b")
    request = Request({"type": "http", "headers": [kind]}, receive)
    try:
        return asyncio.run(uploads.read_uploads(request, max_files=2))
    except VocalBabyError as error:
        return str(error)


@given(body=forms())
def test_the_fast_path_gives_the_same_result_as_the_general_parser(body: bytes) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        quick = read(body, monkeypatch, quick=True)
        assert quick == read(body, monkeypatch, quick=False)


def test_the_forms_of_common_clients_take_the_fast_path() -> None:
    head = b'Content-Disposition: form-data; name="files"; filename="cry 1.wav"\r\n'
    body = b"".join(
        b"--x-1\r\n" + head + b"Content-Type: audio/wav\r\n\r\n" + data + b"\r\n"
        for data in (b"RIFF\r\n\r\n", b"")
    )
    assert split_form(body + b"--x-1--\r\n", b"x-1") == [
        ("cry 1.wav", b"RIFF\r\n\r\n"),
        ("cry 1.wav", b""),
    ]
    assert Upload(*(split_form(body + b"--x-1--", b"x-1") or [])[1]) == Upload("cry 1.wav", b"")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (b"filename*=UTF-8''na%C3%AFve%20cry.wav", "naïve cry.wav"),
        (b"filename*=utf-8'en'a.wav", "a.wav"),
        (b"filename*=ISO-8859-1''na%EFve.wav", "naïve.wav"),
        (b"filename=\"plain.wav\"; filename*=UTF-8''other.wav", "plain.wav"),
    ],
)
def test_an_extended_file_name_is_accepted(
    monkeypatch: pytest.MonkeyPatch, parameters: bytes, name: str
) -> None:
    head = b'Content-Disposition: form-data; name="files"; ' + parameters
    body = b"--b\r\n" + head + b"\r\n\r\nRIFF\r\n--b--\r\n"
    assert read(body, monkeypatch, quick=True) == [Upload(name, b"RIFF")]


@pytest.mark.parametrize("charset", ["idna", "undefined", "hex", "no-such", "utf-16"])
def test_an_unknown_charset_of_the_form_causes_no_internal_error(
    client: TestClient, wav: Callable[..., bytes], charset: str
) -> None:
    head = b'Content-Disposition: form-data; name="files"; filename="%b"' % (b"\xc3\xa4" * 70)
    answer = client.post(
        "/predict",
        content=b"--b\r\n" + head + b"\r\n\r\n" + wav(0.2) + b"\r\n--b--\r\n",
        headers={"content-type": f"multipart/form-data; boundary=b; charset={charset}"},
    )
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize(
    "value",
    [
        b"multipart/form-data; boundary=------------------------d74496d66958873e",
        b"multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        b"multipart/form-data;boundary=b",
        b'multipart/form-data; boundary="b"',
        b"Multipart/Form-Data; Boundary=b",
        b"multipart/form-data; boundary=b; charset=utf-8",
        b"multipart/form-data; charset=utf-8; boundary=b",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=b\xe9",
        b"multipart/form-data",
        b"audio/wav",
        b"",
    ],
)
def test_content_types_are_read_as_the_general_parser_reads_them(value: bytes) -> None:
    request = Request({"type": "http", "headers": [(b"content-type", value)]})
    kind, options = parse_options_header(value)
    assert uploads._content_type(request) == (kind, options.get(b"boundary", b""))
