"""The DVC remote, with which a machine fetches what another has computed, on a simulated S3."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.offline.aws import server as simulated_aws
from tests.delivery.commands import ENVIRONMENT, run

PIPELINE = "scripts/run_pipeline.sh"
STAGES = """\
stages:
  training:
    cmd: mkdir -p artifacts && cp input artifacts/bundle && echo ran >>"$RUNS"
    deps: [input]
    outs: [artifacts/bundle]
"""


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    server = simulated_aws.serve()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    env = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
    session = boto3.Session("simulated", "simulated", region_name="us-east-1")
    session.client("s3", endpoint_url=endpoint).create_bucket(Bucket="pipeline")
    yield env
    server.stop()


def machine(folder: Path) -> Path:
    """A copy of the repository's settings and scripts, with a pipeline of one short stage."""
    shutil.copytree("scripts", folder / "scripts")
    (folder / ".dvc").mkdir()
    shutil.copy(".dvc/config", folder / ".dvc/config")
    (folder / "dvc.yaml").write_text(STAGES)
    (folder / "input").write_text("recordings")
    tools = run("scripts/tool.sh", "dvc", env={}).stdout.strip()
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/dvc").symlink_to(f"{tools}/dvc")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True, env=ENVIRONMENT)
    return folder


def test_a_machine_fetches_what_another_has_computed(aws: dict[str, str], tmp_path: Path) -> None:
    env = {**aws, "RUNS": str(tmp_path / "runs"), "DVC_NO_ANALYTICS": "1"}
    shared = {**env, "VOCALBABY_ARTIFACTS": "s3://pipeline"}
    first, second = machine(tmp_path / "first"), machine(tmp_path / "second")

    run(PIPELINE, env=shared, root=first)
    shutil.copy(first / "dvc.lock", second / "dvc.lock")
    run(PIPELINE, env=shared, root=second)
    assert (second / "artifacts/bundle").read_text() == "recordings"
    assert (tmp_path / "runs").read_text() == "ran\n"
    s3 = boto3.Session("simulated", "simulated", region_name="us-east-1").client(
        "s3", endpoint_url=aws["AWS_ENDPOINT_URL"]
    )
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="pipeline")["Contents"]]
    assert keys
    assert all(key.startswith("dvc/") for key in keys)

    # Without the remote it is computed, and no request goes to S3.
    third = machine(tmp_path / "third")
    run(PIPELINE, env={**env, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, root=third)
    assert (tmp_path / "runs").read_text() == "ran\n" * 2
    # A push without the name of the bucket fails.
    done = subprocess.run(
        [".venv/bin/dvc", "push"],
        cwd=third,
        check=False,
        env={**ENVIRONMENT, **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode
    assert "<account>" in done.stderr
