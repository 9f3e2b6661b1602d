"""Parts of the Terraform files, really applied: provider 3.39 against a simulated AWS.

The files are written for today's provider. What 3.39 lacks is replaced in a copy: whole files
by ``overlay/`` (of the same interface), single arguments by leaving them out. Nothing else
differs from what a real account gets.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import boto3
import requests
from botocore.config import Config

from infra.tests.terraform import APPLY_VERSION, INFRA, Mirror

__all__ = ["REGION", "ZONES", "Applied", "Aws", "Request", "make_applicable", "simulated_aws"]

REGION: Final = "eu-central-1"
ZONES: Final = [f"{REGION}a", f"{REGION}b"]
_KEYS: Final = {"access_key_id": "simulated", "secret_access_key": "simulated"}
_PROVIDER_KEYS: Final = 'access_key = "simulated"\nsecret_key = "simulated"\n'
_OVERLAY: Final = Path(__file__).with_name("overlay")
#: Arguments and blocks that came after 3.39, by file.
_LACKING: Final[Mapping[str, tuple[str, ...]]] = {
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


class Request(NamedTuple):
    """What somebody asked of AWS; the resource is known of S3 only."""

    action: str
    resource: str | None
    region: str


class Aws(NamedTuple):
    """A simulated AWS, by its address, and the file it writes requests to when it is asked to."""

    endpoint: str
    requests: Path = Path(os.devnull)

    def client(self, service: str, *, region: str = REGION, **credentials: str) -> Any:
        """A boto3 client, with keys that may do everything unless others are given."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
            **(credentials or {f"aws_{name}": value for name, value in _KEYS.items()}),
        )

    @contextmanager
    def listening(self) -> Iterator[set[Request]]:
        """What is asked while the block runs; known when it ends."""
        recorder = f"{self.endpoint}/moto-api/recorder"
        asked: set[Request] = set()
        for command in ("reset", "start"):
            requests.post(f"{recorder}/{command}-recording", timeout=10).raise_for_status()
        yield asked
        requests.post(f"{recorder}/stop-recording", timeout=10).raise_for_status()
        asked.update(_request(json.loads(line)) for line in self.requests.open())


def _request(entry: Mapping[str, Any]) -> Request:
    headers, url = entry["headers"], urlsplit(entry["url"])
    # AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, …
    region, service = headers["Authorization"].split("/")[2:4]
    if service == "s3":
        bucket, _, key = url.path.strip("/").partition("/")
        verb = {"HEAD": "Get"}.get(entry["method"], entry["method"].capitalize())
        resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
        return Request(f"s3:{verb}Object" if key else "s3:ListBucket", resource, region)
    form = parse_qs(base64.b64decode(entry["body"]).decode())
    called = headers.get("X-Amz-Target", "").rpartition(".")[2] or form["Action"][0]
    return Request(f"{service}:{called}", None, region)


@contextmanager
def simulated_aws() -> Iterator[Aws]:
    """A simulated AWS with nothing in it, while the block runs."""
    with TemporaryDirectory() as folder:
        asked = Path(folder) / "requests"
        server = subprocess.Popen(
            [sys.executable, "-m", "infra.tests.simulated_aws"],
            cwd=INFRA.parent,
            env={**os.environ, "MOTO_RECORDER_FILEPATH": str(asked)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            yield Aws(server.stdout.readline().strip(), asked)
        finally:
            server.terminate()
            server.wait(timeout=30)


class Applied(NamedTuple):
    """A part in a copy that belongs to a simulated AWS."""

    folder: Path
    mirror: Mirror
    aws: Aws

    def init(self, state_bucket: str, *, region: str = REGION, key: str | None = None) -> None:
        """Make it ready, with its state in a bucket of the simulated AWS.

        Args:
            state_bucket: Name of the bucket.
            region: The bucket's.
            key: Of the state; what the part itself says when None.
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
        """Set variables, beside those that are set already."""
        path = self.folder / "simulated.auto.tfvars.json"
        old = json.loads(path.read_text("utf-8")) if path.exists() else {}
        path.write_text(json.dumps(old | variables))

    def apply(self, *options: str) -> dict[str, Any]:
        """Apply it; gives its outputs."""
        self.run("apply", "-auto-approve", *options)
        outputs = json.loads(self.mirror.run(self.folder, "output", "-json"))
        return {name: output["value"] for name, output in outputs.items()}

    def changes(self, *options: str) -> dict[str, list[str]]:
        """What an apply would do, by address of the resource."""
        self.run("plan", "-out=plan", *options)
        plan = json.loads(self.mirror.run(self.folder, "show", "-json", "plan"))
        found = {of["address"]: of["change"]["actions"] for of in plan["resource_changes"]}
        return {name: did for name, did in found.items() if did not in (["no-op"], ["read"])}

    def destroy(self) -> None:
        """Destroy it."""
        self.run("destroy", "-auto-approve")

    def run(self, command: str, *options: str, expect: int | None = 0) -> str:
        """A command of Terraform that asks nothing; see :meth:`Mirror.run`."""
        always = ("-input=false", "-no-color", "-parallelism=30")
        return self.mirror.run(self.folder, command, *always, *options, expect=expect)


def make_applicable(folder: Path, aws: Aws) -> None:
    """Change a copy so that provider 3.39 applies it to a simulated AWS.

    Args:
        folder: A part in a copy as :func:`infra.tests.terraform.copy_of` makes it.
        aws: The simulated AWS.

    Raises:
        AssertionError: What 3.39 lacks does not stand where it is left out.
    """
    (root,) = (parent for parent in folder.parents if parent.name == "terraform")
    shutil.copytree(_OVERLAY, root, dirs_exist_ok=True)
    for name, arguments in _LACKING.items():
        for argument in arguments:
            _leave_out(root / name, argument)
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


def _leave_out(path: Path, argument: str) -> None:
    # terraform fmt ends a block where it began.
    lacking = rf"(?ms)^( +){argument} *(=[^\n]*\n|\{{\n.*?^\1\}}\n)"
    text, count = re.subn(lacking, "", path.read_text("utf-8"))
    assert count, f"{path}: there is no {argument} to leave out"
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
