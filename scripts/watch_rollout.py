"""Watches a model version that has just been given a share of a channel's requests.

    python -m scripts.watch_rollout URL VERSION SHARE [--key-file FILE] [--seconds 300]

First the servers must take the version. Then, until the time is over, it asks that very
version to label a clip, and looks where requests are counted (--metrics, --load-balancer)
for answers with 5xx. Ends with 1 and says why as soon as something is wrong: the servers
refuse the version or do not take it, or at least three questions, or three requests of all
clients, failed and they are more than --max-error-share of those since the beginning.
"""

import argparse
import base64
import io
import json
import math
import os
import struct
import sys
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from scripts.request_counts import Counts, Source, exposed, load_balanced, too_many

__all__ = ["main"]

#: So many answers in a row must come from servers that have taken the version.
_LOOKS: Final = 5
_TIMEOUT_S: Final = 20.0
#: Holds an API key where there is no file.
_KEY: Final = "VOCALBABY_API_KEY"


class _WatchError(Exception):
    """The version must not stay; the text says why."""


class _Service:
    """The service as a client sees it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str) -> dict[str, Any]:
        """A JSON answer; OSError or ValueError when there is none."""
        request = urllib.request.Request(f"{self._url}{path}", headers=self._headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def ask(self, version: str, clip: bytes) -> str:
        """Have a version label a clip; returns what went wrong, nothing if all is well."""
        data = [base64.b64encode(clip).decode()]
        tensor = {"name": "audio", "shape": [1], "datatype": "BYTES", "data": data}
        request = urllib.request.Request(  # noqa: S310
            f"{self._url}/v2/models/vocalbaby/versions/{version}/infer",
            json.dumps({"inputs": [tensor]}).encode(),
            {**self._headers, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                outputs = {found["name"]: found["data"] for found in json.load(answer)["outputs"]}
                return "".join(outputs["error"])
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code}: {error.read(300).decode(errors='replace')}"
        except (OSError, ValueError, LookupError) as error:
            return repr(error)


def _clip() -> bytes:
    """Half a second of a tone, as WAV."""
    samples = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def _wait_until_taken(service: _Service, flags: argparse.Namespace) -> None:
    """Wait until every server that answers gives the version its share.

    Raises:
        _WatchError: A server refuses the version, or it is not there in time.
    """
    deadline = time.monotonic() + flags.patience
    in_a_row, last = 0, ""
    while in_a_row < _LOOKS:
        if time.monotonic() > deadline:
            raise _WatchError(
                f"the servers have not taken {flags.version} in {flags.patience:g} s; {last}"
            )
        try:
            faults = service.get("/ready")["faults"]
            served = {one["model_version"]: one["share"] for one in service.get("/model")["serves"]}
        except (OSError, ValueError, LookupError) as error:
            in_a_row, last = 0, repr(error)
        else:
            for fault in faults:
                if fault["model_version"] == flags.version:
                    raise _WatchError(f"a server refuses {flags.version}: {fault['title']}")
            taken = math.isclose(served.get(flags.version, 0.0), flags.share, abs_tol=1e-6)
            in_a_row, last = in_a_row + 1 if taken else 0, f"they serve {served}"
        time.sleep(0.2)


def _watch(service: _Service, sources: Sequence[Source], flags: argparse.Namespace) -> int:
    """Ask and count until the time is over; returns how often it asked.

    Raises:
        _WatchError: Too many failed.
        OSError: Who counts does not answer.
    """
    clip, failed, asked = _clip(), 0, 0
    end = time.monotonic() + flags.seconds
    while time.monotonic() < end:
        asked += 1
        if wrong := service.ask(flags.version, clip):
            failed += 1
            print(f"watch: a question failed: {wrong}", file=sys.stderr)
        if too_many(Counts(failed, asked), flags.max_error_share):
            raise _WatchError(f"{failed} of {asked} questions to {flags.version} failed")
        for source in sources:
            counts = source.since()
            if too_many(counts, flags.max_error_share):
                raise _WatchError(
                    f"{counts.failed:g} of {counts.all:g} requests failed, says {source.name}"
                )
        time.sleep(flags.every)
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("url", help="address of the service")
    add("version", help="version of the model")
    add("share", type=float, help="share that it was given, up to 1")
    add("--key-file", type=Path, help=f"file that holds an API key, otherwise {_KEY}")
    add("--metrics", action="append", default=[], metavar="URL", help="a server's metrics")
    add("--load-balancer", default="", help="app/<name>/<id>, whose errors CloudWatch counts")
    add("--max-error-share", type=float, default=0.01, help="over it the version must not stay")
    add("--seconds", type=float, default=300.0, help="how long to watch")
    add("--every", type=float, default=2.0, help="seconds between two questions")
    add("--patience", type=float, default=120.0, help="seconds for the servers to take it")
    return parser


def main() -> int:
    """The command; returns the exit code."""
    flags = _parser().parse_args()
    try:
        key = flags.key_file.read_text() if flags.key_file else os.environ.get(_KEY, "")
        service = _Service(flags.url, key.strip())
        sources = [Source(url, partial(exposed, url)) for url in flags.metrics]
        if name := flags.load_balancer:
            sources.append(Source(name, partial(load_balanced, name, datetime.now(UTC))))
        _wait_until_taken(service, flags)
        asked = _watch(service, sources, flags)
    except (_WatchError, OSError) as error:
        print(f"watch: {error}", file=sys.stderr)
        return 1
    print(f"watch: {flags.version} is well after {asked} questions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
