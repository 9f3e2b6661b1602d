"""How many requests there were, and how many of them failed, by whoever counts them."""

import re
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

__all__ = ["Counts", "Source", "exposed", "load_balanced", "too_many"]

#: Fewer failures than this are not a share yet.
_FEWEST: Final = 3
_TIMEOUT_S: Final = 20.0
#: Work for the model, as in configs/monitoring.yaml: neither probes nor pages.
_ROUTES: Final = re.compile(r"/predict|/predict_zip|/v2/models/.+/infer")
_SAMPLE: Final = re.compile(r"^vocalbaby_requests_total\{(.*)\} ([0-9.e+]+)$", re.MULTILINE)


class Counts(NamedTuple):
    """Requests, and how many of them failed."""

    failed: float
    all: float


def too_many(counts: Counts, most: float) -> bool:
    """Whether failures are more than the share ``most`` of all, and not just a few."""
    return counts.failed >= _FEWEST and counts.failed > most * counts.all


class Source:
    """Counts since this was made, of something that counts since another time.

    Args:
        name: What counts.
        read: What it has counted by now.

    Raises:
        OSError: It does not answer.
    """

    def __init__(self, name: str, read: Callable[[], Counts]) -> None:
        self.name = name
        self._read = read
        self._last, self._sum = read(), Counts(0.0, 0.0)

    def since(self) -> Counts:
        """Failed and all; what has restarted counts from nought again.

        Raises:
            OSError: It does not answer.
        """
        now = self._read()
        last = self._last if now.all >= self._last.all else Counts(0.0, 0.0)
        more = Counts(now.failed - last.failed, now.all - last.all)
        self._last = now
        self._sum = Counts(self._sum.failed + more.failed, self._sum.all + more.all)
        return self._sum


def exposed(url: str) -> Counts:
    """What the metrics of a server count.

    Args:
        url: Where they are, in Prometheus' text format.

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
    """What a load balancer has passed on, as CloudWatch counts it, a minute or two behind.

    Args:
        name: Its dimension there, ``app/<name>/<id>``.
        since: From this time on, by the minute.

    Raises:
        OSError: CloudWatch does not answer.
    """
    # Not for those who have no load balancer.
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    def query(key: str, metric: str) -> dict[str, Any]:
        dimension = {"Name": "LoadBalancer", "Value": name}
        about = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": [dimension]}
        return {"Id": key, "MetricStat": {"Metric": about, "Period": 60, "Stat": "Sum"}}

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
        raise OSError(f"CloudWatch says nothing about {name}: {error}") from error
    sums = {found["Id"]: sum(found["Values"]) for found in answer["MetricDataResults"]}
    # Requests that reached no server are not among RequestCount.
    unanswered = sums.get("by_balancer", 0.0)
    return Counts(sums.get("by_server", 0.0) + unanswered, sums.get("all", 0.0) + unanswered)
