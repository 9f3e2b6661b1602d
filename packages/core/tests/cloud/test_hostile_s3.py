"""An S3 whose responses lie, drip, never end, or are not those of S3."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from vocalbaby.cloud.opening import open_storage
from vocalbaby.cloud.s3 import S3Storage
from vocalbaby.exception import StorageError

_OK = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nConnection: close\r\n'
_FOREVER = 10**9


@contextmanager
def _answering(head: bytes, piece: bytes, times: int, pause_s: float = 0.0) -> Iterator[str]:
    """The address of a server that answers each request with a head and repeated pieces."""
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(2**16)
            connection.sendall(head)
            for _ in range(times):
                connection.sendall(piece)
                if stop.wait(pause_s):
                    return

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=listen, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def _store(address: str, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    return S3Storage("bucket", seconds=60.0)


@pytest.mark.parametrize(
    ("head", "piece", "times", "message"),
    [
        (b"Content-Length: 5\r\n\r\n", b"x" * 9, 1, None),
        (b"Content-Length: 5\r\n\r\n", b"x" * 4, 1, "S3|bucket"),
        (b"Content-Length: 3000000000\r\n\r\n", b"x", 1, "more than 5 bytes"),
        (b"Content-Length: abc\r\n\r\n", b"x", 1, "bucket"),
        (b"\r\n", b"x" * 5, 1, None),
        (b"\r\n", b"x" * 1000, _FOREVER, "more than 5 bytes"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nxx\r\n", _FOREVER, "more than 5 bytes"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n", 1, "bucket"),
    ],
)
def test_a_response_that_lies_about_its_length_is_read_up_to_the_limit(
    head: bytes, piece: bytes, times: int, message: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(_OK + head, piece, times) as address:
        storage = _store(address, monkeypatch)
        if message is None:
            stored = storage.get("a/b", max_bytes=5)
            assert stored is not None
            assert stored.data == b"xxxxx"
        else:
            with pytest.raises(StorageError, match=message):
                storage.get("a/b", max_bytes=5)


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",  # no ETag
        _OK + b"Last-Modified: never\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<html",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_what_is_not_a_response_of_s3_is_an_error_or_an_absent_object(
    response: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(response, b"", 1) as address:
        storage = _store(address, monkeypatch)
        if b"404" in response:
            assert storage.get("a/b", max_bytes=5) is None
        else:
            with pytest.raises(StorageError, match="bucket"):
                storage.get("a/b", max_bytes=5)


@pytest.mark.parametrize("head", [_OK + b"Content-Length: 1000000\r\n\r\n", b""])
def test_a_response_that_drips_ends_after_the_time_limit(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = b"x" if head else b"HTTP/1.1 100 Continue\r\n\r\n"
    with _answering(head, piece, _FOREVER, pause_s=0.02) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        storage = open_storage("s3://bucket", seconds=0.5)
        began = time.monotonic()
        with pytest.raises(StorageError, match=r"within 0\.5 s"):
            storage.get("a/b", max_bytes=10**6)
        assert time.monotonic() - began < 30


def test_a_dripping_read_does_not_go_on_behind_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(_OK + b"Content-Length: 1000000\r\n\r\n", b"x", _FOREVER, 0.01) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        storage = S3Storage("bucket", seconds=0.2)
        with pytest.raises(StorageError, match=r"a/b in .* did not arrive within 0\.2 s"):
            storage.get("a/b", max_bytes=10**6)


def test_a_recording_that_never_ends_is_not_written_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(_OK + b"\r\n", b"x" * 1000, _FOREVER) as address:
        storage = _store(address, monkeypatch)
        with pytest.raises(StorageError, match="more than 5000 bytes"):
            storage.fetch("a b", tmp_path / "file", max_bytes=5000)
    assert (tmp_path / "file").stat().st_size <= 5000
