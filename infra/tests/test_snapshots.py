"""Metrics can be restored from a snapshot, and are never deleted by a variable.

The simulated AWS has no Data Lifecycle Manager: only ``terraform test`` and ``validate`` check its
schedule. These tests create its role, and take a snapshot in its place.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.session
import pytest

from infra.offline.aws.client import REGION, Aws, simulated_aws
from infra.offline.aws.policy_evaluation import allows, named_actions, trusts
from infra.offline.terraform.applied import Applied
from infra.offline.terraform.mirror import Mirror
from infra.tests.environments import part_of, variables
from infra.tests.inspection import broad_policies, role_statements

ACCOUNT: Final = "123456789012"
NAME: Final = "vocalbaby-test"
DATA: Final = f"{NAME}-monitoring-data"
_TAG: Final = "aws:ResourceTag/Name"
#: Applies the volume and the role only, because the instance takes long to create.
_TARGETS: Final = ("-target=aws_ebs_volume.data", "-target=aws_iam_role_policy.snapshots")


@pytest.fixture(scope="module")
def monitoring(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The data volume of the module ``monitoring``, and the role that takes snapshots."""
    with simulated_aws() as aws:
        part = part_of("modules/monitoring", tmp_path_factory.mktemp("monitoring"), applying, aws)
        ec2 = aws.client("ec2")
        values = variables(aws, {"github_oidc_provider_arn": "", "bucket": ""})
        part.set(
            name=NAME,
            subnet_id=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
            security_group_id=ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"],
            instance_profile="profile",
            server_tag=f"{NAME}-server",
            parameter_prefix=f"/{NAME}",
            models_bucket="models",
            logs_bucket="logs",
            artifacts_bucket="artifacts",
            **values["monitoring"],
        )
        applying.init(part.folder)
        part.apply(*_TARGETS)
        yield part


def _volume(aws: Aws) -> dict[str, Any]:
    """The data volume."""
    ours = [{"Name": "tag:Name", "Values": [DATA]}]
    (volume,) = aws.client("ec2").describe_volumes(Filters=ours)["Volumes"]
    return dict(volume)


def _arn(thing: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:ec2:{REGION}:{account}:{thing}"


@pytest.fixture(scope="module")
def resources(monitoring: Applied) -> Mapping[str, tuple[str, dict[str, str]]]:
    """ARNs and condition keys of resources by name."""
    return {
        "the volume": (_arn(f"volume/{_volume(monitoring.aws)['VolumeId']}"), {_TAG: DATA}),
        "a snapshot of it": (_arn("snapshot/snap-1", account=""), {_TAG: DATA}),
        "other volume": (_arn("volume/vol-1"), {_TAG: "other"}),
        "other snapshot": (_arn("snapshot/snap-2", account=""), {_TAG: "other"}),
        "another instance's snapshot": (
            _arn("snapshot/snap-3", account=""),
            {_TAG: f"{NAME}-west-monitoring-data"},
        ),
        "an instance": (_arn("instance/i-1"), {}),
    }


def test_the_snapshot_role_may_delete_only_its_own_snapshots(
    monitoring: Applied, resources: Mapping[str, tuple[str, dict[str, str]]]
) -> None:
    session = botocore.session.get_session()
    actions = {
        f"{service}:{operation}"
        for service in ("ec2", "iam", "kms", "s3", "ssm")
        for operation in session.get_service_model(service).operation_names
    }
    statements = role_statements(monitoring.aws.client("iam"), f"{NAME}-monitoring-snapshots")
    assert named_actions(statements) <= actions
    evaluated = {
        action: {
            item
            for item, (arn, known) in resources.items()
            if allows(statements, action, arn, known)
        }
        for action in actions
    }
    every_snapshot = {item for item in resources if "snapshot" in item}
    assert {action: allowed for action, allowed in evaluated.items() if allowed} == {
        "ec2:CreateSnapshot": {"the volume", *every_snapshot},  # a new snapshot has no tags yet
        "ec2:CreateTags": every_snapshot,
        "ec2:DeleteSnapshot": {"a snapshot of it"},
        "ec2:DescribeInstances": set(resources),
        "ec2:DescribeSnapshots": set(resources),
        "ec2:DescribeVolumes": set(resources),
    }
    assert broad_policies(monitoring.aws) == []


def test_only_data_lifecycle_manager_of_this_account_may_assume_the_role(
    monitoring: Applied,
) -> None:
    role = monitoring.aws.client("iam").get_role(RoleName=f"{NAME}-monitoring-snapshots")["Role"]
    statements = role["AssumeRolePolicyDocument"]["Statement"]

    def trusted(service: str = "dlm", account: str = ACCOUNT) -> bool:
        principal = ("Service", f"{service}.amazonaws.com")
        return trusts(statements, "sts:AssumeRole", principal, {"aws:SourceAccount": account})

    assert trusted()
    assert not trusted(service="ec2")
    assert not trusted(account="210987654321")


def test_restores_data_from_a_snapshot(monitoring: Applied) -> None:
    aws = monitoring.aws
    ec2 = aws.client("ec2")
    volume = _volume(aws)
    assert not volume.get("SnapshotId")
    snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]

    # An existing volume is kept, and the plan fails with an explanation.
    monitoring.set(data_snapshot_id=snapshot)
    output = monitoring.run("plan", *_TARGETS, expect=1)
    assert "destroy the monitoring" in " ".join(output.split())
    assert _volume(aws) == volume

    monitoring.set(data_snapshot_id=None)
    monitoring.destroy()
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    monitoring.set(data_snapshot_id=snapshot)
    monitoring.apply(*_TARGETS)
    restored = _volume(aws)
    assert restored["SnapshotId"] == snapshot
    assert restored["VolumeId"] != volume["VolumeId"]
    assert restored["Encrypted"]

    # The volume stays, whether the variable is set or not.
    assert monitoring.changes(*_TARGETS) == {}
    monitoring.set(data_snapshot_id=None)
    assert monitoring.changes(*_TARGETS) == {}
    monitoring.set(data_snapshot_id="snap-0123456789abcdef0")
    output = monitoring.run("plan", *_TARGETS, expect=1)
    assert "was not created from data_snapshot_id" in " ".join(output.split())
