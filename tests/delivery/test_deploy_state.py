"""Two instances of one environment share no state, and outputs are of the one that is meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.commands import ENVIRONMENT, run, stand_in

BUCKET = "vocalbaby-terraform-123456789012"


@pytest.mark.parametrize(
    ("env", "key"),
    [
        ({}, "staging/terraform.tfstate"),
        ({"TF_VAR_name_suffix": ""}, "staging/terraform.tfstate"),
        ({"TF_VAR_name_suffix": "west"}, "staging-west/terraform.tfstate"),
        ({"VOCALBABY_VARIABLES": '{"region": "eu-west-1"}'}, "staging/terraform.tfstate"),
        ({"VOCALBABY_VARIABLES": '{"name_suffix": "west"}'}, "staging-west/terraform.tfstate"),
        (
            {"VOCALBABY_VARIABLES": '{"name_suffix": "west"}', "TF_VAR_name_suffix": "east"},
            "staging-west/terraform.tfstate",
        ),
        (
            {"VOCALBABY_VARIABLES": '{"name_suffix": null}', "TF_VAR_name_suffix": "east"},
            "staging/terraform.tfstate",
        ),
    ],
)
def test_the_state_is_below_the_instances_name(env: dict[str, str], key: str) -> None:
    assert run("scripts/deploy_state_key.sh", "staging", env=env).stdout == f"{key}\n"


def test_a_suffix_that_terraform_would_refuse_names_no_state() -> None:
    env = {"TF_VAR_name_suffix": "../production"}
    said = run("scripts/deploy_state_key.sh", "staging", env=env, expect=2).stderr
    assert "name_suffix must be lower-case letters and digits" in said
    assert "use: deploy_state_key.sh" in run("scripts/deploy_state_key.sh", env={}, expect=2).stderr


class Place:
    """A folder of environments, and a Terraform that only notes what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.staging = folder / "staging"
        self.staging.mkdir()
        self.calls = stand_in(
            folder / "programs", "terraform", 'echo \'{"models": "m"}\'; exit $CODE'
        )
        self.env = {
            "PATH": f"{self.calls.parent}:{ENVIRONMENT['PATH']}",
            "VOCALBABY_ENVIRONMENTS": str(folder),
            "VOCALBABY_STATE_BUCKET": BUCKET,
            "AWS_REGION": "eu-west-1",
            "CODE": "0",
        }

    def initialised(self, bucket: str, key: str) -> None:
        """As `terraform init` leaves it."""
        (self.staging / ".terraform").mkdir()
        settings = {"backend": {"type": "s3", "config": {"bucket": bucket, "key": key}}}
        (self.staging / ".terraform/terraform.tfstate").write_text(json.dumps(settings))

    def run(self, script: str, *arguments: str, expect: int = 0, **env: str) -> Any:
        return run(f"scripts/{script}", "staging", *arguments, env=self.env | env, expect=expect)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_deploy_uses_the_state_of_its_instance(place: Place) -> None:
    for suffix, key in (("", "staging"), ("west", "staging-west")):
        place.run("deploy_apply.sh", "none", expect=1, CODE="1", TF_VAR_name_suffix=suffix)
        init = place.calls.read_text("utf-8").splitlines()[-1]
        assert init.startswith("init ")
        assert f"=bucket={BUCKET} -backend-config=key={key}/terraform.tfstate" in init


def test_outputs_are_of_the_instance_that_is_meant(place: Place) -> None:
    bucket, key = f"{BUCKET}-west", "staging-west/terraform.tfstate"
    place.initialised(bucket, key)
    asked = ("bucket_names", "models")
    said = place.run("deploy_output.sh", *asked, expect=1).stderr
    assert f"{bucket}/{key}, not {BUCKET}/staging/terraform.tfstate" in said
    place.env["TF_VAR_name_suffix"] = "west"
    place.run("deploy_output.sh", *asked, expect=1)
    place.env["VOCALBABY_STATE_BUCKET"] = bucket
    assert place.run("deploy_output.sh", *asked).stdout == "m\n"
    del place.env["TF_VAR_name_suffix"]
    place.run("deploy_output.sh", *asked, expect=1)
    calls = place.calls.read_text("utf-8").splitlines()
    assert calls == ["output -json bucket_names"], "another instance's output was read"
