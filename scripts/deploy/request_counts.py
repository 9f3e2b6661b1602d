"""Counts of requests and of failed requests, from the servers' metrics or from CloudWatch."""

import re
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

__all__ = ["Counts", "Source", "exposed", "load_balanced", "too_many"]

#: Fewer failures than this are tolerated, whatever their share.
_FEWEST: Final = 3
_TIMEOUT_S: Final = 20.0
#: Routes that classify, as in configs/monitoring.yaml; not probes or pages.
_ROUTES: Final = re.compile(r"/predict|/predict_zip|/v2/models/.+/infer")
_SAMPLE: Final = re.compile(r"^vocalbaby_requests_total\{(.*)\} ([0-9.e+]+)$", re.MULTILINE)


class Counts(NamedTuple):
    """Requests, and how many of them failed."""

    failed: float
    all: float


def too_many(counts: Counts, most: float) -> bool:
    """Whether the share of failures exceeds ``most``, with at least three failures."""
    return counts.failed >= _FEWEST and counts.failed > most * counts.all


class Source:
    """Counts since this object was created, from a counter that started at another time.

    Args:
        name: Name of the counter, for messages.
        read: Reads the counter.

    Raises:
        OSError: The counter cannot be read.
    """

    def __init__(self, name: str, read: Callable[[], Counts]) -> None:
        self.name = name
        self._read = read
        self._last, self._sum = read(), Counts(0.0, 0.0)

    def since(self) -> Counts:
        """The counts so far. A counter that was restarted from zero is added to what it had.

        Raises:
            OSError: The counter cannot be read.
        """
        now = self._read()
        last = self._last if now.all >= self._last.all else Counts(0.0, 0.0)
        more = Counts(now.failed - last.failed, now.all - last.all)
        self._last = now
        self._sum = Counts(self._sum.failed + more.failed, self._sum.all + more.all)
        return self._sum


def exposed(url: str) -> Counts:
    """Read the counts from the metrics of a server.

    Args:
        url: Address of the metrics, in Prometheus' text format.

    Raises:
        OSError: The server does not answer.
    """
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        text = answer.read().decode()
    failed = total = 0.0
    for inside, value in _SAMPLE.findall(text):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', inside))
        if _ROUTES.fullmatch(labels["route"]):
            total += float(value)
            failed += float(value) if labels["status"].startswith("5") else 0.0
    return Counts(failed, total)


def load_balanced(name: str, since: datetime) -> Counts:
    """Read the counts of a load balancer from CloudWatch, which is a minute or two behind.

    Args:
        name: Name of the load balancer in CloudWatch, ``app/<name>/<id>``.
        since: Start of the period, rounded down to the minute.

    Raises:
        OSError: CloudWatch does not answer.
    """
    # Imported here because only environments with a load balancer need boto3.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    def query(key: str, metric: str) -> dict[str, Any]:
        dimension = {"Name": "LoadBalancer", "Value": name}
        metric_of = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": metric,
            "Dimensions": [dimension],
        }
        return {"Id": key, "MetricStat": {"Metric": metric_of, "Period": 60, "Stat": "Sum"}}

    try:
        answer = boto3.client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                query("all", "RequestCount"),
                query("by_server", "HTTPCode_Target_5XX_Count"),
                query("by_balancer", "HTTPCode_ELB_5XX_Count"),
            ],
            StartTime=since.replace(second=0, microsecond=0),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
        )
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"CloudWatch does not report on {name}: {error}") from error
    sums = {found["Id"]: sum(found["Values"]) for found in answer["MetricDataResults"]}
    # RequestCount does not include the requests that reached no server.
    unanswered = sums.get("by_balancer", 0.0)
    return Counts(sums.get("by_server", 0.0) + unanswered, sums.get("all", 0.0) + unanswered)
