"""An environment is recovered in another region while its resources in the lost region still exist.

The recovery neither uses nor deletes anything in the lost region. Names stay in use: those of roles
and policies in the account, those of buckets everywhere. The steps are those of docs/deploy.md.
"""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from infra.offline.aws.client import REGION, Aws, simulated_aws
from infra.offline.aws.policy_evaluation import allows
from infra.offline.terraform.applied import Applied
from infra.offline.terraform.mirror import Mirror
from infra.tests.environments import part_of, variables
from infra.tests.inspection import (
    broad_policies,
    exposed_buckets,
    open_ingress,
    role_statements,
)

WEST: Final = "eu-west-1"
STATE: Final = "vocalbaby-terraform-123456789012"
STATE_KEY: Final = {"": "staging/terraform.tfstate", "west": "staging-west/terraform.tfstate"}
NAMES: Final = {REGION: "vocalbaby-staging", WEST: "vocalbaby-staging-west"}
MODELS: Final = {"channels/production.json": b"{}", "models/1/manifest.json": b"1"}
#: The region of IAM, which is global.
_GLOBAL: Final = "us-east-1"


class Instance(NamedTuple):
    """Staging in one region."""

    applied: Applied
    outputs: dict[str, Any]


class Account(NamedTuple):
    """The account with the lost environment and the recovered one."""

    aws: Aws
    lost: Instance
    recovered: Instance
    snapshot: str


@pytest.fixture(scope="module")
def account(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with simulated_aws() as aws:
        folder = tmp_path_factory.mktemp("lost")
        provider, lost = _staging(aws, applying, folder / "central", REGION, "")
        trust = {"github_oidc_provider_arn": provider}
        _, recovered = _staging(aws, applying, folder / "west", WEST, "west", **trust)
        snapshot = _snapshot(aws)
        recovered.set(monitoring_snapshot_id=snapshot)
        # The two are independent of each other, and are applied at the same time.
        with ThreadPoolExecutor() as both:
            of_lost, of_recovered = both.map(Applied.apply, (lost, recovered))
        yield Account(aws, Instance(lost, of_lost), Instance(recovered, of_recovered), snapshot)


def _staging(
    aws: Aws, mirror: Mirror, folder: Path, region: str, suffix: str, **account: str
) -> tuple[str, Applied]:
    """Bootstrap and prepare staging; return the ARN of the OIDC provider, and staging."""
    bootstrap = part_of("bootstrap", folder / "first", mirror, aws)
    bucket = "-".join(filter(None, (STATE, suffix)))
    bootstrap.set(region=region, bucket=bucket, **account)
    mirror.init(bootstrap.folder)
    made = bootstrap.apply()
    staging = part_of("envs/staging", folder / "second", mirror, aws)
    staging.set(**variables(aws, made, region=region, suffix=suffix))
    staging.init(state_bucket=made["bucket"], region=region, key=STATE_KEY[suffix])
    return made["github_oidc_provider_arn"], staging


def _snapshot(aws: Aws) -> str:
    """Create a snapshot that stands for a copy of the metrics in the other region."""
    ec2 = aws.client("ec2", region=WEST)
    volume = ec2.create_volume(AvailabilityZone=f"{WEST}a", Size=20, Encrypted=True)["VolumeId"]
    return str(ec2.create_snapshot(VolumeId=volume)["SnapshotId"])


def test_the_recovery_sends_no_requests_to_the_lost_region(account: Account) -> None:
    with account.aws.recording() as requests:
        assert account.recovered.applied.changes() == {}
    assert {request.region for request in requests} == {WEST, _GLOBAL}
    global_actions = {request.action for request in requests if request.region == _GLOBAL}
    assert {action.partition(":")[0] for action in global_actions} == {"iam"}


def test_both_environments_have_different_names(account: Account) -> None:
    roles = {role["RoleName"] for role in account.aws.client("iam").list_roles()["Roles"]}
    jobs = {role.removeprefix(f"{NAMES[WEST]}-") for role in roles if NAMES[WEST] in role}
    assert roles == {f"{name}-{job}" for name in NAMES.values() for job in jobs}
    for region, name in NAMES.items():
        groups = account.aws.client("autoscaling", region=region).describe_auto_scaling_groups()
        (group,) = groups["AutoScalingGroups"]
        assert group["AutoScalingGroupName"] == f"{name}-server"
        assert _running(account.aws, region) == {f"{name}-server", f"{name}-monitoring"}
        balancers = account.aws.client("elbv2", region=region).describe_load_balancers()
        assert [item["LoadBalancerName"] for item in balancers["LoadBalancers"]] == [
            f"{name}-server"
        ]


def _running(aws: Aws, region: str) -> set[str]:
    """Return the names of the running instances."""
    found = aws.client("ec2", region=region).describe_instances()["Reservations"]
    return {
        tag["Value"]
        for reservation in found
        for instance in reservation["Instances"]
        if instance["State"]["Name"] == "running"
        for tag in instance["Tags"]
        if tag["Key"] == "Name"
    }


def test_buckets_are_in_the_region_of_their_environment(account: Account) -> None:
    s3 = account.aws.client("s3")
    for region, instance in ((REGION, account.lost), (WEST, account.recovered)):
        for bucket in instance.outputs["bucket_names"].values():
            assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == region
    buckets = {item["Name"] for item in s3.list_buckets()["Buckets"]}
    assert {STATE, f"{STATE}-west"} < buckets
    assert len(buckets) == 8
    for name, key in ((STATE, STATE_KEY[""]), (f"{STATE}-west", STATE_KEY["west"])):
        assert json.loads(s3.get_object(Bucket=name, Key=key)["Body"].read())["resources"]


def test_the_inspection_finds_no_violations_in_either(account: Account) -> None:
    assert exposed_buckets(account.aws) == []
    assert broad_policies(account.aws) == []
    for region in NAMES:
        assert open_ingress(account.aws, region) == []


def test_recovered_servers_use_the_copied_models(account: Account) -> None:
    """The models are copied to the bucket of the recovered environment."""
    s3 = account.aws.client("s3")
    lost, recovered = (
        item.outputs["bucket_names"]["models"] for item in (account.lost, account.recovered)
    )
    for key, body in MODELS.items():
        s3.put_object(Bucket=lost, Key=key, Body=body)
        s3.copy({"Bucket": lost, "Key": key}, recovered, key)
    assert _content(s3, recovered) == _content(s3, lost) == MODELS
    user_data = _user_data(account.aws, WEST)
    assert f"VOCALBABY_API__STORE=s3://{recovered}" in user_data
    assert f"KEYS_PARAMETER='/{NAMES[WEST]}/server/api-keys'" in user_data
    assert f"REGION='{WEST}'" in user_data
    assert REGION not in user_data
    assert lost not in user_data


def _user_data(aws: Aws, region: str) -> str:
    """Return the user data of new servers."""
    ec2 = aws.client("ec2", region=region)
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    (version,) = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
    )["LaunchTemplateVersions"]
    return base64.b64decode(version["LaunchTemplateData"]["UserData"]).decode()


def _content(s3: Any, bucket: str) -> dict[str, bytes]:
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_roles_refer_to_their_own_region_only(account: Account) -> None:
    iam = account.aws.client("iam")
    for role in iam.list_roles()["Roles"]:
        statements = json.dumps(role_statements(iam, role["RoleName"]))
        foreign = REGION if NAMES[WEST] in role["RoleName"] else WEST
        assert foreign not in statements, role["RoleName"]


@pytest.mark.parametrize(("own", "other"), [("", "west"), ("west", "")])
def test_a_deploy_role_may_write_the_state_of_its_environment_only(
    account: Account, own: str, other: str
) -> None:
    name = NAMES[WEST if own else REGION]
    statements = role_statements(account.aws.client("iam"), f"{name}-github-deploy")

    def may_write(suffix: str) -> bool:
        bucket = "-".join(filter(None, (STATE, suffix)))
        state = f"arn:aws:s3:::{bucket}/{STATE_KEY[suffix]}"
        return allows(statements, "s3:PutObject", state)

    assert may_write(own)
    assert not may_write(other)


def test_metrics_are_restored_from_the_snapshot(account: Account) -> None:
    (volume,) = account.aws.client("ec2", region=WEST).describe_volumes(
        Filters=[{"Name": "tag:Name", "Values": [f"{NAMES[WEST]}-monitoring-data"]}]
    )["Volumes"]
    assert volume["SnapshotId"] == account.snapshot


def test_unsetting_the_snapshot_changes_nothing(account: Account) -> None:
    account.recovered.applied.set(monitoring_snapshot_id=None)
    assert account.recovered.applied.changes() == {}


def test_the_lost_environment_is_unchanged(account: Account) -> None:
    assert account.lost.applied.changes() == {}


def test_the_lost_environment_can_be_destroyed_later(account: Account) -> None:
    s3 = account.aws.client("s3")
    bucket = account.lost.outputs["bucket_names"]["models"]
    for version in s3.list_object_versions(Bucket=bucket)["Versions"]:
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    account.lost.applied.destroy()
    assert _running(account.aws, REGION) == set()
    assert _running(account.aws, WEST) == {
        f"{NAMES[WEST]}-{item}" for item in ("server", "monitoring")
    }
    assert account.recovered.applied.changes() == {}
