"""The deployment's state machine, with an environment in memory."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from scripts.deploy.apply import Artifact, Deployment, Outcome, parse_artifact
from scripts.deploy.plan import Scope
from scripts.deploy.programs import ProgramError, ScriptError
from scripts.deploy.refresh import Refresh, RefreshLimits

OLD: Artifact = {"kind": "pex", "sha256": "0" * 64, "uri": "s3://artifacts/1/server.pex"}
NEW: Artifact = {"kind": "pex", "sha256": "1" * 64, "uri": "s3://artifacts/2/server.pex"}
DELETION = {"address": "aws_s3_bucket.logs", "change": {"actions": ["delete"]}}


@dataclass
class FakeEnvironment:
    """An environment whose steps fail as configured.

    Attributes:
        artifact: What the servers run.
        broken: Artifacts, by their URIs, that Terraform cannot apply.
        unplannable: Artifacts, by their URIs, for which there is no plan.
        changes: Changes of every plan.
        refreshes: Status of each refresh that was started; newest first.
        status: How replacing the instances ends, by the URI of the artifact.
        applied: URIs that were applied.
        options: Options of the last plan.
    """

    artifact: Artifact = field(default_factory=lambda: OLD)
    broken: set[str] = field(default_factory=set)
    unplannable: set[str] = field(default_factory=set)
    changes: list[dict[str, Any]] = field(default_factory=list)
    refreshes: list[str] = field(default_factory=lambda: ["Successful"])
    status: dict[str, str] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()
    name: str = "staging"
    _planned: Artifact = None

    def init(self) -> None:
        self.applied.clear()

    def outputs(self) -> dict[str, Any]:
        group = "servers" if self.artifact else None
        return {"server_artifact": self.artifact, "autoscaling_group_name": group}

    def plan(self, *options: str) -> dict[str, Any]:
        self.options = options
        prefix = "-var=server_artifact="
        (value,) = (of.removeprefix(prefix) for of in options if of.startswith(prefix))
        self._planned = json.loads(value)
        if uri(self._planned) in self.unplannable:
            raise ProgramError("terraform", 1, "")
        return {"resource_changes": self.changes}

    def apply(self) -> str:
        self.applied.append(uri(self._planned))
        if uri(self._planned) in self.broken:
            raise ProgramError("terraform", 1, "Error: the disk is full")
        self.artifact = self._planned
        self.refreshes.insert(0, self.status.get(uri(self._planned), "Successful"))
        return "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."

    # As the group of the environment.
    def newest_refresh(self) -> Refresh | None:
        return Refresh(str(len(self.refreshes)), self.refreshes[0])

    def failed_starts(self, since: datetime) -> list[str]:
        return []


def uri(artifact: Artifact) -> str:
    return str(artifact["uri"]) if artifact else "none"


@dataclass
class Smoke:
    """A smoke test that fails for some artifacts."""

    environment: FakeEnvironment
    failing: set[str] = field(default_factory=set)
    runs: int = 0

    def __call__(self) -> bool:
        self.runs += 1
        return uri(self.environment.artifact) not in self.failing


@pytest.fixture
def environment() -> FakeEnvironment:
    return FakeEnvironment()


def deployment(
    environment: FakeEnvironment, smoke: Smoke | None = None, **options: Any
) -> Deployment:
    return Deployment(
        environment,
        smoke or Smoke(environment),
        limits=RefreshLimits(seconds=0, poll_seconds=0),
        group=lambda _: environment,
        **options,
    )


def test_deploys_a_release(
    environment: FakeEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    smoke = Smoke(environment)
    assert deployment(environment, smoke).run(NEW) is Outcome.DEPLOYED
    assert (environment.artifact, smoke.runs) == (NEW, 1)
    report = capsys.readouterr().err
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in report
    assert "every instance of staging was replaced" in report


def test_an_environment_without_servers_has_no_smoke_test() -> None:
    environment = FakeEnvironment(artifact=None)
    smoke = Smoke(environment)
    assert deployment(environment, smoke).run(None) is Outcome.DEPLOYED
    assert smoke.runs == 0


def test_rolls_back_when_the_smoke_test_fails(environment: FakeEnvironment) -> None:
    smoke = Smoke(environment, {uri(NEW)})
    assert deployment(environment, smoke).run(NEW) is Outcome.ROLLED_BACK
    assert environment.applied == [uri(NEW), uri(OLD)]
    assert (environment.artifact, smoke.runs) == (OLD, 2)


def test_rolls_back_when_the_instances_are_not_replaced(environment: FakeEnvironment) -> None:
    environment.status[uri(NEW)] = "Failed"
    smoke = Smoke(environment)
    assert deployment(environment, smoke).run(NEW) is Outcome.ROLLED_BACK
    assert (environment.artifact, smoke.runs) == (OLD, 1)


def test_rolls_back_when_terraform_fails(
    environment: FakeEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.broken.add(uri(NEW))
    assert deployment(environment).run(NEW) is Outcome.ROLLED_BACK
    assert environment.applied == [uri(NEW), uri(OLD)]
    assert "Error: the disk is full" in capsys.readouterr().err


def test_fails_when_the_previous_release_does_not_pass_either(
    environment: FakeEnvironment,
) -> None:
    smoke = Smoke(environment, {uri(NEW), uri(OLD)})
    assert deployment(environment, smoke).run(NEW) is Outcome.FAILED
    assert environment.artifact == OLD


def test_fails_when_the_rollback_fails(
    environment: FakeEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.broken |= {uri(NEW), uri(OLD)}
    assert deployment(environment).run(NEW) is Outcome.FAILED
    assert "the rollback FAILED" in capsys.readouterr().err


@pytest.mark.parametrize("previous", [None, NEW])
def test_fails_when_there_is_nothing_to_roll_back_to(previous: Artifact) -> None:
    environment = FakeEnvironment(artifact=previous)
    smoke = Smoke(environment, {uri(NEW)})
    assert deployment(environment, smoke).run(NEW) is Outcome.FAILED
    assert environment.applied == [uri(NEW)]


def test_changes_nothing_without_a_plan(environment: FakeEnvironment) -> None:
    environment.unplannable.add(uri(NEW))
    assert deployment(environment).run(NEW) is Outcome.FAILED
    assert environment.applied == []


def test_changes_nothing_when_aws_does_not_name_the_newest_refresh(
    environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> Refresh | None:
        raise ProgramError("aws", 255, "")

    monkeypatch.setattr(environment, "newest_refresh", silent)
    assert deployment(environment).run(NEW) is Outcome.FAILED
    assert environment.applied == []


def test_refuses_a_plan_that_deletes(
    environment: FakeEnvironment, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.changes.append(DELETION)
    assert deployment(environment).run(NEW) is Outcome.REFUSED
    assert "  would delete aws_s3_bucket.logs" in capsys.readouterr().err
    assert environment.applied == []
    assert deployment(environment, allow_delete=True).run(NEW) is Outcome.DEPLOYED


def test_plans_only_the_servers_in_their_scope(environment: FakeEnvironment) -> None:
    deployment(environment).run(NEW)
    assert not [of for of in environment.options if of.startswith("-target")]
    deployment(environment, scope=Scope.SERVERS).run(OLD)
    assert "-target=module.stack.module.compute" in environment.options
    assert "-refresh=false" in environment.options


def test_reads_artifacts_that_cannot_change() -> None:
    image = f"1.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:{'a' * 64}"
    assert parse_artifact(["none"]) is None
    assert parse_artifact([str(uri(NEW)), "1" * 64]) == NEW
    assert parse_artifact([image]) == {"kind": "image", "sha256": None, "uri": image}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["s3://a/b.pex"],
        ["s3://a/b.pex", "abc"],
        ["server:latest"],
        ["s3://a/b", "0" * 64],
        ["none", "none"],
    ],
)
def test_rejects_artifacts_that_can_change(arguments: list[str]) -> None:
    with pytest.raises(ScriptError, match=r"use: deploy_apply\.sh") as error:
        parse_artifact(arguments)
    assert error.value.exit_code == 2
