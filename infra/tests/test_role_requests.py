"""Requests to the simulated S3 with the keys of each role, which moto authorizes."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.mirror import Mirror
from infra.tests.roles import ACCOUNT, BUCKETS, JOBS, NAME, RESOURCES, account_of_roles


@pytest.fixture(scope="module")
def aws(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with the roles of one environment."""
    with account_of_roles(applying, tmp_path_factory.mktemp("roles")) as aws:
        yield aws


@pytest.fixture(scope="module")
def clients(aws: Aws) -> Iterator[dict[str, Any]]:
    """S3 clients with the keys of each job, in an account that enforces policies."""
    s3 = aws.client("s3")
    for bucket in BUCKETS.values():
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    for thing in ("a model", "predictions", "a release"):
        bucket, _, key = RESOURCES[thing].removeprefix("arn:aws:s3:::").partition("/")
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    by_job = {job: aws.client("s3", **_keys_of(aws, job)) for job in JOBS}
    _enforce_after(aws, 0)
    yield by_job
    _enforce_after(aws, 1e9)


def _keys_of(aws: Aws, job: str) -> dict[str, str]:
    role = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-{job}"
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def _enforce_after(aws: Aws, requests_until: float) -> None:
    url = f"{aws.endpoint}/moto-api/reset-auth"
    requests.post(url, data=str(requests_until), timeout=10).raise_for_status()


def _try(s3: Any, action: str, thing: str) -> bool:
    bucket, _, key = RESOURCES[thing].removeprefix("arn:aws:s3:::").partition("/")
    try:
        {
            "get": lambda: s3.get_object(Bucket=bucket, Key=key),
            "put": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"{}"),
            "delete": lambda: s3.delete_object(Bucket=bucket, Key=key),
            "list": lambda: s3.list_objects_v2(Bucket=bucket),
        }[action]()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("job", "can", "cannot"),
    [
        (
            "server",
            ["get a model", "get a release", "list models", "put predictions"],
            ["put a model", "delete a model", "get predictions", "list logs", "delete predictions"],
        ),
        (
            "drift",
            ["get a model", "get predictions", "list logs", "put a drift report"],
            ["put a model", "put predictions", "delete predictions", "put a release"],
        ),
        (
            "monitoring",
            ["get a release", "put a drift report"],
            ["put a model", "delete predictions", "put a release"],
        ),
    ],
)
def test_requests_are_allowed_or_denied_by_the_role(
    job: str, can: list[str], cannot: list[str], clients: dict[str, Any]
) -> None:
    assert [what for what in can if not _try(clients[job], *what.split(" ", 1))] == []
    assert [what for what in cannot if _try(clients[job], *what.split(" ", 1))] == []


def _missing(s3: Any, bucket: str, key: str) -> list[int]:
    """Return the HTTP status of a GET and of a HEAD request for a missing key."""
    statuses = []
    for request in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as caught:
            request(Bucket=BUCKETS[bucket], Key=key)
        statuses.append(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])
    return statuses


@pytest.mark.parametrize("job", ["server", "drift", "monitoring", "github-drift"])
def test_a_missing_object_is_reported_as_missing(job: str, clients: dict[str, Any]) -> None:
    """The first drift result could not be published otherwise: vocalbaby.cloud.s3 raises on 403."""
    assert _missing(clients[job], "artifacts", "drift/not-yet.json") == [404, 404]
    assert _missing(clients[job], "models", "channels/not-yet.json") == [404, 404]


def test_a_missing_object_is_forbidden_without_permission_to_list(clients: dict[str, Any]) -> None:
    assert _missing(clients["github-deploy"], "artifacts", "releases/3/server.pex") == [403, 403]
