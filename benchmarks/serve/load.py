"""A load generator: keep-alive connections that each send the same request again and again."""

import asyncio
import io
import time
import wave

import numpy as np

__all__ = ["load", "send", "wait_for_response"]

#: As long as that of curl, since the time to search a form depends on the length.
_BOUNDARY = b"-" * 24 + b"d74496d66958873e"


def _request() -> bytes:
    """Return a POST request with a clip of 0.4 s: a harmonic tone in noise, 16 kHz, 16 bit."""
    rng = np.random.default_rng(0)
    t = np.arange(6400) / 16_000
    tone = sum(np.sin(2 * np.pi * 420 * k * t) / k for k in range(1, 8))
    samples = 6000 * tone + 300 * rng.standard_normal(len(t))
    clip = io.BytesIO()
    with wave.open(clip, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    disposition = b'Content-Disposition: form-data; name="file"; filename="clip.wav"\r\n'
    part = disposition + b"Content-Type: audio/wav\r\n\r\n" + clip.getvalue()
    body = b"--%b\r\n%b\r\n--%b--\r\n" % (_BOUNDARY, part, _BOUNDARY)
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY.decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


_REQUEST = _request()


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    """Send the request and read the response; returns seconds."""
    start = time.perf_counter()
    writer.write(_REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"The server rejected the request: {head.decode()}")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return time.perf_counter() - start


async def _client(port: int, until: float, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        latencies.append(await send(reader, writer))
    writer.close()


def load(port: int, connections: int, seconds: float) -> list[float]:
    """Return the latencies, in seconds, of the requests that were sent within ``seconds``."""

    async def run() -> list[float]:
        latencies: list[float] = []
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_client(port, until, latencies) for _ in range(connections)))
        return latencies

    return asyncio.run(run())


def wait_for_response(port: int, timeout: float) -> None:
    """Wait until the server has answered a request, at most ``timeout`` seconds."""

    async def run() -> None:
        async with asyncio.timeout(timeout):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionError:
                    await asyncio.sleep(0.01)
                    continue
                await send(reader, writer)
                writer.close()
                return

    asyncio.run(run())
