"""Destroying an environment, on a simulated AWS with a program that stands in for Terraform.

The program records what it is called with.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from infra.offline.aws import server as simulated_aws
from infra.offline.aws.client import REGION, ZONES, Aws
from tests.delivery.commands import ENVIRONMENT, run, stand_in

DESTROY = "scripts/deploy_destroy.sh"
TERRAFORM = """\
case "$1" in
  output) [[ -z "${BROKEN:-}" ]] || exit 1; cat "$OUTPUTS" ;;
  destroy) [[ -n "${FULL:-}" && "$*" != *-target* ]] && { echo BucketNotEmpty; exit 1; } || true ;;
esac
"""


class Account(NamedTuple):
    """An environment in an account, and the calls of Terraform."""

    aws: Aws
    balancer: str
    calls: Path
    env: dict[str, str]

    def destroy(self, expect: int = 0, **env: str) -> str:
        return run(DESTROY, "tiny", env={**self.env, **env}, expect=expect).stderr

    def protect(self, *, on: bool) -> None:
        attributes = [{"Key": "deletion_protection.enabled", "Value": str(on).lower()}]
        self.aws.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=self.balancer, Attributes=attributes
        )

    def destroyed(self) -> list[str]:
        return [line for line in self.calls.read_text().splitlines() if "destroy" in line]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    server = simulated_aws.serve()
    aws = Aws("http://{}:{}".format(*server.get_host_and_port()))
    balancer = create_load_balancer(aws)
    aws.client("s3").create_bucket(
        Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    aws.client("s3").put_object(Bucket="models", Key="a", Body=b"")
    values = {
        "load_balancer_arn_suffix": balancer.partition("loadbalancer/")[2],
        "bucket_names": {"models": "models"},
        "repository_urls": {},
    }
    (tmp_path / "outputs").write_text(json.dumps({of: {"value": values[of]} for of in values}))
    (tmp_path / "tiny").mkdir()
    calls = stand_in(tmp_path / "programs", "terraform", TERRAFORM)
    env = {
        "PATH": f"{tmp_path / 'programs'}:{ENVIRONMENT['PATH']}",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "127.0.0.1",
        "OUTPUTS": str(tmp_path / "outputs"),
        "VOCALBABY_ALLOW_DELETE": "1",
        "VOCALBABY_ENVIRONMENTS": str(tmp_path),
    }
    yield Account(aws, balancer, calls, env)
    requests.post(f"{aws.endpoint}/moto-api/reset", timeout=10).raise_for_status()
    server.stop()


def create_load_balancer(aws: Aws) -> str:
    subnets: list[dict[str, Any]] = aws.client("ec2").describe_subnets()["Subnets"]
    chosen = [of["SubnetId"] for of in subnets if of["AvailabilityZone"] in ZONES]
    created = aws.client("elbv2").create_load_balancer(Name="tiny", Subnets=chosen)
    return str(created["LoadBalancers"][0]["LoadBalancerArn"])


def test_changes_nothing_while_the_load_balancer_is_protected(account: Account) -> None:
    account.protect(on=True)
    assert "is protected from deletion, so nothing was changed" in account.destroy(expect=2)
    assert account.destroyed() == []
    account.protect(on=False)
    assert "tiny is destroyed" in account.destroy()
    first, last = account.destroyed()
    assert "-target=module.stack.module.compute" in first
    assert "-target" not in last


def test_changes_nothing_when_the_protection_is_unknown(account: Account) -> None:
    account.protect(on=True)
    account.destroy(expect=1, BROKEN="1")
    assert account.destroyed() == []


def test_empties_a_bucket_again_that_was_filled_meanwhile(account: Account) -> None:
    output = account.destroy(expect=2, FULL="1")
    assert output.count("a bucket was filled again") == 2
    assert "tiny is not destroyed: terraform.sh ended with exit code 1\nBucketNotEmpty" in output
    assert len(account.destroyed()) == 4
    assert "Contents" not in account.aws.client("s3").list_objects_v2(Bucket="models")


def test_requires_a_confirmation(account: Account) -> None:
    assert "everything in tiny would be deleted" in account.destroy(
        expect=2, VOCALBABY_ALLOW_DELETE=""
    )
    assert account.calls.read_text() == ""


def test_deletes_every_version_and_delete_marker(account: Account) -> None:
    """There are more of both than one request may delete."""
    s3 = account.aws.client("s3")
    versioned = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket="models", VersioningConfiguration=versioned)
    keys = [f"{number:04}" for number in range(600)]
    for key in keys:
        s3.put_object(Bucket="models", Key=key, Body=b"")
    for half in (keys[:300], keys[300:]):
        s3.delete_objects(Bucket="models", Delete={"Objects": [{"Key": key} for key in half]})
    assert len(s3.list_object_versions(Bucket="models")["Versions"]) > 400
    account.destroy()
    left = s3.list_object_versions(Bucket="models")
    assert (left.get("Versions"), left.get("DeleteMarkers")) == (None, None)
