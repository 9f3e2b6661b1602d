"""Measure whether decoding keeps memory that it does not need.

    python -m benchmarks.damage.soak [--files 10000] [--through decode,body] [--kinds A,B]

Decodes whole and damaged recordings of each kind (the shorter half of
those of the fuzz), ``--files`` of each, and prints by how many bytes
per file the memory of the process grew. ``decode`` is :func:`vocalbaby.audio.decode` in this
process. The other ways send each file to a ``vocalbaby-serve`` on the loopback interface, and
measure that process: ``body`` and ``form`` to ``/predict``, ``zip`` to ``/predict_zip``,
``v2_json`` and ``v2_binary`` by the Open Inference Protocol. The exit status is 1 if a growth is
above ``--limit``.
"""

import argparse
import base64
import contextlib
import http.client
import io
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence

from benchmarks.damage.files import damaged, resident, whole_files
from vocalbaby.audio import decode
from vocalbaby.exception import VocalBabyError

#: How many different damaged files there are of each kind; they are sent in turns.
VARIANTS = 500
#: Parts in which the memory is measured; the first ones fill caches and the allocator's pools.
PARTS = 20
WARM = 6
SERVER = ("vocalbaby-serve", "--host", "127.0.0.1", "--workers", "1", "--port")

OCTETS = "application/octet-stream"
INFER = "/v2/models/vocalbaby/infer"

Send = Callable[[bytes], object]
#: The path, the headers and the body of a request.
Request = tuple[str, dict[str, str], bytes]


def body_request(data: bytes) -> Request:
    """The file as the body."""
    return "/predict", {"Content-Type": OCTETS}, data


def form_request(data: bytes) -> Request:
    """The file in a form."""
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return "/predict", headers, head + data + b"\r\n--b--\r\n"


def zip_request(data: bytes) -> Request:
    """The file in an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", data)
    return "/predict_zip", {"Content-Type": "application/zip"}, packed.getvalue()


def v2_json_request(data: bytes) -> Request:
    """The file as base64 in JSON."""
    text = base64.b64encode(data).decode()
    tensor = {"name": "audio", "datatype": "BYTES", "shape": [1], "data": [text]}
    return INFER, {"Content-Type": "application/json"}, json.dumps({"inputs": [tensor]}).encode()


def v2_binary_request(data: bytes) -> Request:
    """The file as binary data."""
    element = struct.pack("<I", len(data)) + data
    parameters = {"binary_data_size": len(element)}
    tensor = {"name": "audio", "datatype": "BYTES", "shape": [1], "parameters": parameters}
    head = json.dumps({"inputs": [tensor]}).encode()
    headers = {"Content-Type": OCTETS, "Inference-Header-Content-Length": str(len(head))}
    return INFER, headers, head + element


REQUESTS: dict[str, Callable[[bytes], Request]] = {
    "body": body_request,
    "form": form_request,
    "zip": zip_request,
    "v2_json": v2_json_request,
    "v2_binary": v2_binary_request,
}


@contextlib.contextmanager
def through_decode() -> Iterator[tuple[Send, int]]:
    """Yield a function that decodes a file, and the process that does it."""

    def send(data: bytes) -> None:
        with contextlib.suppress(VocalBabyError):
            decode(data)

    yield send, os.getpid()


@contextlib.contextmanager
def through_service(make: Callable[[bytes], Request]) -> Iterator[tuple[Send, int]]:
    """Yield a function that sends a file to a new service, and the service's process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        (*SERVER, str(port)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(data: bytes) -> None:
        path, headers, body = make(data)
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 422):
            raise RuntimeError(f"{path} answered {response.status}")

    try:
        _wait_ready(connection, server)
        yield send, server.pid
    finally:
        connection.close()
        server.terminate()
        server.wait(30)


def _wait_ready(connection: http.client.HTTPConnection, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/ready")
            response = connection.getresponse()
            response.read()
            if response.status == http.client.OK:
                return
        connection.close()
        time.sleep(0.1)  # until the server listens
    raise SystemExit("vocalbaby-serve did not become ready")


def growth(files: Sequence[bytes], count: int, send: Send, process: int) -> float:
    """Send files in turns; returns by how many bytes per file the memory grew."""
    sizes = []
    for part in range(PARTS):
        for number in range(part * count // PARTS, (part + 1) * count // PARTS):
            send(files[number % len(files)])
        sizes.append(resident(process))
    third = (PARTS - WARM) // 3
    first, last = min(sizes[WARM : WARM + third]), min(sizes[-third:])
    return (last - first) / ((PARTS - WARM - third) * count / PARTS)


def soak(route: str, kinds: Sequence[str], count: int, limit: float) -> int:
    """Print the growth for each kind; returns how many are above the limit."""
    opened = through_decode() if route == "decode" else through_service(REQUESTS[route])
    found, above = whole_files(), 0
    print(f"\n| {route} | whole, bytes per file | damaged, bytes per file |\n| --- | --- | --- |")
    with opened as (send, process):
        for kind in kinds or [kind for kind in found if kind != "ZIP"]:
            rng = random.Random(0)
            files = sorted(found[kind], key=len)[: (len(found[kind]) + 1) // 2]
            broken = [
                damaged(rng.choice(found[kind]), found[kind], rng)[0] for _ in range(VARIANTS)
            ]
            slopes = [growth(chosen, count, send, process) for chosen in (files, broken)]
            above += sum(slope > limit for slope in slopes)
            print(f"| {kind} | {slopes[0]:.1f} | {slopes[1]:.1f} |", flush=True)
        print(f"\nThe process has {resident(process) / 2**20:.0f} MiB at the end.")
    return above


def main() -> int:
    """Print the growths; returns 1 if one is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="number of each kind")
    parser.add_argument("--through", default="decode,body", help="ways, separated by commas")
    parser.add_argument("--kinds", default="", help="some kinds, separated by commas")
    parser.add_argument("--limit", type=float, default=100.0, help="most bytes per file")
    flags = parser.parse_args()
    kinds = [kind for kind in flags.kinds.split(",") if kind]
    above = sum(soak(route, kinds, flags.files, flags.limit) for route in flags.through.split(","))
    print(f"{above} growths are above {flags.limit:.0f} bytes per file.")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
