"""An environment of ``infra/terraform/envs``: its state, its variables and its outputs."""

import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scripts.deploy.programs import ROOT, ProgramError, ScriptError, output_of

__all__ = ["Environment", "state_key"]

_TERRAFORM: Final = ROOT / "scripts/terraform.sh"
_OPTIONS: Final = ("-input=false", "-no-color", "-lock-timeout=2m")


def state_key(name: str, environ: Mapping[str, str]) -> str:
    """Key of an environment's state in the bucket of the states.

    It is ``staging/terraform.tfstate``, or ``staging-west/terraform.tfstate`` where Terraform's
    variable ``name_suffix`` is ``west``.

    Args:
        name: Name of the environment.
        environ: Environment variables. ``VOCALBABY_VARIABLES`` (JSON) takes precedence over
            ``TF_VAR_name_suffix``, as Terraform gives variable files precedence.

    Raises:
        ScriptError: The variables are not JSON, or Terraform would refuse the suffix.
    """
    try:
        variables = json.loads(environ.get("VOCALBABY_VARIABLES") or "{}")
    except ValueError as error:
        raise ScriptError(f"VOCALBABY_VARIABLES is not JSON: {error}", exit_code=2) from None
    suffix = variables.get("name_suffix", environ.get("TF_VAR_name_suffix")) or ""
    if not re.fullmatch(r"[a-z0-9]*", suffix):
        raise ScriptError("name_suffix must be lower-case letters and digits, such as west", 2)
    return f"{name}-{suffix}/terraform.tfstate" if suffix else f"{name}/terraform.tfstate"


class Environment:
    """One environment, as the settings of this process describe it.

    The settings are ``VOCALBABY_ENVIRONMENTS`` (folder of the environments),
    ``VOCALBABY_VARIABLES`` (Terraform's variables as JSON) and ``VOCALBABY_STATE_BUCKET`` (bucket
    of the state; without it the backend stays as it was initialised).

    Args:
        name: Name of the environment, a folder of ``infra/terraform/envs``.
        work: Folder for temporary files.

    Raises:
        ScriptError: There is no such environment, or its settings are invalid.
    """

    def __init__(self, name: str, work: Path) -> None:
        folder = os.environ.get("VOCALBABY_ENVIRONMENTS") or ROOT / "infra/terraform/envs"
        self.name = name
        self.folder = Path(folder) / name
        if not self.folder.is_dir():
            raise ScriptError(f"there is no environment {name}", exit_code=2)
        self.state_key = state_key(name, os.environ)
        self._bucket = os.environ.get("VOCALBABY_STATE_BUCKET", "")
        self._work = work
        self._variables: list[str] = []
        if variables := os.environ.get("VOCALBABY_VARIABLES"):
            file = work / "variables.tfvars.json"
            file.write_text(variables, encoding="utf-8")
            self._variables = [f"-var-file={file}"]

    def terraform(self, *arguments: str, with_errors: bool = False) -> str:
        """Run Terraform in the environment's folder and return its output.

        Args:
            arguments: Arguments of Terraform.
            with_errors: Whether the output includes the standard error.

        Raises:
            ProgramError: Terraform failed.
        """
        with _interrupts_left_to_the_child():
            return output_of(_TERRAFORM, *arguments, cwd=self.folder, with_errors=with_errors)

    def init(self) -> None:
        """Prepare Terraform, with the state in the bucket of the settings.

        Raises:
            ScriptError: ``terraform init`` failed; the text holds its output.
        """
        backend = []
        if self._bucket:
            backend = [f"bucket={self._bucket}", f"key={self.state_key}"]
            if region := os.environ.get("AWS_REGION"):
                backend.append(f"region={region}")
            backend = ["-reconfigure", *(f"-backend-config={setting}" for setting in backend)]
        try:
            self.terraform("init", "-input=false", "-no-color", *backend, with_errors=True)
        except ProgramError as error:
            raise ScriptError(f"terraform init failed:\n{error.output}") from None

    def outputs(self) -> dict[str, Any]:
        """Values of the outputs, by name.

        Raises:
            ProgramError: Terraform failed.
        """
        found = json.loads(self.terraform("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def output(self, name: str) -> object:
        """The value of one output.

        Raises:
            ProgramError: Terraform failed, as it does when there is no such output.
        """
        return json.loads(self.terraform("output", "-json", name))

    def plan(self, *options: str) -> dict[str, Any]:
        """Plan the environment's changes.

        Returns:
            The plan in Terraform's JSON format.

        Raises:
            ProgramError: There is no plan.
        """
        plan_file = f"-out={self._plan_file}"
        self.terraform("plan", *_OPTIONS, *self._variables, *options, plan_file)
        plan: dict[str, Any] = json.loads(self.terraform("show", "-json", str(self._plan_file)))
        return plan

    def apply(self) -> str:
        """Apply the last plan and return Terraform's output.

        Raises:
            ProgramError: Terraform failed.
        """
        return self.terraform("apply", *_OPTIONS, str(self._plan_file))

    def destroy(self, *options: str) -> None:
        """Destroy everything in the environment, or what ``-target`` options name.

        Raises:
            ProgramError: Terraform failed; ``output`` includes its standard error.
        """
        # The variables without a default: nothing is left that they would describe.
        removed = ("-var=server_artifact=null", "-var=monitoring=null")
        self.terraform(
            "destroy",
            *("-auto-approve", *_OPTIONS, *self._variables, *removed, *options),
            with_errors=True,
        )

    def applied_state(self) -> str | None:
        """The state that was used in this folder last, as ``bucket/key``; None if there is none."""
        settings = self.folder / ".terraform/terraform.tfstate"
        if not settings.exists():
            return None
        config = json.loads(settings.read_text(encoding="utf-8"))["backend"]["config"]
        return f"{config['bucket']}/{config['key']}"

    @property
    def expected_state(self) -> str | None:
        """The state that the settings name, as ``bucket/key``; None if they name no bucket."""
        return f"{self._bucket}/{self.state_key}" if self._bucket else None

    @property
    def _plan_file(self) -> Path:
        return self._work / "plan"


@contextmanager
def _interrupts_left_to_the_child() -> Iterator[None]:
    """Leave an interrupt from the keyboard to the program that runs.

    Terraform receives it too, finishes what it has begun, and releases the lock of the state.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
