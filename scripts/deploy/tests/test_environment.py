"""An environment's settings: where its state is, and what Terraform is called with."""

import json
from pathlib import Path

import pytest

from scripts.deploy import environment as module
from scripts.deploy import output
from scripts.deploy.environment import Environment, state_key
from scripts.deploy.programs import ProgramError, ScriptError

BUCKET = "vocalbaby-terraform-123456789012"


@pytest.mark.parametrize(
    ("environ", "key"),
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
def test_the_state_key_contains_the_name_suffix(environ: dict[str, str], key: str) -> None:
    assert state_key("staging", environ) == key


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"TF_VAR_name_suffix": "../production"}, "must be lower-case letters and digits"),
        ({"VOCALBABY_VARIABLES": "{"}, "VOCALBABY_VARIABLES is not JSON"),
    ],
)
def test_invalid_settings_name_no_state(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        state_key("staging", environ)


class Terraform:
    """Records the calls of Terraform, and answers each with the same text."""

    def __init__(self, answer: str = "{}", *, fails: bool = False) -> None:
        self.answer, self.fails = answer, fails
        self.calls: list[list[str]] = []

    def __call__(self, *command: str | Path, cwd: Path, with_errors: bool = False) -> str:
        self.calls.append([str(word) for word in command[1:]])
        if self.fails:
            raise ProgramError("terraform", 1, "Error: no such backend")
        return self.answer


@pytest.fixture
def terraform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terraform:
    fake = Terraform()
    monkeypatch.setattr(module, "output_of", fake)
    (tmp_path / "staging").mkdir()
    for name in ("VOCALBABY_VARIABLES", "TF_VAR_name_suffix", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOCALBABY_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("VOCALBABY_STATE_BUCKET", BUCKET)
    return fake


def initialised(folder: Path, bucket: str, key: str) -> None:
    """Leave the settings in a folder that `terraform init` leaves there."""
    settings = {"backend": {"type": "s3", "config": {"bucket": bucket, "key": key}}}
    (folder / "staging/.terraform").mkdir()
    (folder / "staging/.terraform/terraform.tfstate").write_text(json.dumps(settings))


def test_init_uses_the_state_of_the_instance(
    terraform: Terraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_name_suffix", "west")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    Environment("staging", tmp_path).init()
    (call,) = terraform.calls
    assert call[0] == "init"
    assert call[-4:] == [
        "-reconfigure",
        f"-backend-config=bucket={BUCKET}",
        "-backend-config=key=staging-west/terraform.tfstate",
        "-backend-config=region=eu-west-1",
    ]


def test_init_keeps_the_backend_without_a_bucket(
    terraform: Terraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VOCALBABY_STATE_BUCKET")
    Environment("staging", tmp_path).init()
    assert terraform.calls == [["init", "-input=false", "-no-color"]]


def test_init_reports_what_terraform_wrote(terraform: Terraform, tmp_path: Path) -> None:
    terraform.fails = True
    with pytest.raises(ScriptError, match=r"terraform init failed:\nError: no such backend"):
        Environment("staging", tmp_path).init()


def test_plans_and_destroys_with_the_variables(
    terraform: Terraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOCALBABY_VARIABLES", '{"region": "eu-west-1"}')
    environment = Environment("staging", tmp_path)
    environment.plan("-var=server_artifact=null")
    environment.destroy()
    plan, _, destroy = terraform.calls
    (file,) = (of.partition("=")[2] for of in plan if of.startswith("-var-file"))
    assert Path(file).read_text() == '{"region": "eu-west-1"}'
    # The file comes first, so that it does not override the options.
    assert plan.index(f"-var-file={file}") < plan.index("-var=server_artifact=null")
    assert destroy.index(f"-var-file={file}") < destroy.index("-var=server_artifact=null")


def test_there_must_be_such_an_environment(terraform: Terraform, tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="there is no environment huge"):
        Environment("huge", tmp_path)


def test_prints_an_output(
    terraform: Terraform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terraform.answer = '{"models": "m", "logs": "l"}'
    initialised(tmp_path, BUCKET, "staging/terraform.tfstate")
    assert output.main(["staging", "bucket_names", "models"]) == 0
    assert output.main(["staging", "bucket_names"]) == 0
    terraform.answer = '"name"'
    assert output.main(["staging", "load_balancer_dns_name"]) == 0
    assert capsys.readouterr().out == "m\nm\nl\nname\n"
    with pytest.raises(ScriptError, match="has no key models"):
        output.main(["staging", "load_balancer_dns_name", "models"])


@pytest.mark.parametrize(
    "applied",
    [(f"{BUCKET}-west", "staging/terraform.tfstate"), (BUCKET, "staging-west/terraform.tfstate")],
)
def test_prints_no_output_of_another_instance(
    applied: tuple[str, str], terraform: Terraform, tmp_path: Path
) -> None:
    initialised(tmp_path, *applied)
    expected = f"{'/'.join(applied)}, not of {BUCKET}/staging/terraform.tfstate"
    with pytest.raises(ScriptError, match=expected):
        output.main(["staging", "bucket_names", "models"])
    assert terraform.calls == []
