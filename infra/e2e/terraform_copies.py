"""Copies the Terraform files so that AWS provider 3.39 applies them to a simulated AWS.

``python -m infra.e2e.terraform_copies FOLDER ENDPOINT`` prints bash commands that set the variables
by which ``scripts/terraform.sh`` and ``scripts/deploy_apply.sh`` use the copies.
"""

import shlex
import sys
from pathlib import Path

from infra.offline.aws.client import Aws
from infra.offline.terraform.applied import make_applicable
from infra.offline.terraform.mirror import apply_mirror, copy_of


def prepare(folder: Path, aws: Aws) -> dict[str, str]:
    """Copy the bootstrap and staging, and set up the provider.

    Args:
        folder: An empty folder for the copies.
        aws: The simulated AWS.

    Returns:
        Values of environment variables by name.
    """
    mirror = apply_mirror(folder)
    bootstrap = copy_of("bootstrap", folder / "account")
    staging = copy_of("envs/staging", folder / "environments")
    for part in (bootstrap, staging):
        make_applicable(part, aws)
    return {
        "BOOTSTRAP": str(bootstrap),
        "VOCALBABY_ENVIRONMENTS": str(staging.parent),
        "TF_CLI_CONFIG_FILE": mirror.environ["TF_CLI_CONFIG_FILE"],
    }


if __name__ == "__main__":
    for name, value in prepare(Path(sys.argv[1]), Aws(sys.argv[2])).items():
        print(f"export {name}={shlex.quote(value)}")
