"""An environment of servers alone, applied by real Terraform to a simulated AWS."""

import base64
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.responses import AutoScalingResponse

from infra.offline.aws import server as simulated_aws
from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.applied import make_applicable
from infra.offline.terraform.mirror import Mirror, apply_mirror, copy_of
from tests.delivery.commands import ENVIRONMENT, run
from tests.delivery.service import Service, serving

__all__ = ["Tiny", "release", "tiny_environment"]

DEPLOY = "scripts/deploy_apply.sh"
#: How replacing the servers ends, by the name of the release.
REFRESHES = {"dead": "Failed", "endless": "InProgress"}
#: As in infra/terraform/envs, without what a deployment does not change.
STACK = """\
variable "server_artifact" { type = any }
variable "subnet" { type = string }
variable "group" { type = string }
variable "extra" { type = bool }
module "compute" {
  source = "../../../modules/compute"
  count  = var.server_artifact == null ? 0 : 1

  name                     = "vocalbaby-tiny"
  vpc_id                   = "vpc-1"
  server_subnet_ids        = [var.subnet]
  server_security_group_id = var.group
  instance_profile         = "server"
  image_id                 = "ami-0123456789abcdef0"
  artifact                 = var.server_artifact
  models_bucket            = "models"
  logs_bucket              = "logs"
  artifacts_bucket         = "artifacts"
  parameter_prefix         = "/tiny"
}
resource "aws_s3_bucket" "extra" {
  count  = var.extra ? 1 : 0
  bucket = "extra"
}
output "server_artifact" { value = one(module.compute[*].artifact) }
output "autoscaling_group_name" { value = one(module.compute[*].autoscaling_group_name) }
"""
ENVIRONMENT_FILE = """\
variable "server_artifact" { type = any }
variable "subnet" { type = string }
variable "group" { type = string }
variable "extra" {
  type    = bool
  default = false
}
provider "aws" {}
module "stack" {
  source          = "./stack"
  server_artifact = var.server_artifact
  subnet          = var.subnet
  group           = var.group
  extra           = var.extra
}
output "server_artifact" { value = module.stack.server_artifact }
output "autoscaling_group_name" { value = module.stack.autoscaling_group_name }
"""


class Tiny(NamedTuple):
    """An environment of servers alone.

    Attributes:
        service: The service in front of the servers.
        silent: For each of the next requests about a refresh, whether AWS fails to answer it.
    """

    aws: Aws
    mirror: Mirror
    folder: Path
    service: Service
    silent: list[bool]
    url: str
    env: dict[str, str]
    variables: dict[str, str]

    def deploy(self, *artifact: str, name: str = "tiny", expect: int = 0, **env: str) -> str:
        """Deploy an artifact; returns what the script reports."""
        return run(DEPLOY, name, *artifact, env={**self.env, **env}, expect=expect).stderr

    def terraform(self, *command: str) -> str:
        """Run a command of Terraform in the environment."""
        return self.mirror.run(self.folder, *command)

    def has_a_release(self) -> str:
        """The artifact that it runs, after a first deployment if there was none."""
        if not self.aws.client("ec2").describe_launch_templates()["LaunchTemplates"]:
            self.deploy(*release("0"))
        return self.runs()

    def runs(self) -> str:
        """The artifact in the newest launch template."""
        ec2 = self.aws.client("ec2")
        (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
        (version,) = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
        )["LaunchTemplateVersions"]
        text = base64.b64decode(version["LaunchTemplateData"]["UserData"]).decode()
        return text.partition("ARTIFACT_URI='")[2].partition("'")[0]


def release(name: str) -> tuple[str, str]:
    """Arguments of deploy_apply.sh for a PEX of this name."""
    return f"s3://artifacts/releases/{name}/server.pex", "0" * 64


def simulate_refreshes(silent: list[bool], runs: Callable[[], str]) -> None:
    """Have moto's Auto Scaling groups end their refreshes as REFRESHES says.

    Args:
        silent: For each of the next requests about a refresh, whether it gets no answer.
        runs: Returns the artifact in the newest launch template.
    """
    responses: Any = AutoScalingResponse  # moto itself has no refreshes
    start = responses.start_instance_refresh

    def start_refresh(self: Any) -> object:
        answer = start(self)
        refresh = simulated_aws.REFRESHES[self._get_param("AutoScalingGroupName")][0]
        ends = (status for name, status in REFRESHES.items() if f"/{name}/" in runs())
        refresh.update(Status=next(ends, "Successful"), StatusReason="they are not healthy")
        if "/endless/" in runs():
            late, early = datetime.now(UTC) + timedelta(seconds=9), datetime(2020, 1, 1, tzinfo=UTC)
            activities = [
                {"StatusCode": code, "StartTime": time, "StatusMessage": "it was abandoned"}
                for code, time in (("Cancelled", late), ("Failed", late), ("Failed", early))
            ]
            common = {"ActivityId": "1", "AutoScalingGroupName": "g", "Cause": "a refresh"}
            simulated_aws.ACTIVITIES[self._get_param("AutoScalingGroupName")] = [
                common | of for of in activities
            ]
        return answer

    describe = responses.describe_instance_refreshes

    def describe_refreshes(self: Any) -> object:
        if silent and silent.pop(0):
            raise ValidationError("no answer")
        return describe(self)

    responses.start_instance_refresh = start_refresh
    responses.describe_instance_refreshes = describe_refreshes


def programs_for(folder: Path) -> Path:
    """A folder for PATH with `terraform` and `python3`."""
    programs = folder / "programs"
    programs.mkdir()
    command = Path("infra/offline/terraform/command.py").resolve()
    for name, arguments in {"terraform": f"'{command}'", "python3": ""}.items():
        program = programs / name
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' {arguments} \"$@\"\n")
        program.chmod(0o755)
    return programs


def settings(
    aws: Aws, mirror: Mirror, environments: Path, variables: dict[str, str]
) -> dict[str, str]:
    """Environment variables of the deployment scripts."""
    env = {name: value for name, value in mirror.environ.items() if name.startswith("TF_")}
    return env | {
        "CHECKPOINT_DISABLE": "1",
        "PYTHONPATH": ":".join(filter(None, sys.path)),
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "127.0.0.1",
        "VOCALBABY_ENVIRONMENTS": str(environments),
        "VOCALBABY_VARIABLES": json.dumps(variables),
        "VOCALBABY_REFRESH_EVERY": "0.1",
        "VOCALBABY_REFRESH_SECONDS": "2",
        "VOCALBABY_SMOKE_SECONDS": "1",
    }


@contextmanager
def tiny_environment(folder: Path) -> Iterator[Tiny]:
    """The environment, while the block runs.

    A release named `ill` fails the smoke test; REFRESHES has those whose servers do not start.
    """
    mirror = apply_mirror(folder / "mirror")
    server = simulated_aws.serve()
    silent: list[bool] = []
    aws = Aws("http://{}:{}".format(*server.get_host_and_port()), folder / "requests")
    environment = copy_of("envs", folder) / "tiny"
    (environment / "stack").mkdir(parents=True)
    (environment / "stack/main.tf").write_text(STACK)
    (environment / "main.tf").write_text(ENVIRONMENT_FILE)
    make_applicable(environment, aws)
    mirror.init(environment)

    aws.client("iam").create_instance_profile(InstanceProfileName="server")
    ec2 = aws.client("ec2")
    variables = {
        "subnet": ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        "group": ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"],
    }
    with serving() as service:
        env = settings(aws, mirror, environment.parent, variables) | {
            "PATH": f"{programs_for(folder)}:{ENVIRONMENT['PATH']}"
        }
        made = Tiny(aws, mirror, environment, service, silent, service.url, env, variables)
        simulate_refreshes(silent, made.runs)
        service.before = lambda: setattr(service, "status", 500 if "/ill/" in made.runs() else 200)
        yield made
    server.stop()
