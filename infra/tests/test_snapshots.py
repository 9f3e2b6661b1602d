"""What the monitoring instance measured comes back from a snapshot, and never goes by surprise.

The simulated AWS has no Data Lifecycle Manager: its schedule is seen by ``terraform test`` and
``validate`` alone. Its role is made here, and a snapshot is taken in its place.
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
#: The instance, which takes long to make, is left out.
_TARGETS: Final = ("-target=aws_ebs_volume.data", "-target=aws_iam_role_policy.snapshots")


@pytest.fixture(scope="module")
def watchman(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The data volume of the module `monitoring` and who takes snapshots of it."""
    with simulated_aws() as aws:
        part = part_of("modules/monitoring", tmp_path_factory.mktemp("watchman"), applying, aws)
        ec2 = aws.client("ec2")
        told = variables(aws, {"github_oidc_provider_arn": "", "bucket": ""})
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
            **told["monitoring"],
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
def things(watchman: Applied) -> Mapping[str, tuple[str, dict[str, str]]]:
    """What requests are about: an ARN, and what AWS knows about it."""
    return {
        "the volume": (_arn(f"volume/{_volume(watchman.aws)['VolumeId']}"), {_TAG: DATA}),
        "a snapshot of it": (_arn("snapshot/snap-1", account=""), {_TAG: DATA}),
        "other volume": (_arn("volume/vol-1"), {_TAG: "other"}),
        "other snapshot": (_arn("snapshot/snap-2", account=""), {_TAG: "other"}),
        "another instance's snapshot": (
            _arn("snapshot/snap-3", account=""),
            {_TAG: f"{NAME}-west-monitoring-data"},
        ),
        "an instance": (_arn("instance/i-1"), {}),
    }


def test_who_takes_snapshots_may_delete_its_own_and_nothing_else(
    watchman: Applied, things: Mapping[str, tuple[str, dict[str, str]]]
) -> None:
    session = botocore.session.get_session()
    actions = {
        f"{service}:{operation}"
        for service in ("ec2", "iam", "kms", "s3", "ssm")
        for operation in session.get_service_model(service).operation_names
    }
    statements = role_statements(watchman.aws.client("iam"), f"{NAME}-monitoring-snapshots")
    assert named_actions(statements) <= actions
    asked = {
        action: {
            of for of, (arn, known) in things.items() if allows(statements, action, arn, known)
        }
        for action in actions
    }
    every_snapshot = {of for of in things if "snapshot" in of}
    assert {action: allowed for action, allowed in asked.items() if allowed} == {
        "ec2:CreateSnapshot": {"the volume", *every_snapshot},  # one that is not there yet
        "ec2:CreateTags": every_snapshot,
        "ec2:DeleteSnapshot": {"a snapshot of it"},
        "ec2:DescribeInstances": set(things),
        "ec2:DescribeSnapshots": set(things),
        "ec2:DescribeVolumes": set(things),
    }
    assert broad_policies(watchman.aws) == []


def test_only_data_lifecycle_manager_of_this_account_takes_the_role(watchman: Applied) -> None:
    role = watchman.aws.client("iam").get_role(RoleName=f"{NAME}-monitoring-snapshots")["Role"]
    statements = role["AssumeRolePolicyDocument"]["Statement"]

    def trusted(service: str = "dlm", account: str = ACCOUNT) -> bool:
        principal = ("Service", f"{service}.amazonaws.com")
        return trusts(statements, "sts:AssumeRole", principal, {"aws:SourceAccount": account})

    assert trusted()
    assert not trusted(service="ec2")
    assert not trusted(account="210987654321")


def test_data_come_back_from_a_snapshot(watchman: Applied) -> None:
    aws = watchman.aws
    ec2 = aws.client("ec2")
    measured = _volume(aws)
    assert not measured.get("SnapshotId")
    snapshot = ec2.create_snapshot(VolumeId=measured["VolumeId"])["SnapshotId"]

    # While there is a volume it is kept, and who meant to restore is told.
    watchman.set(data_snapshot_id=snapshot)
    said = watchman.run("plan", *_TARGETS, expect=1)
    assert "take the monitoring" in said
    assert _volume(aws) == measured

    watchman.set(data_snapshot_id=None)
    watchman.destroy()
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
    watchman.set(data_snapshot_id=snapshot)
    watchman.apply(*_TARGETS)
    restored = _volume(aws)
    assert restored["SnapshotId"] == snapshot
    assert restored["VolumeId"] != measured["VolumeId"]
    assert restored["Encrypted"]

    # With the variable or without it, the volume stays from now on.
    assert watchman.changes(*_TARGETS) == {}
    watchman.set(data_snapshot_id=None)
    assert watchman.changes(*_TARGETS) == {}
    watchman.set(data_snapshot_id="snap-0123456789abcdef0")
    assert "was not made from data_snapshot_id" in watchman.run("plan", *_TARGETS, expect=1)
