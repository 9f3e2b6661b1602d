"""Watches a model version that has just been given a share of a channel's requests.

    python scripts/watch_rollout.py URL VERSION SHARE [--key-file FILE] [--seconds 300]

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
import re
import struct
import sys
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

__all__ = ["Counts", "exposed", "load_balanced", "too_many"]

#: Fewer failures than this are not a share yet.
FEWEST: Final = 3
#: So many answers in a row must come from servers that have taken the version.
_LOOKS: Final = 5
_TIMEOUT_S: Final = 20.0
#: Questions to the model, whatever route they came by; probes are not clients' work.
_ROUTES: Final = re.compile(r"/predict|/predict_zip|/v2/models/.+/infer")
_SAMPLE: Final = re.compile(r"^vocalbaby_requests_total\{(.*)\} ([0-9.e+]+)$", re.MULTILINE)


class Counts(NamedTuple):
    """Requests since some beginning, and how many of them failed."""

    failed: float
    all: float


class _Wrong(Exception):
    """The version must not stay; the text says why."""


def too_many(counts: Counts, most: float) -> bool:
    """Whether failures are more than the share ``most`` of all, and not just a few."""
    return counts.failed >= FEWEST and counts.failed > most * counts.all


def exposed(text: str) -> Counts:
    """The requests for labels that a server's metrics count.

    Args:
        text: Prometheus' text format.
    """
    failed = total = 0.0
    for inside, value in _SAMPLE.findall(text):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', inside))
        if _ROUTES.fullmatch(labels["route"]):
            total += float(value)
            failed += float(value) if labels["status"].startswith("5") else 0.0
    return Counts(failed, total)


def load_balanced(name: str, since: datetime) -> Counts:
    """The requests that a load balancer has passed on, as CloudWatch counts them.

    Args:
        name: Its dimension there, ``app/<name>/<id>``.
        since: From this time on; CloudWatch is a minute or two behind.
    """
    import boto3  # noqa: PLC0415 - only where there is such a load balancer

    def query(key: str, metric: str) -> dict[str, Any]:
        dimension = {"Name": "LoadBalancer", "Value": name}
        about = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": [dimension]}
        return {"Id": key, "MetricStat": {"Metric": about, "Period": 60, "Stat": "Sum"}}

    answer = boto3.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            query("all", "RequestCount"),
            query("failed", "HTTPCode_Target_5XX_Count"),
            query("unanswered", "HTTPCode_ELB_5XX_Count"),
        ],
        StartTime=since.replace(second=0, microsecond=0),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
    )
    sums = {found["Id"]: sum(found["Values"]) for found in answer["MetricDataResults"]}
    return Counts(sums.get("failed", 0.0) + sums.get("unanswered", 0.0), sums.get("all", 0.0))


class _Service:
    """The service as a client sees it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str) -> Any:
        """A JSON answer; OSError or ValueError when there is none."""
        request = urllib.request.Request(f"{self._url}{path}", headers=self._headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)

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
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code}: {error.read(300).decode(errors='replace')}"
        except (OSError, ValueError, LookupError) as error:
            return repr(error)
        return "".join(outputs["error"])


def _clip() -> bytes:
    """Half a second of a tone, as WAV."""
    samples = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def _wait_until_taken(service: _Service, version: str, share: float, patience_s: float) -> None:
    """Wait until every server that answers gives the version its share.

    Raises:
        _Wrong: A server refuses the version, or it is not there in time.
    """
    deadline = time.monotonic() + patience_s
    taken, last = 0, "nobody answered"
    while taken < _LOOKS:
        try:
            faults = [f for f in service.get("/ready")["faults"] if f["model_version"] == version]
            served = {s["model_version"]: s["share"] for s in service.get("/model")["serves"]}
        except (OSError, ValueError, LookupError) as error:
            taken, last = 0, repr(error)
        else:
            if faults:
                raise _Wrong(f"a server refuses {version}: {faults[0]['title']}")
            as_told = math.isclose(served.get(version, 0.0), share, abs_tol=1e-6)
            taken, last = taken + 1 if as_told else 0, f"served: {served}"
        if time.monotonic() > deadline:
            raise _Wrong(f"the servers have not taken {version} in {patience_s:g} s; {last}")
        time.sleep(0.2)


def _watch(service: _Service, version: str, sources: Sequence["_Source"], flags: Any) -> Counts:
    """Ask and count until the time is over; returns the own questions.

    Raises:
        _Wrong: Too many failed.
    """
    clip, failed, asked = _clip(), 0, 0
    end = time.monotonic() + flags.seconds
    while time.monotonic() < end:
        asked += 1
        if wrong := service.ask(version, clip):
            failed += 1
            print(f"a question to {version} failed: {wrong}", file=sys.stderr)
        if too_many(Counts(failed, asked), flags.max_error_share):
            raise _Wrong(f"{failed} of {asked} questions to {version} failed; the last: {wrong}")
        for source in sources:
            counts = source.since_beginning()
            if too_many(counts, flags.max_error_share):
                raise _Wrong(
                    f"{counts.failed:g} of {counts.all:g} requests failed, says {source.name}"
                )
        time.sleep(flags.every)
    return Counts(failed, asked)


class _Source:
    """Where requests are counted: differences to what stood there at the beginning."""

    def __init__(self, name: str, read: Callable[[], Counts]) -> None:
        self.name, self._read = name, read
        self._last, self._sum = read(), Counts(0.0, 0.0)

    def since_beginning(self) -> Counts:
        """Failed and all; a server that restarted counts from nought again."""
        now, last = self._read(), self._last
        if now.all < last.all:
            last = Counts(0.0, 0.0)
        self._sum = Counts(
            self._sum.failed + now.failed - last.failed, self._sum.all + now.all - last.all
        )
        self._last = now
        return self._sum


def _metrics(url: str) -> Counts:
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        return exposed(answer.read().decode())


def _sources(flags: Any) -> list[_Source]:
    began = datetime.now(UTC)
    found = [_Source(url, lambda url=url: _metrics(url)) for url in flags.metrics]  # type: ignore[misc]
    if flags.load_balancer:
        name = flags.load_balancer
        found.append(_Source(name, lambda: load_balanced(name, began)))
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="address of the service")
    parser.add_argument("version", help="version of the model")
    parser.add_argument("share", type=float, help="share that it was given, up to 1")
    parser.add_argument("--key-file", type=Path, help="file that holds an API key")
    parser.add_argument("--metrics", action="append", default=[], help="a server's metrics (URL)")
    parser.add_argument("--load-balancer", default="", help="app/<name>/<id>, asked of CloudWatch")
    parser.add_argument("--max-error-share", type=float, default=0.01, help="default: 0.01")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long (default: 300)")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two questions")
    parser.add_argument("--patience", type=float, default=120.0, help="for the servers to take it")
    return parser


def main() -> int:
    """The command."""
    flags = _parser().parse_args()
    service = _Service(flags.url, flags.key_file.read_text().strip() if flags.key_file else "")
    try:
        sources = _sources(flags)
        _wait_until_taken(service, flags.version, flags.share, flags.patience)
        asked = _watch(service, flags.version, sources, flags)
    except (_Wrong, OSError) as error:
        print(f"watch: {error}", file=sys.stderr)
        return 1
    print(
        f"watch: {flags.version} answered {asked.all - asked.failed:g} of {asked.all:g} questions"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
