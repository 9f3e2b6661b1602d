"""Destroying refuses while there is protection, and deletes all that would be in its way.

A simulated AWS, and in Terraform's place a program that notes what it is asked to do.
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


class Place(NamedTuple):
    """An environment in an account, and what Terraform was asked to do."""

    aws: Aws
    balancer: str
    calls: Path
    env: dict[str, str]

    def destroy(self, expect: int = 0, **env: str) -> str:
        return run(DESTROY, "tiny", env={**self.env, **env}, expect=expect).stderr

    def protect(self, *, on: bool) -> None:
        about = [{"Key": "deletion_protection.enabled", "Value": str(on).lower()}]
        self.aws.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=self.balancer, Attributes=about
        )

    def destroyed(self) -> list[str]:
        return [line for line in self.calls.read_text().splitlines() if "destroy" in line]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    server = simulated_aws.serve()
    aws = Aws("http://{}:{}".format(*server.get_host_and_port()))
    balancer = made_balancer(aws)
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
    yield Place(aws, balancer, calls, env)
    requests.post(f"{aws.endpoint}/moto-api/reset", timeout=10).raise_for_status()
    server.stop()


def made_balancer(aws: Aws) -> str:
    subnets: list[dict[str, Any]] = aws.client("ec2").describe_subnets()["Subnets"]
    chosen = [of["SubnetId"] for of in subnets if of["AvailabilityZone"] in ZONES]
    made = aws.client("elbv2").create_load_balancer(Name="tiny", Subnets=chosen)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def test_nothing_is_touched_while_the_load_balancer_is_protected(place: Place) -> None:
    place.protect(on=True)
    assert "is protected from deletion, so nothing was touched" in place.destroy(expect=2)
    assert place.destroyed() == []
    place.protect(on=False)
    assert "tiny is gone" in place.destroy()
    first, last = place.destroyed()
    assert "-target=module.stack.module.compute" in first
    assert "-target" not in last


def test_without_outputs_it_does_not_take_the_protection_for_none(place: Place) -> None:
    place.protect(on=True)
    place.destroy(expect=1, BROKEN="1")
    assert place.destroyed() == []


def test_a_bucket_that_fills_again_is_emptied_again(place: Place) -> None:
    said = place.destroy(expect=2, FULL="1")
    assert said.count("a bucket was not empty any more") == 3
    assert "terraform destroy failed" in said
    assert "Contents" not in place.aws.client("s3").list_objects_v2(Bucket="models")


def test_it_must_be_said_that_everything_goes(place: Place) -> None:
    assert "everything of tiny would be deleted" in place.destroy(
        expect=2, VOCALBABY_ALLOW_DELETE=""
    )
    assert place.calls.read_text() == ""
