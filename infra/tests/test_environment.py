"""The life of an environment: bootstrap, apply, inspect, apply again, release, destroy.

The tests apply ``envs/staging`` to a simulated AWS, which also holds its state. They run in order.
"""

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
from infra.tests.account import (
    instances,
    named,
    server_template,
    server_user_data,
    tags,
)
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
_OURS: Final = named(NAME)
#: AWS allows the first action without a permission. Only provider 3.39 uses the others, to read the
#: account id and to detect EC2-Classic.
_IGNORED: Final = ("sts:GetCallerIdentity", "iam:GetUser", "ec2:DescribeAccountAttributes")
COMPUTE: Final = "module.stack.module.compute[0].aws_"


class Environment(NamedTuple):
    """Staging in a simulated account."""

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
        values = variables(aws, made)
        staging.set(**values)
        staging.init(state_bucket=made["bucket"])
        yield Environment(aws, bootstrap, staging, values, staging.apply())


def test_a_second_plan_is_empty(environment: Environment) -> None:
    assert "No changes." in environment.staging.run("plan", "-detailed-exitcode")


def test_the_inspection_finds_no_violations(environment: Environment) -> None:
    assert open_ingress(environment.aws) == []
    assert exposed_buckets(environment.aws) == []
    assert broad_policies(environment.aws) == []


def test_every_resource_is_tagged(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    expected = {"Project": "vocalbaby", "Environment": "staging", "ManagedBy": "terraform"}
    for kind, found in (
        ("Vpcs", ec2.describe_vpcs(Filters=_OURS)),
        ("Subnets", ec2.describe_subnets(Filters=_OURS)),
        ("SecurityGroups", ec2.describe_security_groups(Filters=_OURS)),
        ("Volumes", ec2.describe_volumes(Filters=_OURS)),
        ("Instances", {"Instances": instances(environment.aws)}),
    ):
        assert found[kind]
        for resource in found[kind]:
            assert expected.items() <= tags(resource).items(), resource
    # The provider's default tags do not apply to new instances, so the template has them.
    specifications = server_template(environment.aws)["TagSpecifications"]
    of_new = {item["ResourceType"]: tags(item) for item in specifications}
    assert of_new.keys() == {"instance", "volume"}
    assert all(expected.items() <= item.items() for item in of_new.values())


def test_old_versions_of_predictions_expire_after_a_day(environment: Environment) -> None:
    s3 = environment.aws.client("s3")
    kept = {}
    for name, bucket in environment.outputs["bucket_names"].items():
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        kept[name] = {
            item["ID"]: (item.get("Expiration") or item["NoncurrentVersionExpiration"]).popitem()[1]
            for item in rules
        }
    assert kept == {
        "models": {"replaced": 14},
        "artifacts": {"replaced": 14},
        "logs": {"replaced": 1, "expire": 30},
    }


def test_private_subnets_use_nat_and_an_s3_endpoint(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    tables = ec2.describe_route_tables(Filters=_OURS)["RouteTables"]
    routes = {
        tags(table)["Name"]: next(
            (route.get("GatewayId") or route.get("NatGatewayId"))[:3]
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == "0.0.0.0/0"
        )
        for table in tables
    }
    private = {f"{NAME}-private-{zone}": "nat" for zone in ZONES}
    assert routes == {f"{NAME}-public": "igw"} | private
    (endpoint,) = ec2.describe_vpc_endpoints(
        Filters=[{"Name": "service-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    )["VpcEndpoints"]
    assert set(endpoint["RouteTableIds"]) == {table["RouteTableId"] for table in tables}
    subnets = ec2.describe_subnets(Filters=_OURS)["Subnets"]
    assert {(tags(item)["Name"], item["AvailabilityZone"]) for item in subnets} == {
        (f"{NAME}-{kind}-{zone}", zone) for kind in ("public", "private") for zone in ZONES
    }
    (log,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (log["TrafficType"], log["LogDestination"].split(":")[6]) == (
        "ALL",
        f"/{NAME}/flow-logs",
    )


def test_instances_have_no_public_address_and_require_imdsv2(environment: Environment) -> None:
    ec2 = environment.aws.client("ec2")
    subnets = ec2.describe_subnets(Filters=_OURS)["Subnets"]
    private = {item["SubnetId"] for item in subnets if "-private-" in tags(item)["Name"]}
    running = instances(environment.aws)
    for instance in running:
        assert instance["SubnetId"] in private
        assert "PublicIpAddress" not in instance
    (monitoring,) = (item for item in running if tags(item)["Role"] == "monitoring")
    assert monitoring["MetadataOptions"]["HttpTokens"] == "required"
    assert monitoring["IamInstanceProfile"]["Arn"].endswith(f"/{NAME}-monitoring")
    template = server_template(environment.aws)
    assert template["IamInstanceProfile"]["Name"] == f"{NAME}-server"
    assert template["MetadataOptions"]["HttpTokens"] == "required"
    assert template["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    volumes = ec2.describe_volumes(Filters=_OURS)["Volumes"]
    assert volumes
    assert all(volume["Encrypted"] for volume in volumes)


def test_the_load_balancer_terminates_tls_and_checks_readiness(
    environment: Environment,
) -> None:
    elb = environment.aws.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["DNSName"] == environment.outputs["load_balancer_dns_name"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    actions = {
        item["Port"]: (item["Protocol"], item["DefaultActions"][0]["Type"]) for item in listeners
    }
    assert actions == {443: ("HTTPS", "forward"), 80: ("HTTP", "redirect")}
    (target,) = elb.describe_target_groups()["TargetGroups"]
    assert (target["HealthCheckPath"], target["Matcher"]["HttpCode"]) == ("/ready", "200")
    health = elb.describe_target_health(TargetGroupArn=target["TargetGroupArn"])
    targets = {item["Target"]["Id"] for item in health["TargetHealthDescriptions"]}
    servers = {
        item["InstanceId"] for item in instances(environment.aws) if tags(item)["Role"] == "server"
    }
    assert targets == servers


def test_image_tags_are_immutable_and_images_are_scanned(environment: Environment) -> None:
    ecr = environment.aws.client("ecr")
    repositories = ecr.describe_repositories()["repositories"]
    urls = {item["repositoryUri"] for item in repositories}
    assert urls == set(environment.outputs["repository_urls"].values())
    for repository in repositories:
        assert repository["imageTagMutability"] == "IMMUTABLE"
        assert repository["imageScanningConfiguration"]["scanOnPush"] is True
        assert ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])


def test_the_state_is_in_the_bucket_and_its_lock_is_respected(
    environment: Environment,
) -> None:
    s3 = environment.aws.client("s3")
    kept = json.loads(s3.get_object(Bucket=STATE, Key=STATE_KEY)["Body"].read())
    assert kept["resources"]
    assert not list(environment.staging.folder.glob("terraform.tfstate"))
    lock = {"ID": "1", "Operation": "OperationTypeApply", "Who": "other@elsewhere"}
    s3.put_object(Bucket=STATE, Key=f"{STATE_KEY}.tflock", Body=json.dumps(lock).encode())
    try:
        output = environment.staging.run("plan", expect=1)
    finally:
        s3.delete_object(Bucket=STATE, Key=f"{STATE_KEY}.tflock")
    assert "Error acquiring the state lock" in output
    assert "other@elsewhere" in output


def test_a_release_changes_only_the_servers(environment: Environment) -> None:
    aws, staging = environment.aws, environment.staging
    before = server_user_data(aws)
    staging.set(server_artifact={"kind": "pex", **released("2/server.pex", "2" * 64)})
    assert staging.changes() == {
        f"{COMPUTE}launch_template.server": ["update"],
        f"{COMPUTE}autoscaling_group.server": ["update"],
    }
    # The options of scripts/deploy_apply.sh for the deploy role.
    with aws.recording() as requests:
        staging.apply("-refresh=false", "-target=module.stack.module.compute")
    assert {"autoscaling:StartInstanceRefresh", "s3:PutObject"} < {item.action for item in requests}
    assert _denied(aws, requests) == set()
    after = server_user_data(aws)
    assert before.keys().isdisjoint(after), "the servers were not replaced"
    for user_data in after.values():
        assert f"ARTIFACT_SHA256='{'2' * 64}'" in user_data
        assert "releases/2/server.pex" in user_data
    refreshes = aws.client("autoscaling").describe_instance_refreshes(
        AutoScalingGroupName=environment.outputs["autoscaling_group_name"]
    )["InstanceRefreshes"]
    assert len(refreshes) == 1
    assert staging.changes() == {}


def _denied(aws: Aws, requests: set[Request]) -> set[Request]:
    """Return the requests that AWS would deny to the deploy role."""
    statements = role_statements(aws.client("iam"), f"{NAME}-github-deploy")
    named = named_actions(statements)
    listing = {"s3:prefix": STATE_KEY}
    return {
        request
        for request in requests
        if request.action not in _IGNORED
        and not (
            allows(statements, request.action, request.resource, listing)
            if request.resource
            else request.action in named
        )
    }


def test_production_can_be_created_beside_staging(environment: Environment, tmp_path: Path) -> None:
    """The plan of production creates resources only, and more than staging has."""
    staging = environment.staging
    production = part_of("envs/production", tmp_path, staging.mirror, environment.aws)
    production.set(**environment.variables)
    production.init(state_bucket=STATE)
    planned = production.changes()
    assert {tuple(actions) for actions in planned.values()} == {("create",)}
    gateways = {f'module.stack.module.networking.aws_nat_gateway.this["{zone}"]' for zone in ZONES}
    assert gateways < planned.keys()
    assert f"{COMPUTE}autoscaling_policy.cpu[0]" in planned
    shown = staging.mirror.run(production.folder, "show", "-no-color", "plan")
    assert re.search(r"enable_deletion_protection += true", shown)
    shown = production.run("plan", "-var=deletion_protection=false")
    assert re.search(r"enable_deletion_protection += false", shown), (
        "production could never be destroyed"
    )
    assert f"{COMPUTE}autoscaling_policy.cpu[0]" not in staging.mirror.run(
        staging.folder, "state", "list"
    )


def test_destroying_removes_all_resources(environment: Environment) -> None:
    aws = environment.aws
    environment.staging.destroy()
    ec2 = aws.client("ec2")
    assert instances(aws) == []
    assert aws.client("iam").list_roles()["Roles"] == []
    assert aws.client("iam").list_policies(Scope="Local")["Policies"] == []
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert aws.client("ecr").describe_repositories()["repositories"] == []
    assert aws.client("logs").describe_log_groups()["logGroups"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    for kind in ("vpcs", "subnets", "security_groups", "route_tables", "volumes"):
        found = getattr(ec2, f"describe_{kind}")(Filters=_OURS)
        assert [value for name, value in found.items() if name != "ResponseMetadata"] == [[]], kind
    buckets = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    assert buckets == [STATE]


def test_the_state_bucket_is_protected(environment: Environment) -> None:
    assert "prevent_destroy" in environment.bootstrap.run("destroy", "-auto-approve", expect=1)
