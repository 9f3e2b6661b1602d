"""Runs the user data of a monitoring instance, with a real Prometheus and Alertmanager.

Needs root, or sudo without a password. AWS is simulated. Grafana and the drift job's PEX are
stand-ins: the tests only check how they are started.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from infra.offline.aws.client import REGION, Aws, simulated_aws
from infra.offline.terraform.applied import Applied, make_applicable
from infra.offline.terraform.mirror import INFRA, Mirror, copy_of

NAME: Final = "vocalbaby-test"
BUCKET: Final = f"{NAME}-artifacts"
_SECRETS: Final = {
    "alertmanager.yml": (INFRA / "monitoring/alertmanager.yml").read_text("utf-8"),
    "grafana-password": "correct horse",
}
#: The two commands of the AWS CLI that the installation calls.
_AWS_CLI: Final = """
import sys, boto3
words = [word for word in sys.argv[1:]]
client = lambda service: boto3.client(service, endpoint_url="{endpoint}", region_name="{region}",
    aws_access_key_id="simulated", aws_secret_access_key="simulated")
if words[:2] == ["s3", "cp"]:
    bucket, key = words[-2].removeprefix("s3://").split("/", 1)
    client("s3").download_file(bucket, key, words[-1])
else:
    assert words[:2] == ["ssm", "get-parameter"] and "--with-decryption" in words, words
    name = words[words.index("--name") + 1]
    print(client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
"""


class MonitoringInstance(NamedTuple):
    """An installed instance whose programs run."""

    folder: Path
    prometheus: str
    alertmanager: str
    servers: Mapping[str, str]

    def query(self, path: str) -> Any:
        """Query the API of Prometheus."""
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/{path}", timeout=5) as answer:
            return json.load(answer)["data"]

    def file(self, name: str) -> str:
        """Return the content of a file that the installation wrote."""
        return (self.folder / name).read_text("utf-8")


def _free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _archive(path: Path, members: Mapping[str, str]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=0) as archive:
        for inside, source in members.items():
            archive.add(Path(source).resolve(), f"release/{inside}")
    return path


def _publish(aws: Aws, path: Path) -> dict[str, str]:
    aws.client("s3").upload_file(str(path), BUCKET, f"releases/{path.name}")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"uri": f"s3://{BUCKET}/releases/{path.name}", "sha256": sha256}


def _releases(aws: Aws, folder: Path) -> dict[str, Any]:
    place = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    for name, value in _SECRETS.items():
        parameter = f"/{NAME}/monitoring/{name}"
        aws.client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString")
    configuration = folder / "monitoring.tar.gz"
    pack = INFRA.parent / "scripts/pack_monitoring.sh"
    subprocess.run([pack, configuration], check=True)
    (folder / "grafana").write_text("#!/bin/sh\n")
    (folder / "grafana").chmod(0o755)
    (folder / "drift.pex").write_text(
        "import os, sys\nprint(sys.argv[1:], os.environ['VOCALBABY_DRIFT__LOG'])\n"
    )
    programs = {
        "prometheus": {"prometheus": "/usr/bin/prometheus", "promtool": "/usr/bin/promtool"},
        "alertmanager": {
            "alertmanager": "/usr/bin/prometheus-alertmanager",
            "amtool": "/usr/bin/amtool",
        },
        "grafana": {"bin/grafana": str(folder / "grafana")},
    }
    return {
        "configuration": _publish(aws, configuration),
        "drift": _publish(aws, folder / "drift.pex"),
        "programs": {
            name: _publish(aws, _archive(folder / f"{name}.tar.gz", members))
            for name, members in programs.items()
        },
    }


def _user_data(aws: Aws, folder: Path, mirror: Mirror, releases: Mapping[str, Any]) -> str:
    part = copy_of("modules/monitoring", folder)
    make_applicable(part, aws)
    applied = Applied(part, mirror, aws)
    mirror.init(part)
    applied.set(
        name=NAME,
        subnet_id="subnet-0123456789abcdef0",
        security_group_id="sg-0123456789abcdef0",
        instance_profile="monitoring",
        image_id="ami-12c6146b",
        server_tag=f"{NAME}-server",
        parameter_prefix=f"/{NAME}",
        models_bucket="models",
        logs_bucket="logs",
        artifacts_bucket=BUCKET,
        data_device="",
        **releases,
    )
    # The user data do not depend on any other resource.
    applied.run("apply", "-auto-approve", "-target=terraform_data.installation")
    return str(json.loads(mirror.run(part, "output", "-json", "user_data")))


def _servers(aws: Aws) -> dict[str, str]:
    """Start a server and another instance; return the server's scrape address by instance id."""
    ec2 = aws.client("ec2")
    for name in (f"{NAME}-server", "other"):
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=tags)
    wanted = [{"Name": "tag:Name", "Values": [f"{NAME}-server"]}]
    found = ec2.describe_instances(Filters=wanted)["Reservations"][0]["Instances"]
    return {item["InstanceId"]: f"{item['PrivateIpAddress']}:9464" for item in found}


def _commands(folder: Path, aws: Aws) -> Path:
    """Create stand-ins for commands of an instance that must not run on this machine."""
    folder.mkdir()
    code = folder / "aws_cli.py"
    code.write_text(_AWS_CLI.format(endpoint=aws.endpoint, region=REGION))
    for name, text in {
        "aws": f'exec "{sys.executable}" "{code}" "$@"',
        "systemctl": f'echo "$@" >>"{folder.parent}/systemctl.log"',
        "dnf": "exit 1",
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def instance(
    applying: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MonitoringInstance]:
    folder = tmp_path_factory.mktemp("monitoring")
    folder.chmod(0o755)
    ports = _free_port(), _free_port()
    with simulated_aws() as aws:
        servers = _servers(aws)
        releases = _releases(aws, folder)
        (folder / "user-data").write_text(_user_data(aws, folder / "copy", applying, releases))
        environ = {
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "PATH": f"{_commands(folder / 'bin', aws)}:{os.environ['PATH']}",
        }
        script = Path(__file__).with_name("run_user_data.sh")
        sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        running = subprocess.Popen(
            [
                *(*sudo, "env", *(f"{name}={value}" for name, value in environ.items())),
                *("unshare", "--mount", "bash", script, folder / "user-data", folder),
                *map(str, ports),
            ]
        )
        try:
            while not (folder / "started").exists() and running.poll() is None:
                time.sleep(0.2)
            install = folder / "install.log"
            assert running.poll() is None, install.read_text() if install.exists() else ""
            prometheus, alertmanager = (f"http://127.0.0.1:{port}" for port in ports)
            yield MonitoringInstance(folder, prometheus, alertmanager, servers)
        finally:
            (folder / "stop").touch()
            running.wait(timeout=30)
            assert [port for port in ports if _answers(port)] == []


def _wait_for(instance: MonitoringInstance, path: str, key: str) -> Any:
    """Query Prometheus until the value of a key is not empty."""
    until = time.monotonic() + 30
    while True:
        try:
            if found := instance.query(path)[key]:
                return found
        except OSError:
            pass
        assert time.monotonic() < until, instance.file("prometheus.log")
        time.sleep(0.3)


def test_prometheus_discovers_only_tagged_servers(instance: MonitoringInstance) -> None:
    found: dict[str, Any] = {}
    until = time.monotonic() + 30
    while not found and time.monotonic() < until:
        targets = _wait_for(instance, "targets?state=active", "activeTargets")
        found = {
            item["labels"]["instance"]: item
            for item in targets
            if item["labels"]["job"] == "vocalbaby"
        }
    scraped = {
        name: item["scrapeUrl"].removeprefix("http://").removesuffix("/metrics")
        for name, item in found.items()
    }
    assert scraped == instance.servers
    assert {item["labels"]["zone"] for item in found.values()} <= {
        f"{REGION}{zone}" for zone in "abc"
    }


def test_prometheus_loads_the_rules_of_this_repository(instance: MonitoringInstance) -> None:
    groups = _wait_for(instance, "rules", "groups")
    names = {rule["name"] for group in groups for rule in group["rules"]}
    assert {"VocalBabyDown", "VocalBabyDriftJobStale"} <= names


def test_alertmanager_is_ready(instance: MonitoringInstance) -> None:
    _wait_for(instance, "rules", "groups")
    with urllib.request.urlopen(f"{instance.alertmanager}/-/ready", timeout=5) as answer:
        assert answer.status == 200


def test_systemd_verifies_the_units_without_findings(instance: MonitoringInstance) -> None:
    assert instance.file("verify.log") == ""
    enabled = "enable prometheus alertmanager grafana vocalbaby-drift.timer\n"
    assert instance.file("systemctl.log").count(enabled) == 2


@pytest.mark.parametrize("unit", ["prometheus", "alertmanager"])
def test_programs_listen_on_loopback_only(instance: MonitoringInstance, unit: str) -> None:
    (listen,) = (
        word
        for word in instance.file(f"{unit}.service").split()
        if word.startswith("--web.listen-address=")
    )
    assert listen.startswith("--web.listen-address=127.0.0.1:")
    assert "GF_SERVER_HTTP_ADDR=127.0.0.1" in instance.file("grafana.service")


def test_the_drift_job_runs_with_its_settings(instance: MonitoringInstance) -> None:
    output = "['run', '--config', '/etc/vocalbaby/drift/drift.yaml'] s3://logs/predictions\n"
    assert instance.file("vocalbaby-drift.log") == output


def test_an_archive_with_a_wrong_checksum_is_rejected(instance: MonitoringInstance) -> None:
    assert "monitoring.tar.gz has the wrong checksum" in instance.file("rejected.log")
    assert "vocalbaby-install: started" not in instance.file("rejected.log")
    assert "vocalbaby-install: started" in instance.file("again.log")


def test_only_its_service_can_read_a_secret(instance: MonitoringInstance) -> None:
    assert "Permission denied" in instance.file("unauthorized")
    for log in instance.folder.glob("*.log"):
        assert "correct horse" not in log.read_text("utf-8")


def test_the_installation_leaves_this_machine_unchanged(instance: MonitoringInstance) -> None:
    assert not Path("/opt/vocalbaby/prometheus").exists()
    assert not Path("/etc/systemd/system/vocalbaby-drift.timer").exists()
