"""Security rules for an account. Each function returns the violations that it finds.

The functions only use the API of AWS, as an auditor would, and no files or state of Terraform.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from infra.offline.aws.client import REGION, Aws

__all__ = ["broad_policies", "exposed_buckets", "open_ingress", "role_statements"]

_ANYWHERE: Final = ("0.0.0.0/0", "::/0")
_TLS: Final = "aws:SecureTransport"
_PUBLIC_PORTS: Final = (80, 443)
#: Actions without resource-level permissions: AWS only accepts the resource "*" for them.
_WITHOUT_RESOURCE: Final = re.compile(
    r"autoscaling:Describe\w+|cloudwatch:GetMetricData|ec2:Describe\w+|elasticloadbalancing:Describe\w+"
    r"|ecr:GetAuthorizationToken|logs:DescribeLogGroups|ssmmessages:\w+|ssm:UpdateInstanceInformation"
)


def open_ingress(aws: Aws, region: str = REGION) -> list[str]:
    """Return ingress rules that are open to the internet, except ports of load balancers."""
    ec2 = aws.client("ec2", region=region)
    groups = ec2.describe_security_groups()["SecurityGroups"]
    balancers = aws.client("elbv2", region=region).describe_load_balancers()["LoadBalancers"]
    balanced = {group for balancer in balancers for group in balancer["SecurityGroups"]}
    return sorted(
        f"{group['GroupName']}: {rule['IpProtocol']} {rule.get('FromPort')}-{rule.get('ToPort')}"
        for group in groups
        for rule in group["IpPermissions"]
        if _from_anywhere(rule) and not (group["GroupId"] in balanced and _is_public_port(rule))
    )


def _from_anywhere(rule: dict[str, Any]) -> bool:
    ranges = [item["CidrIp"] for item in rule["IpRanges"]]
    ranges += [item["CidrIpv6"] for item in rule["Ipv6Ranges"]]
    return any(address in _ANYWHERE for address in ranges)


def _is_public_port(rule: dict[str, Any]) -> bool:
    return rule["IpProtocol"] == "tcp" and any(
        rule["FromPort"] == port == rule["ToPort"] for port in _PUBLIC_PORTS
    )


def exposed_buckets(aws: Aws) -> list[str]:
    """Return buckets that are not private, encrypted, versioned and restricted to TLS."""
    s3 = aws.client("s3")
    return sorted(
        f"{bucket['Name']}: {fault}"
        for bucket in s3.list_buckets()["Buckets"]
        for fault in _bucket_faults(s3, bucket["Name"])
    )


def _bucket_faults(s3: Any, bucket: str) -> Iterator[str]:
    blocks = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    yield from (f"{name} is off" for name, on in blocks.items() if not on)
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        yield "not versioned"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    if not rules:
        yield "not encrypted"
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    if not any(_refuses_plain_http(statement, bucket) for statement in statements):
        yield "allows requests without TLS"
    for statement in statements:
        if statement["Effect"] == "Allow" and "*" in _principals(statement):
            yield f"is public by {statement['Sid']}"


def _principals(statement: dict[str, Any]) -> list[str]:
    principal = statement["Principal"]
    found = principal if isinstance(principal, str) else principal.get("AWS", [])
    return [found] if isinstance(found, str) else list(found)


def _refuses_plain_http(statement: dict[str, Any], bucket: str) -> bool:
    arn = f"arn:aws:s3:::{bucket}"
    return (
        statement["Effect"] == "Deny"
        and "*" in _principals(statement)
        and statement["Action"] == "s3:*"
        and set(statement["Resource"]) == {arn, f"{arn}/*"}
        and statement["Condition"] in ({"Bool": {_TLS: "false"}}, {"Bool": {_TLS: ["false"]}})
    )


def broad_policies(aws: Aws) -> list[str]:
    """Return statements of roles that allow more than named actions on named resources.

    Managed policies of AWS count as broad, because AWS may extend them.
    """
    iam = aws.client("iam")
    found = []
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        found += [
            f"{name}: {attached['PolicyName']} is a managed policy of AWS"
            for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            if ":aws:policy/" in attached["PolicyArn"]
        ]
        found += [
            f"{name}: {fault}"
            for statement in role_statements(iam, name)
            for fault in _statement_faults(statement)
        ]
    return sorted(found)


def role_statements(iam: Any, role: str) -> list[dict[str, Any]]:
    """Return the statements of all policies of a role, attached and inline."""
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = {"PolicyArn": policy["Arn"], "VersionId": policy["DefaultVersionId"]}
        documents.append(iam.get_policy_version(**version)["PolicyVersion"]["Document"])
    return [statement for document in documents for statement in document["Statement"]]


def _statement_faults(statement: dict[str, Any]) -> Iterator[str]:
    if statement["Effect"] == "Deny":
        return
    if "NotAction" in statement or "NotResource" in statement:
        yield "allows everything except what it names"
        return
    actions, resources = (
        [item] if isinstance(item, str) else item
        for item in (statement["Action"], statement["Resource"])
    )
    yield from (f"allows {action}" for action in actions if "*" in action or "?" in action)
    if any(re.fullmatch(r"\*|arn:aws:\w+:+\*", resource) for resource in resources):
        anywhere = (action for action in actions if not _WITHOUT_RESOURCE.fullmatch(action))
        yield from (f"allows {action} on all resources" for action in anywhere)
