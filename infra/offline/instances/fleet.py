"""Stands in for EC2's machines: runs a container for every instance of a simulated EC2.

A container has the private address of its instance, boots systemd and runs the user data that EC2
holds for the instance. It is removed when the instance is terminated. One port of this machine
stands in for the load balancer and forwards to an instance whose /ready succeeds. On SIGTERM the
program removes all containers and ends.
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

from infra.offline.aws.client import Aws
from infra.offline.instances import machine

SERVER_PORT: Final = 8000
_UNAVAILABLE: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


def running(ec2: Any) -> dict[str, str]:
    """Return the private addresses of the running instances by instance id."""
    answer = ec2.describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )
    return {
        found["InstanceId"]: found["PrivateIpAddress"]
        for reservation in answer["Reservations"]
        for found in reservation["Instances"]
    }


def boot(instance: str, address: str, ec2: Any, flags: argparse.Namespace) -> None:
    """Start the container of an instance, which then runs its user data."""
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
    """Remove the container of an instance and keep only the log of its user data."""
    log = f"{instance}:/var/log/vocalbaby-install.log"
    for command in (
        ["docker", "cp", log, str(folder / instance / "install.log")],
        ["docker", "rm", "--force", "--volumes", instance],
    ):
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def is_ready(address: str) -> bool:
    """Return whether the service on an instance reports that it is ready."""
    url = f"http://{address}:{SERVER_PORT}/ready"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class Fleet:
    """The instances that have containers; requests go to the newest one that is ready."""

    def __init__(self, flags: argparse.Namespace) -> None:
        self._flags = flags
        self._ec2 = Aws(flags.endpoint).client("ec2")
        self._addresses: dict[str, str] = {}
        self._ready: list[str] = []

    def synchronize(self) -> None:
        """Remove and start containers to match the instances, and check which are ready."""
        wanted = running(self._ec2)
        gone = self._addresses.keys() - wanted.keys()
        for instance in gone:
            del self._addresses[instance]
        # Readiness is checked before containers are removed, because removal takes time.
        self._ready = [ip for ip in reversed(self._addresses.values()) if is_ready(ip)]
        for instance in gone:
            remove(instance, self._flags.folder)
            _log(f"{instance} is terminated")
        for instance in wanted.keys() - self._addresses.keys():
            boot(instance, wanted[instance], self._ec2, self._flags)
            self._addresses[instance] = wanted[instance]
            _log(f"{instance} boots at {wanted[instance]}")

    def clear(self) -> None:
        """Remove all containers."""
        for instance in self._addresses:
            remove(instance, self._flags.folder)

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward a connection to a ready instance, or answer 503 if there is none."""
        with contextlib.suppress(OSError):
            if self._ready:
                response, request = await asyncio.open_connection(self._ready[0], SERVER_PORT)
                await asyncio.gather(_copy(reader, request), _copy(response, writer))
            else:
                await reader.read(65536)
                writer.write(_UNAVAILABLE)
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


def _log(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


async def serve(flags: argparse.Namespace) -> None:
    """Keep the containers in step with the simulated EC2 until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    fleet = Fleet(flags)
    server = await asyncio.start_server(fleet.forward, "127.0.0.1", flags.port)
    try:
        while not ended.is_set():
            await asyncio.to_thread(fleet.synchronize)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.3)
    finally:
        server.close()
        fleet.clear()


def _flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--endpoint", required=True, help="address of the simulated AWS, as seen from this machine")
    add("--inside", required=True, help="address of the simulated AWS, as seen from a container")
    add("--image", required=True, help="image of the containers")
    add("--network", required=True, help="Docker network that stands for the VPC")
    add("--folder", required=True, type=Path, help="folder for user data and installation logs")
    add("--aws-cli", required=True, type=Path, help="virtual environment that contains the AWS CLI")
    add("--port", required=True, type=int, help="port that stands in for the load balancer")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(_flags()))
