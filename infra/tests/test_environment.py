"""The whole way of an environment: bootstrap, apply, inspect, apply again, change, destroy.

Staging is applied as it stands in ``envs/staging``, with its state in the simulated AWS.
"""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from infra.offline.aws.client import REGION, ZONES, Aws, Request, simulated_aws
from infra.offline.aws.policy_evaluation import allows, named_actions
from infra.offline.terraform.applied import Applied
from infra.offline.terraform.mirror import Mirror
from infra.tests.environments import part_of, released, variables
from infra.tests.inspection import (
    broad_policies,
    exposed_buckets,
    open_ingress,
    role_statements,
)

STATE: Final = "vocalbaby-terraform-123456789012"
STATE_KEY: Final = "staging/terraform.tfstate"
NAME: Final = "vocalbaby-staging"
#: AWS refuses the first to nobody; the others only provider 3.39 asks: for the account's number,
#: and whether there is EC2-Classic.
_IGNORED: Final = ("sts:GetCallerIdentity", "iam:GetUser", "ec2:DescribeAccountAttributes")
COMPUTE: Final = "module.stack.module.compute[0].aws_"


class Environment(NamedTuple):
    """Staging in an account."""

    aws: Aws
    bootstrap: Applied
    staging: Applied
    variables: dict[str, Any]
    outputs: dict[str, Any]


@pytest.fixture(scope="module")
def environment(
    applying: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    with simulated_aws() as aws:
        folder = tmp_path_factory.mktemp("environment")
        bootstrap = part_of("bootstrap", folder / "first", applying, aws)
        bootstrap.set(region=REGION, bucket=STATE)
        applying.init(bootstrap.folder)
        made = bootstrap.apply()
        staging = part_of("envs/staging", folder / "second", applying, aws)
        told = variables(aws, made)
        staging.set(**told)
        staging.init(state_bucket=made["bucket"])
        yield Environment(aws, bootstrap, staging, told, staging.apply())


def test_a_second_plan_is_empty(environment: Environment) -> None:
    said = environment.staging.run("plan", "-detailed-exitcode")
    assert "No changes." in said


def test_an_auditor_finds_nothing(environment: Environment) -> None:
    assert open_ingress(environment.aws) == []
    assert exposed_buckets(environment.aws) == []
    assert broad_policies(environment.aws) == []


def test_every_thing_says_whose_it_is(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    tags = {"Project": "vocalbaby", "Environment": "staging", "ManagedBy": "terraform"}
    for kind, found in (
        ("Vpcs", ec2.describe_vpcs(Filters=_ours())),
        ("Subnets", ec2.describe_subnets(Filters=_ours())),
        ("SecurityGroups", ec2.describe_security_groups(Filters=_ours())),
        ("Volumes", ec2.describe_volumes(Filters=_ours())),
        ("Instances", {"Instances": _instances(environment.aws)}),
    ):
        assert found[kind]
        for thing in found[kind]:
            assert tags.items() <= _tags(thing).items(), thing
    # What the group starts has them from its template: the provider's default tags end there.
    told = {of["ResourceType"]: _tags(of) for of in _template(environment.aws)["TagSpecifications"]}
    assert told.keys() == {"instance", "volume"}
    assert all(tags.items() <= of.items() for of in told.values())


def _ours() -> list[dict[str, Any]]:
    return [{"Name": "tag:Name", "Values": [f"{NAME}*"]}]


def _tags(thing: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in thing["Tags"]}


def test_predictions_are_gone_a_day_after_they_expire(environment: Environment) -> None:
    s3 = environment.aws.client("s3")
    kept = {}
    for name, bucket in environment.outputs["bucket_names"].items():
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        kept[name] = {
            of["ID"]: (of.get("Expiration") or of["NoncurrentVersionExpiration"]).popitem()[1]
            for of in rules
        }
    assert kept == {
        "models": {"replaced": 14},
        "artifacts": {"replaced": 14},
        "logs": {"replaced": 1, "expire": 30},
    }


def test_private_subnets_go_out_by_nat_and_to_s3_directly(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    tables = ec2.describe_route_tables(Filters=_ours())["RouteTables"]
    ways = {
        _tags(table)["Name"]: next(
            (route.get("GatewayId") or route.get("NatGatewayId"))[:3]
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == "0.0.0.0/0"
        )
        for table in tables
    }
    private = {f"{NAME}-private-{zone}": "nat" for zone in ZONES}
    assert ways == {f"{NAME}-public": "igw"} | private
    (endpoint,) = ec2.describe_vpc_endpoints(
        Filters=[{"Name": "service-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    )["VpcEndpoints"]
    assert set(endpoint["RouteTableIds"]) == {table["RouteTableId"] for table in tables}
    subnets = ec2.describe_subnets(Filters=_ours())["Subnets"]
    assert {(_tags(of)["Name"], of["AvailabilityZone"]) for of in subnets} == {
        (f"{NAME}-{kind}-{zone}", zone) for kind in ("public", "private") for zone in ZONES
    }
    (log,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (log["TrafficType"], log["LogDestination"].split(":")[6]) == (
        "ALL",
        f"/{NAME}/flow-logs",
    )


def test_instances_have_no_public_address_and_want_tokens(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    subnets = ec2.describe_subnets(Filters=_ours())["Subnets"]
    private = {of["SubnetId"] for of in subnets if "-private-" in _tags(of)["Name"]}
    instances = _instances(environment.aws)
    for instance in instances:
        assert instance["SubnetId"] in private
        assert "PublicIpAddress" not in instance
    (watchman,) = (of for of in instances if _tags(of)["Role"] == "monitoring")
    assert watchman["MetadataOptions"]["HttpTokens"] == "required"
    assert watchman["IamInstanceProfile"]["Arn"].endswith(f"/{NAME}-monitoring")
    template = _template(environment.aws)
    assert template["IamInstanceProfile"]["Name"] == f"{NAME}-server"
    assert template["MetadataOptions"]["HttpTokens"] == "required"
    assert template["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    volumes = ec2.describe_volumes(Filters=_ours())["Volumes"]
    assert volumes
    assert all(volume["Encrypted"] for volume in volumes)


def _instances(aws: Aws) -> list[dict[str, Any]]:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = aws.client("ec2").describe_instances(Filters=running)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def _template(aws: Aws) -> dict[str, Any]:
    """What the servers' group makes an instance from now."""
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    of = group["LaunchTemplate"]
    found = aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=of["LaunchTemplateId"], Versions=[of["Version"]]
    )
    return dict(found["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def test_the_load_balancer_speaks_tls_and_asks_whether_servers_are_ready(
    environment: Environment,
) -> None:
    elb = environment.aws.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["DNSName"] == environment.outputs["load_balancer_dns_name"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    does = {of["Port"]: (of["Protocol"], of["DefaultActions"][0]["Type"]) for of in listeners}
    assert does == {443: ("HTTPS", "forward"), 80: ("HTTP", "redirect")}
    (target,) = elb.describe_target_groups()["TargetGroups"]
    assert (target["HealthCheckPath"], target["Matcher"]["HttpCode"]) == ("/ready", "200")
    health = elb.describe_target_health(TargetGroupArn=target["TargetGroupArn"])
    targets = {of["Target"]["Id"] for of in health["TargetHealthDescriptions"]}
    servers = {
        of["InstanceId"] for of in _instances(environment.aws) if _tags(of)["Role"] == "server"
    }
    assert targets == servers


def test_tags_of_images_are_written_once_and_scanned(environment: Environment) -> None:
    ecr = environment.aws.client("ecr")
    repositories = ecr.describe_repositories()["repositories"]
    urls = {of["repositoryUri"] for of in repositories}
    assert urls == set(environment.outputs["repository_urls"].values())
    for repository in repositories:
        assert repository["imageTagMutability"] == "IMMUTABLE"
        assert repository["imageScanningConfiguration"]["scanOnPush"] is True
        assert ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])


def test_the_state_is_in_the_bucket_and_a_foreign_lock_is_respected(
    environment: Environment,
) -> None:
    s3 = environment.aws.client("s3")
    kept = json.loads(s3.get_object(Bucket=STATE, Key=STATE_KEY)["Body"].read())
    assert kept["resources"]
    assert not list(environment.staging.folder.glob("terraform.tfstate"))
    lock = {"ID": "1", "Operation": "OperationTypeApply", "Who": "somebody@elsewhere"}
    s3.put_object(Bucket=STATE, Key=f"{STATE_KEY}.tflock", Body=json.dumps(lock).encode())
    try:
        said = environment.staging.run("plan", expect=1)
    finally:
        s3.delete_object(Bucket=STATE, Key=f"{STATE_KEY}.tflock")
    assert "Error acquiring the state lock" in said
    assert "somebody@elsewhere" in said


def test_a_release_changes_the_servers_and_nothing_else(environment: Environment) -> None:
    aws, staging = environment.aws, environment.staging
    before = _servers_run(aws)
    staging.set(server_artifact={"kind": "pex", **released("2/server.pex", "2" * 64)})
    assert staging.changes() == {
        f"{COMPUTE}launch_template.server": ["update"],
        f"{COMPUTE}autoscaling_group.server": ["update"],
    }
    # As scripts/deploy_apply.sh does it for the role that deploys.
    with aws.recording() as asked:
        staging.apply("-refresh=false", "-target=module.stack.module.compute")
    assert {"autoscaling:StartInstanceRefresh", "s3:PutObject"} < {of.action for of in asked}
    assert _refused(aws, asked) == set()
    after = _servers_run(aws)
    assert before.keys().isdisjoint(after), "the servers were not replaced"
    for user_data in after.values():
        assert f"ARTIFACT_SHA256='{'2' * 64}'" in user_data
        assert "releases/2/server.pex" in user_data
    refreshes = aws.client("autoscaling").describe_instance_refreshes(
        AutoScalingGroupName=environment.outputs["autoscaling_group_name"]
    )["InstanceRefreshes"]
    assert len(refreshes) == 1
    assert staging.changes() == {}


def _refused(aws: Aws, asked: set[Request]) -> set[Request]:
    """What AWS would not do for the role that deploys."""
    statements = role_statements(aws.client("iam"), f"{NAME}-github-deploy")
    named = named_actions(statements)
    listing = {"s3:prefix": STATE_KEY}
    return {
        request
        for request in asked
        if request.action not in _IGNORED
        and not (
            allows(statements, request.action, request.resource, listing)
            if request.resource
            else request.action in named
        )
    }


def _servers_run(aws: Aws) -> dict[str, str]:
    """User data by server."""
    ec2 = aws.client("ec2")
    return {
        of["InstanceId"]: base64.b64decode(
            ec2.describe_instance_attribute(InstanceId=of["InstanceId"], Attribute="userData")[
                "UserData"
            ]["Value"]
        ).decode()
        for of in _instances(aws)
        if _tags(of)["Role"] == "server"
    }


def test_production_would_stand_beside_it(environment: Environment, tmp_path: Path) -> None:
    """Planned only: more of the same, and nothing of staging is touched."""
    staging = environment.staging
    production = part_of("envs/production", tmp_path, staging.mirror, environment.aws)
    production.set(**environment.variables)
    production.init(state_bucket=STATE)
    planned = production.changes()
    assert {tuple(actions) for actions in planned.values()} == {("create",)}
    ways_out = {f'module.stack.module.networking.aws_nat_gateway.this["{zone}"]' for zone in ZONES}
    assert ways_out < planned.keys()
    assert f"{COMPUTE}autoscaling_policy.cpu[0]" in planned
    shown = staging.mirror.run(production.folder, "show", "-no-color", "plan")
    assert re.search(r"enable_deletion_protection += true", shown)
    shown = production.run("plan", "-var=deletion_protection=false")
    assert re.search(r"enable_deletion_protection += false", shown), "it could never be destroyed"
    assert f"{COMPUTE}autoscaling_policy.cpu[0]" not in staging.mirror.run(
        staging.folder, "state", "list"
    )


def test_destroying_leaves_the_account_as_it_was(environment: Environment) -> None:
    aws = environment.aws
    environment.staging.destroy()
    ec2 = aws.client("ec2")
    assert _instances(aws) == []
    assert aws.client("iam").list_roles()["Roles"] == []
    assert aws.client("iam").list_policies(Scope="Local")["Policies"] == []
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert aws.client("ecr").describe_repositories()["repositories"] == []
    assert aws.client("logs").describe_log_groups()["logGroups"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    for kind in ("vpcs", "subnets", "security_groups", "route_tables", "volumes"):
        found = getattr(ec2, f"describe_{kind}")(Filters=_ours())
        assert [value for name, value in found.items() if name != "ResponseMetadata"] == [[]], kind
    buckets = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    assert buckets == [STATE]


def test_the_bucket_of_the_state_is_not_destroyed(environment: Environment) -> None:
    said = environment.bootstrap.run("destroy", "-auto-approve", expect=1)
    assert "prevent_destroy" in said
