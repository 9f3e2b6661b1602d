"""What is cheap to ask for is cheap to answer, and bodies are counted before they are expanded."""

import io
import struct
import threading
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request

from packages.api.tests.support import pack
from vocalbaby.api.http import uploads
from vocalbaby.api.http.archives import Archive, ArchiveLimits
from vocalbaby.api.inference.admission import AdmissionController
from vocalbaby.api.open_inference import tensors
from vocalbaby.api.openapi import document, reference_page
from vocalbaby.exception import ArchiveError, RequestError, RequestTooLargeError

_INFER = "/v2/models/vocalbaby/infer"


def thread_name() -> bytes:
    return threading.current_thread().name.encode()


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_a_document_is_made_once_and_not_in_the_event_loop(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    threads: list[str] = []

    def watched(call: Callable[..., object]) -> Callable[..., object]:
        def made(*arguments: object) -> object:
            threads.append(threading.current_thread().name)
            return call(*arguments)

        return made

    monkeypatch.setattr(document, "describe", watched(document.describe))
    monkeypatch.setattr(reference_page, "render", watched(reference_page.render))
    first, second = client.get(path), client.get(path)
    assert first.content == second.content
    assert len(threads) == (2 if path == "/docs" else 1)
    assert all(name.startswith("asyncio_") for name in threads)
    assert first.headers["cache-control"] == "no-cache"
    for given in (first.headers["etag"], f'W/{first.headers["etag"]}, "x"', "*"):
        unchanged = client.get(path, headers={"If-None-Match": given})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_the_interface_is_described_once_for_both_documents(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    described: list[FastAPI] = []
    describe = document.describe

    def watched(app: FastAPI) -> dict[str, Any]:
        described.append(app)
        return describe(app)

    monkeypatch.setattr(document, "describe", watched)
    assert [client.get(path).status_code for path in ("/docs", "/openapi.json")] == [200, 200]
    assert len(described) == 1


def test_metrics_are_not_made_in_the_event_loop(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client.app.state.vocalbaby.metrics.scrapes  # type: ignore[attr-defined]
    monkeypatch.setattr(made, "_expose", thread_name)
    assert client.get("/metrics").text.startswith("vocalbaby-scrapes")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/health?" + "a&" * 32, {}),
        ("/health", {f"x-{i}": "" for i in range(101)}),
        ("/" + "a" * 5000, {}),
    ],
)
def test_heads_of_many_parts_are_refused(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (431, "head_too_large")
    assert client.get("/health?" + "a&" * 31).status_code == 200


def test_only_plain_wav_is_measured_in_the_event_loop(
    client: TestClient, wav: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    measure = AdmissionController.durations_s

    def watched(self: AdmissionController, files: Sequence[bytes]) -> list[float]:
        threads.append(threading.current_thread())
        return measure(self, files)

    monkeypatch.setattr(AdmissionController, "durations_s", watched)
    plain = wav(0.5)
    chunks = plain[:36] + b"junk\0\0\0\0" * 9000 + plain[36:]
    for data in (plain, chunks, chunks):
        sent = {"content-type": "audio/wav"}
        assert client.post("/predict", content=data, headers=sent).status_code == 200
    names = [thread.name.startswith("asyncio_") for thread in threads]
    assert names == [False, True, True]


def binary(element: bytes, count: int, shape: int) -> tuple[bytes, str]:
    data = (struct.pack("<I", len(element)) + element) * count
    head = (
        b'{"inputs":[{"name":"audio","datatype":"BYTES","shape":[%d],'
        b'"parameters":{"binary_data_size":%d}}]}' % (shape, len(data))
    )
    return head + data, str(len(head))


@pytest.mark.parametrize("element", [b"", b"A", b"AAAA"])
def test_no_more_binary_elements_are_split_than_the_shape_has(
    monkeypatch: pytest.MonkeyPatch, element: bytes
) -> None:
    decoded: list[bytes] = []
    monkeypatch.setattr(tensors, "_unbase64", decoded.append)
    parsed = tensors.parse(*binary(element, 100_000, 2))
    with pytest.raises(RequestError, match=r"of shape \[2\] has more elements"):
        tensors.to_bytes(parsed.inputs[0])
    assert len(decoded) == 3


def test_no_more_texts_are_decoded_than_the_shape_has(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []

    def record(data: bytes) -> bytes:
        decoded.append(data)
        return b"x"

    monkeypatch.setattr(tensors, "_unbase64", record)
    texts = ",".join(['"UklG"'] * 5000)
    head = f'{{"inputs":[{{"name":"audio","datatype":"BYTES","shape":[2],"data":[{texts}]}}]}}'
    with pytest.raises(RequestError, match="more elements"):
        tensors.to_bytes(tensors.parse(head.encode(), None).inputs[0])
    assert len(decoded) == 3


@pytest.mark.parametrize("before", ["", "-", "0.", " ", "1e-"])
def test_numbers_of_many_digits_are_refused(client: TestClient, before: str) -> None:
    start = '{"inputs":['
    for at in (60, 2**20 - 200, 2**20 - 1, 2**20):  # also where the text is cut into slices
        text = start + " " * (at - len(start) - len(before)) + before + "1" * 401 + "]}"
        assert text.index("11") == at
        answer = client.post(_INFER, content=text, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert "more than 400 digits" in answer.json()["detail"]


def test_base64_may_hold_many_digits() -> None:
    text = b'{"inputs":[{"name":"audio","datatype":"BYTES","shape":[1],"data":["%b"]}]}'
    parsed = tensors.parse(text % (b"0" * 4000), None)
    assert tensors.to_bytes(parsed.inputs[0]) == [b"\xd3\x4d\x34" * 1000]


def test_json_of_many_texts_is_refused() -> None:
    text = b'{"inputs":[' + b'"",' * 2**14 + b'""]}'
    with pytest.raises(RequestTooLargeError, match="16,384 texts"):
        tensors.parse(text, None)


@pytest.mark.parametrize("zip64", [False, True])
def test_the_directory_of_an_archive_is_measured_before_it_is_read(
    wav: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch, *, zip64: bool
) -> None:
    if zip64:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)
    small, file = pack(("a.wav", wav(0.1))), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20):
            member = zipfile.ZipInfo(f"{number}.wav")
            member.extra = struct.pack("<HH", 2, 0) * 15_000
            archive.writestr(member, b"")
    large = file.getvalue()
    if zip64:  # zipfile then reads the size from the larger end alone
        large = large[:-10] + bytes(4) + large[-6:]
        assert len(zipfile.ZipFile(io.BytesIO(large)).infolist()) == 20
    assert Archive(small, ArchiveLimits()).names == ["a.wav"]
    read: list[object] = []
    monkeypatch.setattr(zipfile, "ZipFile", read.append)
    with pytest.raises(ArchiveError, match="directory is too large"):
        Archive(large, ArchiveLimits())
    assert not read


@pytest.mark.parametrize("charset", ["idna", "punycode", "IDNA", "no-such", "utf-7", "utf-8"])
def test_names_are_decoded_in_time_that_grows_with_their_length(charset: str) -> None:
    kind = f"multipart/form-data; boundary=b; charset={charset}".encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    request = Request({"type": "http", "headers": [(b"content-type", kind)]}, receive)
    used = uploads._form_headers(request, b"b")["content-type"]
    known = charset.lower() if charset.startswith("utf") else "latin-1"
    assert used == f'multipart/form-data; charset={known}; boundary="b"'


def test_a_long_content_type_is_refused(client: TestClient) -> None:
    kind = "multipart/form-data; boundary=" + '";' * 600
    for path in ("/predict", "/predict_zip", "/segment"):
        answer = client.post(path, content=b"--b--", headers={"content-type": kind})
        assert answer.status_code == 422
        assert "longer than 1024 bytes" in answer.json()["detail"]
