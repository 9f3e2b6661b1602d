"""A place to release from: a copy of the scripts, a simulated AWS, stand-ins for programs."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from infra.offline.aws import server as simulated_aws
from tests.delivery.commands import ENVIRONMENT, run, stand_in

__all__ = ["BUCKET", "VERSION", "Workplace", "commit", "git", "make_workplace", "simulated_account"]

BUCKET = "s3://artifacts/vocalbaby"
#: Of the distributions and images.
(VERSION,) = re.findall(r'VERSION = "(.+)"', Path("build-support/macros.py").read_text())
PANTS = """\
for target in "${@:2}"; do
  name="${target##*:}"
  mkdir -p "dist/apps.$name"
  [[ ! -f "$PACKED/$name" ]] || cp "$PACKED/$name" "dist/apps.$name/$name.pex"
done
"""


class Workplace(NamedTuple):
    """A copy of the repository's scripts on a simulated AWS, with stand-ins for programs.

    Attributes:
        root: The copy of the repository.
        programs: First folder on PATH; :func:`~tests.delivery.commands.stand_in` fills it.
        packed: Folder with the PEX that the stand-in for Pants packages, if there is one.
        env: Environment variables of the scripts.
    """

    root: Path
    programs: Path
    packed: Path
    env: dict[str, str]

    @property
    def version(self) -> str:
        """The version that is released."""
        return self.env["VOCALBABY_RELEASE"]

    def run(self, script: str, *arguments: str | Path, expect: int = 0) -> Any:
        """Run a script of the copy; see :func:`tests.delivery.commands.run`."""
        return run(script, *arguments, env=self.env, root=self.root, expect=expect)

    def read(self, uri: str) -> bytes:
        """The object at a URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        found = s3(self.env["AWS_ENDPOINT_URL"]).get_object(Bucket=bucket, Key=key)
        body: bytes = found["Body"].read()
        return body


def s3(endpoint: str) -> Any:
    """A client of the simulated S3."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
    )


@contextmanager
def simulated_account() -> Iterator[dict[str, str]]:
    """A simulated AWS with the bucket `artifacts`; yields the variables that lead to it."""
    server = simulated_aws.serve()
    env = {
        "AWS_ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port()),
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "NO_PROXY": "127.0.0.1",
    }
    s3(env["AWS_ENDPOINT_URL"]).create_bucket(Bucket="artifacts")
    yield env
    server.stop()


def make_workplace(account: dict[str, str], folder: Path, version: str) -> Workplace:
    """A workplace for the release of a version.

    Args:
        account: Variables that lead to the simulated AWS.
        folder: An empty folder.
        version: Name of the version.
    """
    root, programs, packed = (folder / name for name in ("root", "programs", "packed"))
    for copied in ("scripts", "build-support", "3rdparty/python", "dashboards/generated"):
        shutil.copytree(copied, root / copied)
    for file in ("infra/monitoring/prometheus_ec2.yml", "configs/drift.yaml"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file)
    for name in ("server", "drift"):
        (root / "apps" / name / "image").mkdir(parents=True)
    for name in ("server", "drift"):
        (root / f"apps/{name}/image/Dockerfile").touch()
    packed.mkdir()
    stand_in(root, "pants", PANTS)
    programs.mkdir()
    env = {
        **account,
        "PATH": f"{programs}:{ENVIRONMENT['PATH']}",
        "PACKED": str(packed),
        "VOCALBABY_RELEASE": version,
    }
    return Workplace(root, programs, packed, env)


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder."""
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(workplace: Workplace) -> str:
    """Make the copy a repository of one commit, and return its short hash."""
    del workplace.env["VOCALBABY_RELEASE"]
    git(workplace.root, "init", "--initial-branch=main")
    git(workplace.root, "add", ".")
    git(workplace.root, "commit", "-m", "all")
    return subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=workplace.root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
