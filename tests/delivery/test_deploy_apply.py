"""A deploy renews the servers, and takes a release back that does not pass.

Real Terraform and the real module `compute`, in an environment of nothing else, on a simulated
AWS; the service in front of it answers as the release that its launch template names.
"""

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.responses import AutoScalingResponse

from infra.offline.aws import server as simulated_aws
from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.applied import make_applicable
from infra.offline.terraform.mirror import Mirror, apply_mirror, copy_of
from tests.delivery.commands import ENVIRONMENT, run
from tests.delivery.service import Service, serving

DEPLOY = "scripts/deploy_apply.sh"
#: How renewing the servers ends, by the name of the release.
REFRESHES = {"dead": "Failed", "endless": "InProgress"}
#: As infra/terraform/envs has it, without what a deploy does not touch.
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
        service: What answers in front of the servers.
        silent: Whether AWS says how a renewal goes, for each question to come; then it does.
    """

    aws: Aws
    mirror: Mirror
    folder: Path
    service: Service
    silent: list[bool]
    url: str
    env: dict[str, str]
    variables: dict[str, str]

    def deploy(self, *artifact: str, expect: int = 0, **env: str) -> str:
        return run(DEPLOY, "tiny", *artifact, env={**self.env, **env}, expect=expect).stderr

    def terraform(self, *command: str) -> str:
        """A command of Terraform in the environment."""
        return self.mirror.run(self.folder, *command)

    def has_a_release(self) -> str:
        """What it runs, after a deploy if it runs nothing yet."""
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
    return f"s3://artifacts/releases/{name}/server.pex", "0" * 64


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    return apply_mirror(tmp_path_factory.mktemp("applying"))


@pytest.fixture(scope="module")
def tiny(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    folder = tmp_path_factory.mktemp("tiny")
    server = simulated_aws.serve()
    responses: Any = AutoScalingResponse  # moto's own has no refreshes
    start = responses.start_instance_refresh

    def start_as_told(self: Any) -> object:
        answer = start(self)
        refresh = simulated_aws.REFRESHES[self._get_param("AutoScalingGroupName")][0]
        told = [status for name, status in REFRESHES.items() if f"/{name}/" in made.runs()]
        refresh.update(Status=(told or ["Successful"])[0], StatusReason="they are not healthy")
        if "/endless/" in made.runs():
            late, early = datetime.now(UTC) + timedelta(seconds=9), datetime(2020, 1, 1, tzinfo=UTC)
            activities = [
                {"StatusCode": code, "StartTime": time, "StatusMessage": "it was abandoned"}
                for code, time in (("Cancelled", late), ("Failed", late), ("Failed", early))
            ]
            about = {"ActivityId": "1", "AutoScalingGroupName": "g", "Cause": "a refresh"}
            simulated_aws.ACTIVITIES[self._get_param("AutoScalingGroupName")] = [
                about | of for of in activities
            ]
        return answer

    silent: list[bool] = []
    describe = responses.describe_instance_refreshes

    def describe_as_told(self: Any) -> object:
        if silent and silent.pop(0):
            raise ValidationError("no answer")
        return describe(self)

    responses.start_instance_refresh = start_as_told
    responses.describe_instance_refreshes = describe_as_told
    aws = Aws("http://{}:{}".format(*server.get_host_and_port()), folder / "requests")
    environment = copy_of("envs", folder) / "tiny"
    (environment / "stack").mkdir(parents=True)
    (environment / "stack/main.tf").write_text(STACK)
    (environment / "main.tf").write_text(ENVIRONMENT_FILE)
    make_applicable(environment, aws)
    mirror.init(environment)

    programs = folder / "programs"
    programs.mkdir()
    command = Path("infra/offline/terraform/command.py").resolve()
    for name, arguments in {"terraform": f"'{command}'", "python3": ""}.items():
        program = programs / name
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' {arguments} \"$@\"\n")
        program.chmod(0o755)
    aws.client("iam").create_instance_profile(InstanceProfileName="server")
    ec2 = aws.client("ec2")
    variables = {
        "subnet": ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        "group": ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"],
    }
    with serving() as service:
        env = {name: value for name, value in mirror.environ.items() if name.startswith("TF_")}
        env |= {
            "CHECKPOINT_DISABLE": "1",
            "PATH": f"{programs}:{ENVIRONMENT['PATH']}",
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "NO_PROXY": "127.0.0.1",
            "VOCALBABY_ENVIRONMENTS": str(environment.parent),
            "VOCALBABY_VARIABLES": json.dumps(variables),
            "VOCALBABY_REFRESH_EVERY": "0.1",
            "VOCALBABY_REFRESH_SECONDS": "2",
            "VOCALBABY_SMOKE_SECONDS": "1",
        }
        made = Tiny(aws, mirror, environment, service, silent, service.url, env, variables)
        service.before = lambda: setattr(service, "status", 500 if "/ill/" in made.runs() else 200)
        yield made
    server.stop()


def test_a_release_comes_to_the_servers(tiny: Tiny) -> None:
    assert "tiny: none" in tiny.deploy("none")
    assert not tiny.aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    said = tiny.deploy(*release("1"))
    assert "no instance had to be renewed" in said  # the group is new
    said = tiny.deploy(*release("2"), VOCALBABY_SCOPE="servers")
    assert "every instance of vocalbaby-tiny-server is renewed" in said
    assert tiny.runs() == release("2")[0]


def test_a_release_that_fails_the_smoke_test_is_taken_back(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    settings = {"VOCALBABY_URL": tiny.url, "VOCALBABY_SCOPE": "servers"}
    said = tiny.deploy(*release("ill"), expect=4, **settings)
    assert "smoke test: FAILED: predict" in said
    assert "tiny runs what it ran before" in said
    assert tiny.runs() == before


def test_what_is_gone_back_to_is_tested_too(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    before_answers = tiny.service.before
    tiny.service.before = lambda: setattr(tiny.service, "status", 500)
    try:
        said = tiny.deploy(*release("4"), expect=1, VOCALBABY_URL=tiny.url)
    finally:
        tiny.service.before = before_answers
    assert "tiny runs what it ran before, and that does NOT pass the smoke test" in said
    assert tiny.runs() == before


def test_servers_that_never_become_ready_end_a_deploy_early(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    said = tiny.deploy(
        *release("endless"), expect=4, VOCALBABY_REFRESH_SECONDS="60", VOCALBABY_FAILED_STARTS="2"
    )
    assert "new servers of vocalbaby-tiny-server do not become ready: it was abandoned" in said
    assert "takes too long" not in said
    assert tiny.runs() == before


def test_no_answer_is_not_taken_for_nothing_to_renew(tiny: Tiny) -> None:
    tiny.has_a_release()
    tiny.silent.extend([False, True, True])  # before the deploy, and twice after it
    said = tiny.deploy(*release("6"), VOCALBABY_REFRESH_SECONDS="60")
    assert said.count("AWS does not say; asking again") == 2
    assert "every instance of vocalbaby-tiny-server is renewed" in said
    tiny.silent.extend([True])
    said = tiny.deploy(*release("7"), expect=1)
    assert "nothing was changed" in said
    assert tiny.runs() == release("6")[0]


def test_servers_that_do_not_come_up_are_taken_back(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    said = tiny.deploy(*release("dead"), expect=4)
    assert "the deploy failed; going back" in said
    assert tiny.runs() == before


def test_a_plan_that_deletes_is_refused(tiny: Tiny) -> None:
    more = json.dumps({**tiny.variables, "extra": True})
    image = "1.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:" + "a" * 64
    tiny.deploy(image, VOCALBABY_VARIABLES=more, VOCALBABY_URL=tiny.url)
    assert tiny.runs() == image
    said = tiny.deploy(*release("3"), expect=3)
    assert "module.stack.aws_s3_bucket.extra[0]" in said
    assert tiny.runs() == image
    assert tiny.aws.client("s3").list_buckets()["Buckets"]
    # A deploy that may only touch the servers does not see it.
    tiny.deploy(*release("3"), VOCALBABY_SCOPE="servers")
    assert tiny.runs() == release("3")[0]
    assert tiny.aws.client("s3").list_buckets()["Buckets"]
    tiny.deploy(*release("3"), VOCALBABY_ALLOW_DELETE="1")
    assert not tiny.aws.client("s3").list_buckets()["Buckets"]


def test_what_only_a_person_may_change_is_refused_to_the_role_that_deploys(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    settings = {"VOCALBABY_SCOPE": "servers", "VOCALBABY_ALLOW_DELETE": "1"}
    said = tiny.deploy("none", expect=3, **settings)
    assert "only a person may delete module.stack.module.compute[0].aws_launch_template" in said
    assert tiny.runs() == before


def test_a_group_that_was_never_made_whole_is_made_anew(tiny: Tiny) -> None:
    tiny.has_a_release()
    tiny.terraform("taint", "module.stack.module.compute[0].aws_autoscaling_group.server")
    tiny.deploy(*release("8"))
    assert tiny.runs() == release("8")[0]


def test_a_rerun_waits_for_the_renewal_that_is_not_over(tiny: Tiny) -> None:
    tiny.has_a_release()
    name = "vocalbaby-tiny-server"
    running = {"InstanceRefreshId": "0", "AutoScalingGroupName": name, "Status": "InProgress"}
    simulated_aws.REFRESHES[name].insert(0, running)
    again = json.loads(tiny.terraform("output", "-json", "server_artifact"))
    said = tiny.deploy(again["uri"], again["sha256"], expect=1)
    assert "no instance had to be renewed" not in said
    assert "takes too long: InProgress" in said
    running["Status"] = "Successful"
    said = tiny.deploy(again["uri"], again["sha256"])
    assert "no instance had to be renewed" in said


def test_what_terraform_refuses_changes_nothing(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    variables = json.dumps({**tiny.variables, "extra": "perhaps"})
    said = tiny.deploy(*release("5"), expect=1, VOCALBABY_VARIABLES=variables)
    assert "bool is required" in said
    assert "nothing was changed" in said
    assert tiny.runs() == before


@pytest.mark.parametrize(
    "artifact",
    [(), ("s3://a/b.pex",), ("s3://a/b.pex", "abc"), ("server:latest",), ("s3://a/b", "0" * 64)],
)
def test_only_what_cannot_move_is_deployed(tiny: Tiny, artifact: tuple[str, ...]) -> None:
    assert "use: deploy_apply.sh" in tiny.deploy(*artifact, expect=2)


def test_an_environment_that_is_not_there(tiny: Tiny) -> None:
    done = run(DEPLOY, "huge", "none", env=tiny.env, expect=2)
    assert "there is no environment huge" in done.stderr
    assert "is all or servers" in tiny.deploy("none", expect=2, VOCALBABY_SCOPE="some")
