"""Helpers of several test modules."""

import io
import re
import time
import warnings
import zipfile
from collections.abc import Callable
from typing import Any, Final

import httpx
from fastapi.testclient import TestClient

from vocalbaby.api.http.archives import Archive, ArchiveLimits, Item
from vocalbaby.api.upload import Upload

MIB: Final = 2**20


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return once the condition holds; fail if it does not within the time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"the condition was not met within {seconds} s"
        time.sleep(0.02)


def metric(metrics: str, series: str) -> float:
    """Return the value of a series without the prefix of its name; 0 if it is not shown."""
    found = re.search(rf"^vocalbaby_{re.escape(series)} (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def pack(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of the members; names may repeat."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def items(data: bytes, **limits: Any) -> list[Item]:
    """Return the unpacked members of an archive, or their errors."""
    archive = Archive(data, ArchiveLimits(**limits))
    return [item for batch in archive.batches(clips=3, size=MIB) for item in batch]


def outcome(item: Item) -> bytes | str:
    """Return the bytes of a member, or the code of its error."""
    return item.data if isinstance(item, Upload) else item.code


def classify(url: str, clip: bytes, times: int) -> None:
    """Send requests, each over a new connection, until this many have been answered."""
    done = 0
    while done < times:
        try:
            answer = httpx.post(f"{url}/predict", files={"files": ("a", clip)}, timeout=20)
        except httpx.TransportError:
            continue  # the worker died with this connection
        assert answer.status_code == 200
        done += 1


def submit_job(client: TestClient, data: bytes, name: str = "day1.wav", **headers: str) -> str:
    answer = client.post(
        f"/segment?name={name}", content=data, headers={"content-type": "audio/wav", **headers}
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/segment/{answer.json()['id']}"
    return str(answer.headers["location"])


def finished_job(client: TestClient, job: str) -> dict[str, Any]:
    wait_until(lambda: client.get(job).json()["state"] in {"done", "failed"})
    found: dict[str, Any] = client.get(job).json()
    return found
