"""Counts of requests, from a server's metrics and from CloudWatch."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends

from scripts.deploy.request_counts import Counts, Source, exposed, load_balanced, too_many
from tests.delivery.service import serving

METRICS = """\
vocalbaby_requests_total{{method="POST",route="/predict",status="200"}} {well}
vocalbaby_requests_total{{method="POST",route="/predict",status="503"}} {failed}
vocalbaby_requests_total{{method="GET",route="/health",status="200"}} 1e+06
vocalbaby_requests_total{{method="GET",route="/ready",status="503"}} 900
"""


def test_fewer_than_three_failures_are_tolerated() -> None:
    well = [Counts(0, 0), Counts(2, 2), Counts(3, 300)]
    bad = [Counts(3, 3), Counts(4, 300)]
    assert [counts for counts in well + bad if too_many(counts, 0.01)] == bad


def test_only_requests_that_classify_are_counted() -> None:
    with serving() as service:
        service.metrics = (200, METRICS.format(well=97, failed=3))
        assert exposed(f"{service.url}/metrics") == (3, 100)


def test_a_counter_that_was_restarted_is_added() -> None:
    counted = iter([Counts(5, 100), Counts(6, 110), Counts(1, 4), Counts(1, 8)])
    source = Source("server", lambda: next(counted))
    assert source.since() == (1, 10)
    assert source.since() == (2, 14)
    assert source.since() == (2, 18)


@mock_aws
def test_requests_that_reached_no_server_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    began = datetime.now(UTC) - timedelta(minutes=5)

    def count(metric: str, value: float, name: str, minutes: float) -> None:
        datum = {
            "MetricName": metric,
            "Value": value,
            "Timestamp": (began + timedelta(minutes=minutes)).replace(tzinfo=None),
            "Dimensions": [{"Name": "LoadBalancer", "Value": name}],
        }
        # Clients may not write into the namespaces of AWS, so this goes around the API.
        cloudwatch_backends["123456789012"]["eu-central-1"].put_metric_data(
            "AWS/ApplicationELB", [datum]
        )

    name = "app/vocalbaby-staging/0123456789abcdef"
    count("RequestCount", 40, name, 1)
    count("RequestCount", 50, name, 2)
    count("HTTPCode_Target_5XX_Count", 4, name, 2)
    count("HTTPCode_ELB_5XX_Count", 10, name, 3)
    count("HTTPCode_Target_5XX_Count", 70, "app/another/0123456789abcdef", 2)
    count("HTTPCode_Target_5XX_Count", 80, name, -30)
    assert boto3.client("cloudwatch").list_metrics()["Metrics"]
    assert load_balanced(name, began) == (14, 100)
