"""Applies parts of the Terraform files to a simulated AWS, with AWS provider 3.39.

The files are written for AWS provider 6. :func:`make_applicable` changes a copy of them so that
provider 3.39 accepts it: files of ``overlay/`` replace files with the same interface, and single
arguments are removed. Everything else is what a real account gets.
"""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.mirror import APPLY_VERSION, Mirror

__all__ = ["Applied", "make_applicable"]

_PROVIDER_KEYS: Final = 'access_key = "simulated"\nsecret_key = "simulated"\n'
_OVERLAY: Final = Path(__file__).with_name("overlay")
#: Arguments and blocks that provider 3.39 does not know, by file.
_REMOVED: Final[Mapping[str, tuple[str, ...]]] = {
    "modules/compute/main.tf": ("default_instance_warmup", "instance_maintenance_policy"),
    "modules/ecr/main.tf": ("force_delete",),
    "modules/monitoring/main.tf": ("final_snapshot",),
}
_SERVICES: Final = (
    "autoscaling",
    "cloudwatch",
    "cloudwatchlogs",
    "ec2",
    "ecr",
    "elb",
    "iam",
    "kms",
    "s3",
    "sns",
    "ssm",
    "sts",
)


class Applied(NamedTuple):
    """A part of the Terraform files, in a copy that is applied to a simulated AWS."""

    folder: Path
    mirror: Mirror
    aws: Aws

    def init(self, state_bucket: str, *, region: str = REGION, key: str | None = None) -> None:
        """Run ``terraform init`` with the state in a bucket of the simulated AWS.

        Args:
            state_bucket: The name of the bucket.
            region: The region of the bucket.
            key: The key of the state; the default is the key in the part's own backend block.
        """
        settings = self.folder / "simulated.tfbackend"
        settings.write_text(
            f'bucket = "{state_bucket}"\nregion = "{region}"\n{_PROVIDER_KEYS}'
            f'endpoints = {{ s3 = "{self.aws.endpoint}" }}\nuse_path_style = true\n'
            "skip_credentials_validation = true\nskip_requesting_account_id = true\n"
            + (f'key = "{key}"\n' if key else "")
        )
        options = (f"-backend-config={settings.name}", "-input=false", "-no-color")
        self.mirror.run(self.folder, "init", *options)

    def set(self, **variables: Any) -> None:
        """Set variables, in addition to those that are already set."""
        path = self.folder / "simulated.auto.tfvars.json"
        old = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps(old | variables))

    def apply(self, *options: str) -> dict[str, Any]:
        """Apply the part and return its outputs."""
        self.run("apply", "-auto-approve", *options)
        outputs = json.loads(self.mirror.run(self.folder, "output", "-json"))
        return {name: output["value"] for name, output in outputs.items()}

    def changes(self, *options: str) -> dict[str, list[str]]:
        """Return the planned actions by resource address; no-ops and reads are left out."""
        self.run("plan", "-out=plan", *options)
        plan = json.loads(self.mirror.run(self.folder, "show", "-json", "plan"))
        planned = {r["address"]: r["change"]["actions"] for r in plan["resource_changes"]}
        return {name: did for name, did in planned.items() if did not in (["no-op"], ["read"])}

    def destroy(self) -> None:
        """Destroy the part."""
        self.run("destroy", "-auto-approve")

    def run(self, command: str, *options: str, expect: int | None = 0) -> str:
        """Run a Terraform command without prompts; see :meth:`Mirror.run`."""
        always = ("-input=false", "-no-color", "-parallelism=30")
        return self.mirror.run(self.folder, command, *always, *options, expect=expect)


def make_applicable(folder: Path, aws: Aws) -> None:
    """Change a copy so that provider 3.39 applies it to a simulated AWS.

    Args:
        folder: The folder of a part in a copy, as returned by
            :func:`infra.offline.terraform.mirror.copy_of`.
        aws: The simulated AWS.

    Raises:
        AssertionError: An argument that must be removed is not in its file.
    """
    (root,) = (parent for parent in folder.parents if parent.name == "terraform")
    shutil.copytree(_OVERLAY, root, dirs_exist_ok=True)
    for name, arguments in _REMOVED.items():
        for argument in arguments:
            _remove(root / name, argument)
    for versions in root.rglob("versions.tf"):
        (versions.parent / "simulated_version_override.tf").write_text(
            "terraform {\n  required_providers {\n    aws = {\n"
            f'      source  = "hashicorp/aws"\n      version = "{APPLY_VERSION}"\n'
            "    }\n  }\n}\n"
        )
    text = "".join(path.read_text("utf-8") for path in folder.glob("*.tf"))
    if 'provider "aws"' in text:
        (folder / "simulated_provider_override.tf").write_text(_provider(aws))
    else:
        (folder / "simulated_provider.tf").write_text(_provider(aws, f'  region = "{REGION}"\n'))


def _remove(path: Path, argument: str) -> None:
    # terraform fmt closes a block at the indentation of its first line.
    pattern = rf"(?ms)^( +){argument} *(=[^\n]*\n|\{{\n.*?^\1\}}\n)"
    text, count = re.subn(pattern, "", path.read_text("utf-8"))
    assert count, f"{path}: there is no {argument} to remove"
    path.write_text(text)


def _provider(aws: Aws, region: str = "") -> str:
    endpoints = "".join(f'    {service} = "{aws.endpoint}"\n' for service in _SERVICES)
    return (
        f'provider "aws" {{\n{region}{_PROVIDER_KEYS}'
        "  skip_credentials_validation = true\n"
        "  skip_metadata_api_check = true\n"
        "  max_retries = 1\n"
        "  s3_force_path_style = true\n"
        f"  endpoints {{\n{endpoints}  }}\n}}\n"
    )
