"""The simulated instance refresh replaces old instances only by instances that are ready."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import requests
from botocore.exceptions import ClientError

from infra.offline.aws import instance_refresh
from infra.offline.aws import server as simulated_aws
from infra.offline.aws.client import REGION, Aws

NAME = "servers"


class Group(NamedTuple):
    """An Auto Scaling group of one instance with a launch lifecycle hook."""

    autoscaling: Any
    ec2: Any

    def instances(self) -> set[str]:
        found = self.ec2.describe_instances(
            Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
        )
        return {item["InstanceId"] for one in found["Reservations"] for item in one["Instances"]}

    def refresh(self) -> None:
        self.autoscaling.start_instance_refresh(AutoScalingGroupName=NAME)

    def status(self) -> str:
        found = self.autoscaling.describe_instance_refreshes(AutoScalingGroupName=NAME)
        return str(found["InstanceRefreshes"][0]["Status"])

    def complete(self, instance: str, result: str) -> None:
        self.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName=NAME,
            LifecycleHookName="ready",
            InstanceId=instance,
            LifecycleActionResult=result,
        )


@pytest.fixture
def group() -> Iterator[Group]:
    server = simulated_aws.serve()
    instance_refresh.install()
    aws = Aws("http://{}:{}".format(*server.get_host_and_port()))
    autoscaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="one", ImageId="ami-1", InstanceType="t2.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=NAME,
        LaunchConfigurationName="one",
        MinSize=1,
        MaxSize=2,
        AvailabilityZones=[f"{REGION}a"],
    )
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=NAME,
        LifecycleHookName="ready",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
    )
    yield Group(autoscaling, ec2)
    requests.post(f"{aws.endpoint}/moto-api/reset", timeout=10).raise_for_status()
    simulated_aws.REFRESHES.clear()
    simulated_aws.ACTIVITIES.clear()
    server.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "the condition was not met within 10 s"
        time.sleep(0.02)


def test_keeps_the_old_instance_until_its_successor_is_ready(group: Group) -> None:
    (old,) = group.instances()
    group.refresh()
    wait_until(lambda: len(group.instances()) == 2)
    time.sleep(0.3)
    assert old in group.instances()
    assert group.status() == "InProgress"
    (new,) = group.instances() - {old}
    group.complete(new, "CONTINUE")
    wait_until(lambda: group.status() == "Successful")
    assert group.instances() == {new}


def test_terminates_an_instance_that_abandons_and_keeps_the_old_one(group: Group) -> None:
    (old,) = group.instances()
    group.refresh()
    wait_until(lambda: len(group.instances()) == 2)
    (bad,) = group.instances() - {old}
    time.sleep(0.1)
    abandoned = datetime.now(UTC)
    group.complete(bad, "ABANDON")
    wait_until(
        lambda: bad not in group.instances() and len(group.instances()) == 2
    )  # the next attempt
    found = group.autoscaling.describe_scaling_activities(AutoScalingGroupName=NAME)
    (activity,) = found["Activities"]
    assert activity["StatusCode"] == "Cancelled"
    assert activity["StartTime"] < abandoned <= activity["EndTime"]  # it began with the launch
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        group.refresh()
    group.autoscaling.cancel_instance_refresh(AutoScalingGroupName=NAME)
    wait_until(lambda: group.status() == "Cancelled")
    assert group.instances() == {old}
    with pytest.raises(ClientError, match="no instance refresh"):
        group.autoscaling.cancel_instance_refresh(AutoScalingGroupName=NAME)


def test_rejects_a_repeated_action_and_an_unknown_instance(group: Group) -> None:
    (old,) = group.instances()
    group.complete(old, "CONTINUE")
    for instance in (old, "i-0123456789abcdef0"):
        with pytest.raises(ClientError, match="No active Lifecycle Action"):
            group.complete(instance, "CONTINUE")
