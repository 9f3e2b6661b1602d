"""Reads instances and their settings from an account, for tests of a whole environment."""

import base64
from typing import Any

from infra.offline.aws.client import Aws

__all__ = ["instances", "named", "server_template", "server_user_data", "tags"]


def named(prefix: str) -> list[dict[str, Any]]:
    """Return a filter for resources whose tag ``Name`` starts with a prefix."""
    return [{"Name": "tag:Name", "Values": [f"{prefix}*"]}]


def tags(resource: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a resource."""
    return {tag["Key"]: tag["Value"] for tag in resource["Tags"]}


def instances(aws: Aws) -> list[dict[str, Any]]:
    """Return the running instances."""
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = aws.client("ec2").describe_instances(Filters=running)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def server_template(aws: Aws) -> dict[str, Any]:
    """Return the launch template that the group of servers uses."""
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    template = group["LaunchTemplate"]
    found = aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )
    return dict(found["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def server_user_data(aws: Aws) -> dict[str, str]:
    """Return the user data of the running servers by instance id."""
    ec2 = aws.client("ec2")
    return {
        instance["InstanceId"]: base64.b64decode(
            ec2.describe_instance_attribute(
                InstanceId=instance["InstanceId"], Attribute="userData"
            )["UserData"]["Value"]
        ).decode()
        for instance in instances(aws)
        if tags(instance)["Role"] == "server"
    }
