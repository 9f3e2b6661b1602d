"""Requests per CPU second of the service, over loopback.

    python benchmarks/serve_basic.py [--model FOLDER] [--connections 8] [--seconds 5]

The server runs in a process of its own, this process sends the same 0.4 s clip over
keep-alive connections, and CPU time is read from the kernel. ``none`` is the service with
a predictor that does nothing: what HTTP, the form and decoding cost.
"""

import argparse
import asyncio
import io
import os
import socket
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SINGLE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Row:
    """One measurement."""

    model: str
    requests: int
    seconds: float
    cpu_seconds: float
    p50_ms: float
    p99_ms: float
    resident_mib: float


def request_bytes() -> bytes:
    """A POST of a 0.4 s clip: a tone with noise, 16 kHz, 16 bit."""
    rng = np.random.default_rng(0)
    t = np.arange(6400) / 16_000
    samples = 6000 * np.sin(2 * np.pi * 420 * t) + 300 * rng.standard_normal(len(t))
    clip = io.BytesIO()
    with wave.open(clip, "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="clip.wav"\r\n'
    body = part + b"Content-Type: audio/wav\r\n\r\n" + clip.getvalue() + b"\r\n--b--\r\n"
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(port: int, request: bytes, until: float, latencies: list[float]) -> None:
    """Send the request again and again over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the server refused: {head.decode()}")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - start)
    writer.close()


async def load(port: int, connections: int, seconds: float) -> list[float]:
    """Latencies in seconds of all requests answered within ``seconds``."""
    request, latencies = request_bytes(), list[float]()
    until = time.perf_counter() + seconds
    await asyncio.gather(*(ask(port, request, until, latencies) for _ in range(connections)))
    return latencies


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measure(model: str, connections: int, seconds: float) -> Row:
    """Start a server, warm it, load it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, "--child", "--model", model, "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | SINGLE_THREAD) as server:
        try:
            for _ in range(200):
                time.sleep(0.1)
                with socket.socket() as trial:
                    if trial.connect_ex(("127.0.0.1", port)) == 0:
                        break
            asyncio.run(load(port, connections, 1.0))
            before, start = cpu_seconds(server.pid), time.perf_counter()
            latencies = asyncio.run(load(port, connections, seconds))
            spent, took = cpu_seconds(server.pid) - before, time.perf_counter() - start
            pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
        finally:
            server.terminate()
    p50, p99 = np.percentile(latencies, [50, 99]) * 1000
    return Row(model, len(latencies), took, spent, p50, p99, pages * PAGE / 2**20)


def child(model: str, port: int) -> int:
    """The server itself."""
    from vocalbaby import cli  # noqa: PLC0415 - only the server needs these
    from vocalbaby.entity.labels import CLASSES  # noqa: PLC0415
    from vocalbaby.entity.prediction import Prediction  # noqa: PLC0415
    from vocalbaby.pipeline import prediction  # noqa: PLC0415

    flags = ["--host=127.0.0.1", f"--port={port}", "--log-level=warning", "--drain-seconds=0"]
    if model != "none":
        return cli.main(flags if model == "default" else [*flags, f"--model={model}"])
    manifest = mock.Mock(version="none", feature_set="none")
    manifest.name = "none"
    idle = mock.Mock(bundle=mock.Mock(manifest=manifest))
    share: dict[str, float] = dict.fromkeys(CLASSES, 1 / len(CLASSES))
    idle.predict = lambda clips: [
        Prediction(clip.name, "Junk", share, clip.duration_s, "none") for clip in clips
    ]
    with mock.patch.object(prediction, "load_predictor", return_value=idle):
        return cli.main(flags)


def main() -> int:
    """Measure the idle predictor and a model, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default", help="bundle folder, 'default' or 'none'")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.child:
        return child(flags.model, flags.port)
    print("| model | requests per CPU s | requests per s | p50 ms | p99 ms | memory MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for model in dict.fromkeys(["none", flags.model]):
        row = measure(model, flags.connections, flags.seconds)
        print(
            f"| {row.model} | {row.requests / row.cpu_seconds:,.0f} "
            f"| {row.requests / row.seconds:,.0f} | {row.p50_ms:.1f} | {row.p99_ms:.1f} "
            f"| {row.resident_mib:.0f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
