"""Deploys a release to the servers of an environment, and rolls back when it fails.

    scripts/deploy_apply.sh ENVIRONMENT s3://…/server.pex SHA256
    scripts/deploy_apply.sh ENVIRONMENT repository@sha256:…
    scripts/deploy_apply.sh ENVIRONMENT none     no servers: the first apply of an environment

It applies the environment's Terraform with the release, waits until every instance has been
replaced, and runs the smoke test. If a step fails, it applies the previous release again and
runs the smoke test on that.

Exit codes: 0 deployed, 1 failed, 2 wrong arguments or settings, 3 plan refused, 4 failed and
rolled back. A plan that would delete a resource is refused, except for resources whose creation
failed; VOCALBABY_ALLOW_DELETE=1 allows it. Settings:

    TF_VAR_…                   Terraform's variables
    VOCALBABY_VARIABLES        Terraform's variables as JSON; they take precedence
    VOCALBABY_STATE_BUCKET     bucket of the state; without it the backend stays as initialised
    VOCALBABY_SCOPE            `all`, or `servers`: refuse every change but the servers' release
    VOCALBABY_URL              address of the service; without it there is no smoke test
    VOCALBABY_KEY_FILE         file with an API key for the smoke test
    VOCALBABY_ENVIRONMENTS     folder of the environments (infra/terraform/envs)
    VOCALBABY_REFRESH_SECONDS  how long replacing the instances may take (1800)
    VOCALBABY_REFRESH_EVERY    seconds between two requests to AWS meanwhile (10)
    VOCALBABY_FAILED_STARTS    number of failed new instances that ends the wait early (3)
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Protocol

from scripts.deploy import smoke_test
from scripts.deploy.environment import Environment
from scripts.deploy.plan import Scope, refused_changes
from scripts.deploy.programs import ProgramError, ScriptError, number_setting, run_script
from scripts.deploy.refresh import (
    AutoScalingGroup,
    Group,
    RefreshError,
    RefreshLimits,
    wait_for_refresh,
)

__all__ = ["Artifact", "Deployment", "Outcome", "Terraform", "main", "parse_artifact"]

#: What servers run, as Terraform's variable ``server_artifact`` has it; None for no servers.
Artifact = dict[str, str | None] | None

_USAGE: Final = "use: deploy_apply.sh ENVIRONMENT (s3://….pex SHA256 | REPOSITORY@sha256:… | none)"
#: Options of a plan that is limited to what the servers run.
_SCOPE_OPTIONS: Final = {
    Scope.ALL: (),
    Scope.SERVERS: ("-refresh=false", "-target=module.stack.module.compute"),
}


class Outcome(IntEnum):
    """How a deployment ended; the value is the exit code."""

    DEPLOYED = 0
    FAILED = 1
    REFUSED = 3
    ROLLED_BACK = 4


class Terraform(Protocol):
    """What a deployment needs of an environment."""

    name: str

    def init(self) -> None:
        """Prepare Terraform."""

    def outputs(self) -> dict[str, Any]:
        """Values of the outputs, by name."""

    def plan(self, *options: str) -> dict[str, Any]:
        """Plan the changes and return the plan."""

    def apply(self) -> str:
        """Apply the last plan and return Terraform's output."""


class _PlanError(Exception):
    """There is no plan, so nothing was changed."""


class _RefusedError(Exception):
    """The plan has changes that are not allowed, so nothing was changed."""


class _RolloutError(Exception):
    """The environment was changed, but not to the end."""


def parse_artifact(arguments: Sequence[str]) -> Artifact:
    """Read an artifact from the arguments of the command line.

    Only an artifact that cannot change is accepted: a PEX with its checksum, or an image by its
    digest.

    Raises:
        ScriptError: It is neither.
    """
    match list(arguments):
        case ["none"]:
            return None
        case [uri, sha256] if re.fullmatch(r"s3://.+\.pex", uri) and re.fullmatch(
            r"[0-9a-f]{64}", sha256
        ):
            return {"kind": "pex", "sha256": sha256, "uri": uri}
        case [uri] if re.search(r"@sha256:[0-9a-f]{64}$", uri):
            return {"kind": "image", "sha256": None, "uri": uri}
    raise ScriptError(_USAGE, exit_code=2)


@dataclass
class Deployment:
    """Brings an environment from one release to another.

    Attributes:
        environment: The environment.
        service_passes: Whether the service passes the smoke test.
        scope: What may be changed.
        allow_delete: Whether resources may be deleted.
        limits: How long to wait for new instances.
        group: Creates the client of an Auto Scaling group from its name.
    """

    environment: Terraform
    service_passes: Callable[[], bool]
    scope: Scope = Scope.ALL
    allow_delete: bool = False
    limits: RefreshLimits = field(default_factory=RefreshLimits)
    group: Callable[[str], Group] = AutoScalingGroup
    _outputs: dict[str, Any] = field(default_factory=dict, init=False)

    def run(self, artifact: Artifact) -> Outcome:
        """Deploy an artifact.

        Raises:
            ScriptError: Terraform could not be prepared, or its state not be read.
        """
        self.environment.init()
        self._outputs = self.environment.outputs()
        previous = self._outputs.get("server_artifact")
        _report(f"{self.environment.name}: deploying {_name(artifact)}")
        try:
            self._roll_out(artifact)
        except _RefusedError as refused:
            _report(f"refused, because the plan has changes that are not allowed:\n{refused}")
            return Outcome.REFUSED
        except _PlanError as error:
            _report(
                f"there is no plan ({error}); nothing was changed. If a deployment that was killed "
                "holds the lock of the state, terraform force-unlock releases it"
            )
            return Outcome.FAILED
        except _RolloutError as error:
            failure = f"the deployment failed: {error}"
        else:
            if artifact is None or self.service_passes():
                _report(f"{self.environment.name} runs {_name(artifact)}")
                return Outcome.DEPLOYED
            failure = "the service does not pass the smoke test"
        if not previous or previous == artifact:
            _report(f"{failure}; there is no previous release to roll back to")
            return Outcome.FAILED
        _report(f"{failure}; rolling back to {_name(previous)}")
        return self._roll_back(previous)

    def _roll_back(self, previous: Artifact) -> Outcome:
        try:
            self._roll_out(previous)
        except (_PlanError, _RefusedError, _RolloutError) as error:
            _report(f"the rollback FAILED: {error}")
            return Outcome.FAILED
        if not self.service_passes():
            _report(
                f"{self.environment.name} runs the previous release, "
                "which does NOT pass the smoke test"
            )
            return Outcome.FAILED
        _report(f"{self.environment.name} runs the previous release")
        return Outcome.ROLLED_BACK

    def _roll_out(self, artifact: Artifact) -> None:
        """Apply an artifact and wait until every instance runs it."""
        try:
            group = self._group()
            refresh = group.newest_refresh() if group else None
            option = f"-var=server_artifact={json.dumps(artifact, separators=(',', ':'))}"
            plan = self.environment.plan(*_SCOPE_OPTIONS[self.scope], option)
        except ScriptError as error:
            raise _PlanError(str(error)) from error
        if refused := refused_changes(plan, self.scope, allow_delete=self.allow_delete):
            raise _RefusedError("\n".join(f"  {change}" for change in refused))
        try:
            output = self.environment.apply()
            _report(*re.findall(r"(?m)^(?:Apply complete|No changes).*", output))
            self._outputs = self.environment.outputs()
            if group := self._group():
                _report(wait_for_refresh(group, refresh.id if refresh else None, self.limits))
        except ProgramError as error:
            end = "\n".join(error.output.splitlines()[-30:])
            raise _RolloutError(f"{error}\n{end}") from error
        except RefreshError as error:
            raise _RolloutError(str(error)) from error

    def _group(self) -> Group | None:
        name = self._outputs.get("autoscaling_group_name")
        return self.group(name) if name else None


def _name(artifact: Artifact) -> str:
    return str(artifact["uri"]) if artifact else "none"


def _report(*lines: str) -> None:
    for line in lines:
        print(f"deploy_apply: {line}", file=sys.stderr)


def _service_passes() -> bool:
    """Whether the service of the settings passes the smoke test; True without an address."""
    url = os.environ.get("VOCALBABY_URL", "")
    if not url:
        return True
    try:
        smoke_test.check_service(url, os.environ.get("VOCALBABY_KEY_FILE", ""))
    except ScriptError as error:
        print(f"smoke test: FAILED: {error}", file=sys.stderr)
        return False
    return True


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if not arguments:
        raise ScriptError(_USAGE, exit_code=2)
    name, *rest = arguments
    artifact = parse_artifact(rest)
    scope = os.environ.get("VOCALBABY_SCOPE") or Scope.ALL
    if scope not in set(Scope):
        raise ScriptError("VOCALBABY_SCOPE must be all or servers", exit_code=2)
    default = RefreshLimits()
    with tempfile.TemporaryDirectory() as work:
        return Deployment(
            Environment(name, Path(work)),
            _service_passes,
            Scope(scope),
            os.environ.get("VOCALBABY_ALLOW_DELETE") == "1",
            RefreshLimits(
                number_setting("VOCALBABY_REFRESH_SECONDS", default.seconds),
                int(number_setting("VOCALBABY_FAILED_STARTS", default.failed_starts)),
                number_setting("VOCALBABY_REFRESH_EVERY", default.poll_seconds),
            ),
        ).run(artifact)


if __name__ == "__main__":
    sys.exit(run_script("deploy_apply", main))
