"""Makes copies of the Terraform files that provider 3.39 applies to a simulated AWS.

``python -m infra.rehearsal.environments FOLDER ENDPOINT`` prints, for a shell, the variables
that bring ``scripts/terraform.sh`` and ``scripts/deploy_apply.sh`` to the copies.
"""

import shlex
import sys
from pathlib import Path

from infra.offline.aws.client import Aws
from infra.offline.terraform.applied import make_applicable
from infra.offline.terraform.mirror import apply_mirror, copy_of


def prepared(folder: Path, aws: Aws) -> dict[str, str]:
    """Copies of bootstrap and environments, and the provider.

    Args:
        folder: Where; it must be empty.
        aws: The simulated AWS.

    Returns:
        Variables by name.
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
    for name, value in prepared(Path(sys.argv[1]), Aws(sys.argv[2])).items():
        print(f"export {name}={shlex.quote(value)}")
