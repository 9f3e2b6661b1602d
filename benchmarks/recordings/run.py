"""Check the predictions for unseen real recordings, and the responses to invalid files.

    python benchmarks/recordings/run.py --data FOLDER

FOLDER holds ``metadata.csv`` and ``clips/`` as described in docs/pipeline.md. 20 cries and 20
junk clips are taken alternately from the groups in ``configs/default_model/held_out.csv``. Each
file is one multipart request to a new ``vocalbaby-serve`` on the loopback interface. The exit
status is 1 if fewer than 17 clips of either class are classified correctly, if the response to an
invalid file is a label without a warning or a 5xx, or if ``/health`` takes more than 100 ms.
"""

import argparse
import csv
import io
import multiprocessing
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from itertools import chain, zip_longest
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx
import numpy as np
import soundfile

HELD_OUT = Path("configs/default_model/held_out.csv")
PER_CLASS, MIN_CORRECT, HEALTH_MS = 20, 17, 100.0


def choose(data: Path, label: str) -> list[Path]:
    """Choose clips of one class, alternating between the held-out groups."""
    with HELD_OUT.open(encoding="utf-8") as stream:
        groups = {row["child_ID"] for row in csv.DictReader(stream)}
    clips: dict[str, list[Path]] = defaultdict(list)
    with (data / "metadata.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["child_ID"] in groups and row["Answer"] == label:
                clips[row["child_ID"]].append(data / "clips" / row["clip_ID"])
    alternating = chain.from_iterable(zip_longest(*clips.values()))
    return [clip for clip in alternating if clip is not None][:PER_CLASS]


def encode(samples: np.ndarray, subtype: str = "PCM_16") -> bytes:
    """Encode samples as a WAV file at 16 kHz."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 16_000, format="WAV", subtype=subtype)
    return buffer.getvalue()


def bad_files(cry: bytes) -> dict[str, bytes]:
    """Return files that clients send by mistake or with malicious intent, by name."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 6_400)
    zero_rate = bytearray(cry)
    zero_rate[24:28] = struct.pack("<I", 0)
    return {
        "5 ms": encode(noise[:80]),
        "silence": encode(np.zeros(6_400)),
        "NaN": encode(np.full(6_400, np.nan), "FLOAT"),
        "empty": b"",
        "text": b"Not a recording, but a letter.\n" * 40,
        "truncated WAV": cry[: len(cry) // 2],
        "0 Hz header": bytes(zero_rate),
        "32 channels": encode(np.tile(noise[:, None], 32)),
        "10 minutes": encode(np.tile(noise, 1_500)),
        "300 MiB": b"RIFF" + bytes(300 * 2**20),
    }


def poll_health(url: str, stop: Event, slowest_ms: "Synchronized[float]") -> None:
    """Request ``/health`` until ``stop`` is set, and record the slowest response."""
    with httpx.Client(base_url=url) as client:
        client.get("/health")
        while not stop.wait(0.02):
            start = time.perf_counter()
            client.get("/health").raise_for_status()
            slowest_ms.value = max(slowest_ms.value, 1000 * (time.perf_counter() - start))


def classify(client: httpx.Client, name: str, data: bytes) -> tuple[int, str, str]:
    """Send one file; returns the status, the label, and the warnings or the error."""
    response = client.post("/predict", files={"files": (name, data)})
    body = response.json()
    if response.status_code != httpx.codes.OK:
        return response.status_code, "", f"{body['detail']} {body.get('hint', '')}"
    result = body["results"][0]
    notes = "; ".join(f"{w['code']}: {w['message']}" for w in result["warnings"])
    return response.status_code, result["label"] or "", notes


def check_clips(client: httpx.Client, data: Path) -> bool:
    """Return whether enough held-out cries and junk clips are classified correctly."""
    enough = True
    for label in ("Crying", "Junk"):
        clips = choose(data, label)
        labels = Counter(classify(client, c.name, c.read_bytes())[1] or "no label" for c in clips)
        print(f"{label}: {labels[label]} of {len(clips)} correct; {dict(labels)}")
        enough &= labels[label] >= MIN_CORRECT
    return enough


def check_bad_files(client: httpx.Client, url: str, cry: bytes) -> bool:
    """Return whether invalid files lead to an error or a warning, and ``/health`` stays fast."""
    # A separate process, because sending 300 MiB would delay a thread of this one.
    spawn, good = multiprocessing.get_context("spawn"), True
    stop, slowest_ms = spawn.Event(), spawn.Value("d", 0.0)
    health = spawn.Process(target=poll_health, args=(url, stop, slowest_ms))
    health.start()
    for name, content in bad_files(cry).items():
        status, label, notes = classify(client, "clip.wav", content)
        fine = 400 <= status < 500 or (status == httpx.codes.OK and bool(notes))
        print(
            f"{name:14s} {status} {label or '-':13s} {notes}"
            + ("" if fine else "  <-- not expected")
        )
        good &= fine
    stop.set()
    health.join()
    print(f"The slowest response of /health took {slowest_ms.value:.0f} ms.")
    return good and health.exitcode == 0 and 0 < slowest_ms.value < HEALTH_MS


def main() -> int:
    """Start a server, run the checks, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with metadata.csv and clips/"
    )
    parser.add_argument(
        "--serve", default="vocalbaby-serve", help="command, or path of the server's PEX"
    )
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        command = [options.serve, "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=url, timeout=60) as client:
                wait_ready(client, server)
                good = check_clips(client, options.data)
                cry = choose(options.data, "Crying")[0].read_bytes()
                good &= check_bad_files(client, url, cry)
        finally:
            server.terminate()
            server.wait(30)
    print("All checks passed." if good else "At least one check failed.")
    return 0 if good else 1


def wait_ready(client: httpx.Client, server: "subprocess.Popen[bytes]") -> None:
    """Wait at most 60 s until the server is ready."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            if client.get("/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    sys.exit("vocalbaby-serve did not become ready")


if __name__ == "__main__":
    sys.exit(main())
