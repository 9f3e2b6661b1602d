"""Bad requests as people and scanners send them to a running server."""

import io
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

#: Makes a recording: seconds, rate, channels.
MakeWav = Callable[..., bytes]
#: A running server process, see conftest.
Server = Any
Serve = Callable[..., AbstractContextManager[Server]]

MIB = 2**20
#: Longer than /health takes on a busy machine, shorter than the decoding of any of the files.
FROZEN_S = 1.0


def silence(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(bytes(2 * round(16_000 * seconds)))
    return buffer.getvalue()


def float_wav(samples: NDArray[np.float64], rate: int = 16_000) -> bytes:
    data = samples.astype("<f4").tobytes()
    head = b"fmt " + (16).to_bytes(4, "little") + (3).to_bytes(2, "little")
    head += (1).to_bytes(2, "little") + rate.to_bytes(4, "little")
    head += (4 * rate).to_bytes(4, "little") + (4).to_bytes(2, "little")
    head += (32).to_bytes(2, "little")
    body = b"WAVE" + head + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def zero_rate(wav: MakeWav) -> bytes:
    data = bytearray(wav(0.4))
    data[24:28] = bytes(4)
    return bytes(data)


#: name -> (how to make it, expected error code or None for an answer, expected warning)
FAULTS: dict[str, tuple[Callable[[MakeWav], bytes], str | None, str | None]] = {
    "5 ms": (lambda wav: wav(0.005), "audio_too_short", None),
    "silence": (lambda wav: silence(1), "audio_silent", None),
    "NaN": (lambda wav: float_wav(np.full(6400, np.nan)), "audio_non_finite", None),
    "infinite": (lambda wav: float_wav(np.full(6400, np.inf)), "audio_non_finite", None),
    "empty": (lambda wav: b"", "audio_empty", None),
    "no samples": (lambda wav: silence(0), "audio_empty", None),
    "text": (lambda wav: b"once upon a time " * 50, "audio_unreadable", None),
    "header only": (lambda wav: wav(0.4)[:20], "audio_unreadable", None),
    "truncated": (lambda wav: wav(0.4)[:7000], None, "truncated"),
    "0 Hz": (zero_rate, "audio_unreadable", None),
    "32 channels": (lambda wav: wav(0.4, 16_000, 32), None, "many_channels"),
    "10 minutes": (lambda wav: wav(600.0), "audio_too_long", None),
}


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Server]:
    with serve("--max-in-flight=2") as running:
        yield running


def test_a_bad_request_gets_a_4xx_with_a_hint_or_a_prediction_with_a_warning(
    server: Server, wav: MakeWav
) -> None:
    with httpx.Client(base_url=server.url, timeout=20) as client:
        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(watch_health, server.url, 1.0)
            for name, (make, code, warning) in FAULTS.items():
                answer = client.post("/predict", files={"files": (f"{name}.wav", make(wav))})
                body = answer.json()
                if code is None:
                    assert answer.status_code == 200, (name, body)
                    assert warning in [w["code"] for w in body["results"][0]["warnings"]], name
                else:
                    assert 400 <= answer.status_code < 500, (name, body)
                    assert body["code"] == code, (name, body)
                    assert body["hint"], name
            slowest = watching.result()
        assert slowest < FROZEN_S
        assert client.get("/ready").status_code == 200
        assert server.process.poll() is None


def watch_health(url: str, seconds: float) -> float:
    """The longest that /health took within ``seconds``."""
    slowest, end = 0.0, time.monotonic() + seconds
    with httpx.Client(base_url=url) as client:
        client.get("/health")
        while time.monotonic() < end:
            start = time.monotonic()
            assert client.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(0.01)
    return slowest


@pytest.mark.parametrize("path", ["/predict", "/nowhere"])
def test_a_body_of_300_mib_is_refused_without_being_kept_in_memory(
    server: Server, path: str
) -> None:
    chunk = bytes(MIB)

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(300):
            yield chunk

    headers = {"content-type": "multipart/form-data; boundary=x"}
    before = server.resident_bytes()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch_health, server.url, 0.5)
        answer = httpx.post(server.url + path, content=body(), headers=headers, timeout=20)
        slowest = watching.result()
    assert answer.status_code == (413 if path == "/predict" else 404)
    assert answer.json()["hint"]
    assert slowest < FROZEN_S
    # One body at the limit, and the memory for parsing it.
    assert server.resident_bytes() - before < 100 * MIB


def test_health_answers_while_the_engine_works(server: Server, wav: MakeWav) -> None:
    long = {"files": ("slow", wav(29.0, 44_100))}
    slowest = []
    for _ in range(3):  # a busy machine may spoil one; an engine on the event loop spoils all
        with ThreadPoolExecutor(3) as pool:
            asked = [
                pool.submit(httpx.post, f"{server.url}/predict", files=long, timeout=20)
                for _ in range(3)
            ]
            slowest.append(watch_health(server.url, 0.8))
            statuses = sorted(future.result().status_code for future in asked)
        assert statuses == [200, 200, 503]
        if slowest[-1] < 0.1:
            return
    assert min(slowest) < 0.1
