"""Stands in for EC2's machines: boots a container for every instance that a simulated EC2 runs.

The container has the instance's private address, boots systemd, and runs the user data that
EC2 holds for the instance. A terminated instance loses its container. One port of this
machine stands in for the load balancer and leads to an instance that answers /ready.
SIGTERM removes all containers and ends it.
"""

import argparse
import asyncio
import base64
import contextlib
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

from infra.rehearsal import machine
from infra.tests.simulation import Aws

SERVER_PORT: Final = 8000
_NOBODY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


def running(ec2: Any) -> dict[str, str]:
    """Private addresses of the running instances, by id."""
    answer = ec2.describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )
    return {
        found["InstanceId"]: found["PrivateIpAddress"]
        for reservation in answer["Reservations"]
        for found in reservation["Instances"]
    }


def boot(instance: str, address: str, ec2: Any, flags: argparse.Namespace) -> None:
    """Start an instance's container; its user data then run in it."""
    folder: Path = flags.folder / instance
    folder.mkdir()
    held = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    (folder / "user-data").write_bytes(base64.b64decode(held["UserData"]["Value"]))
    (folder / "local.env").write_text(
        f"AWS_ENDPOINT_URL={flags.inside}\nAWS_ACCESS_KEY_ID=simulated\n"
        "AWS_SECRET_ACCESS_KEY=simulated\nAWS_EC2_METADATA_DISABLED=true\n"
    )
    mounts = {
        folder / "user-data": "/var/lib/cloud/instance/user-data.txt:ro",
        folder / "local.env": "/etc/vocalbaby/local.env:ro",
        flags.aws_cli: "/opt/aws:ro",
    }
    options = [f"--volume={host}:{inside}" for host, inside in mounts.items()]
    machine.boot(instance, flags.image, [f"--network={flags.network}", f"--ip={address}", *options])


def remove(instance: str, folder: Path) -> None:
    """Take an instance's container away with all that it holds but the log of its user data."""
    log = f"{instance}:/var/log/vocalbaby-install.log"
    for command in (
        ["docker", "cp", log, str(folder / instance / "install.log")],
        ["docker", "rm", "--force", "--volumes", instance],
    ):
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def is_ready(address: str) -> bool:
    """Whether the service on an instance says that it is ready."""
    url = f"http://{address}:{SERVER_PORT}/ready"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class Fleet:
    """The instances with containers; those that are ready get requests, the newest first."""

    def __init__(self, flags: argparse.Namespace) -> None:
        self._flags = flags
        self._ec2 = Aws(flags.endpoint).client("ec2")
        self._addresses: dict[str, str] = {}
        self._ready: list[str] = []

    def look(self) -> None:
        """Do what changed: remove, boot, ask who is ready."""
        wanted = running(self._ec2)
        gone = self._addresses.keys() - wanted.keys()
        for instance in gone:
            del self._addresses[instance]
        # Before anything is removed, which takes its time.
        self._ready = [ip for ip in reversed(self._addresses.values()) if is_ready(ip)]
        for instance in gone:
            remove(instance, self._flags.folder)
            _say(f"{instance} is terminated")
        for instance in wanted.keys() - self._addresses.keys():
            boot(instance, wanted[instance], self._ec2, self._flags)
            self._addresses[instance] = wanted[instance]
            _say(f"{instance} boots at {wanted[instance]}")

    def clear(self) -> None:
        """Remove everything."""
        for instance in self._addresses:
            remove(instance, self._flags.folder)

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to the load balancer's port; 503 when nobody is ready."""
        with contextlib.suppress(OSError):
            if self._ready:
                there, back = await asyncio.open_connection(self._ready[0], SERVER_PORT)
                await asyncio.gather(_copy(reader, back), _copy(there, writer))
            else:
                await reader.read(65536)
                writer.write(_NOBODY)
                await writer.drain()
        writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


async def serve(flags: argparse.Namespace) -> None:
    """Follow the simulated EC2 until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    fleet = Fleet(flags)
    server = await asyncio.start_server(fleet.forward, "127.0.0.1", flags.port)
    try:
        while not ended.is_set():
            await asyncio.to_thread(fleet.look)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.3)
    finally:
        server.close()
        fleet.clear()


def _flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--endpoint", required=True, help="the simulated AWS, from this machine")
    add("--inside", required=True, help="the same from a container")
    add("--image", required=True, help="what an instance boots")
    add("--network", required=True, help="network of the containers: the VPC")
    add("--folder", required=True, type=Path, help="where user data are written")
    add("--aws-cli", required=True, type=Path, help="environment with the AWS CLI")
    add("--port", required=True, type=int, help="port that stands for the load balancer")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(_flags()))
