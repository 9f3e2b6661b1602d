"""The stand-in for EC2's machines: containers it starts and removes, requests it forwards."""

import argparse
import asyncio
import base64
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.offline.aws.client import Aws, simulated_aws
from infra.offline.instances import fleet

#: A stand-in for `docker` that records its arguments and the mounted user data.
DOCKER = """\
#!{python}
import json, sys
mounts = [word.removeprefix("--volume=").split(":") for word in sys.argv if "user-data.txt" in word]
user_data = [open(host).read() for host, *_ in mounts]
with open({notes!r}, "a") as notes:
    print(json.dumps([sys.argv[1:], user_data]), file=notes)
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with simulated_aws() as made:
        yield made


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """Return the arguments of all calls of ``docker`` so far."""
    program, notes = tmp_path / "bin/docker", tmp_path / "notes"
    program.parent.mkdir()
    program.write_text(DOCKER.format(python=sys.executable, notes=str(notes)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return lambda: [json.loads(line) for line in notes.read_text().splitlines()]


@pytest.fixture
def flags(aws: Aws, tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(
        endpoint=aws.endpoint,
        inside="http://10.40.0.1:1",
        image="machine:1",
        network="vpc",
        folder=tmp_path,
        aws_cli=tmp_path / "aws",
    )


def run_instance(ec2: Any, user_data: str) -> tuple[str, str]:
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData=user_data)
    (instance,) = made["Instances"]
    return instance["InstanceId"], instance["PrivateIpAddress"]


def test_starts_a_container_with_user_data_and_removes_it_after_termination(
    aws: Aws, flags: argparse.Namespace, docker: Callable[[], list[Any]]
) -> None:
    ec2 = aws.client("ec2")
    containers = fleet.Fleet(flags)
    instance, address = run_instance(ec2, "#!/bin/bash\necho one\n")
    containers.synchronize()
    ((arguments, user_data),) = docker()
    assert arguments[0] == "run"
    assert arguments[-1] == "machine:1"
    assert {f"--name={instance}", f"--ip={address}", "--network=vpc"} <= set(arguments)
    assert user_data == ["#!/bin/bash\necho one\n"]
    settings = (flags.folder / instance / "local.env").read_text()
    assert "AWS_ENDPOINT_URL=http://10.40.0.1:1\n" in settings

    containers.synchronize()
    assert len(docker()) == 1  # the container already runs

    ec2.terminate_instances(InstanceIds=[instance])
    other, _ = run_instance(ec2, "echo two")
    containers.synchronize()
    commands = [arguments for arguments, _ in docker()[1:]]
    assert [command[0] for command in commands] == ["cp", "rm", "run"]
    assert commands[1][-1] == instance
    assert f"--name={other}" in commands[2]

    containers.clear()
    assert docker()[-1][0] == ["rm", "--force", "--volumes", other]
    ec2.terminate_instances(InstanceIds=[other])


class Service(http.server.BaseHTTPRequestHandler):
    """A service that reports whether it is ready."""

    ready = False

    def do_GET(self) -> None:
        self.send_response(200 if self.ready else 503)
        self.end_headers()
        self.wfile.write(b"answered")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a service that stands for the one on every instance."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    monkeypatch.setattr(fleet, "SERVER_PORT", server.server_port)
    monkeypatch.setattr(Service, "ready", False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


async def request(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.usefixtures("service", "docker")
def test_forwards_requests_to_ready_instances_only(
    flags: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "running", lambda _: {"i-1": "127.0.0.1"})
    monkeypatch.setattr(fleet, "boot", lambda *_: None)
    containers = fleet.Fleet(flags)

    async def responses() -> list[bytes]:
        server = await asyncio.start_server(containers.forward, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = []
        for ready in (False, True):
            monkeypatch.setattr(Service, "ready", ready)
            await asyncio.to_thread(containers.synchronize)
            found.append(await asyncio.wait_for(request(port), 10))
        server.close()
        return found

    unavailable, forwarded = asyncio.run(responses())
    assert unavailable.startswith(b"HTTP/1.1 503 ")
    assert forwarded.endswith(b"answered")


def test_the_program_removes_all_containers_on_sigterm(
    aws: Aws, flags: argparse.Namespace, docker: Callable[[], list[Any]]
) -> None:
    instance, _ = run_instance(aws.client("ec2"), base64.b64encode(b"echo").decode())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {name.replace("_", "-"): str(value) for name, value in vars(flags).items()}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    program = subprocess.Popen(
        [sys.executable, "-m", "infra.offline.instances.fleet", *words, "--port", str(port)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    deadline = time.monotonic() + 60
    while not (flags.folder / "notes").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    program.terminate()
    assert program.wait(30) == 0
    assert docker()[-1][0] == ["rm", "--force", "--volumes", instance]
