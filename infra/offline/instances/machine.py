"""Starts a container that boots like a machine, with systemd as its first process.

``python -m infra.offline.instances.machine NAME IMAGE [DOCKER-OPTION...]`` starts one.
"""

import subprocess
import sys
from collections.abc import Sequence


def boot(name: str, image: str, options: Sequence[str]) -> None:
    """Start a container as a machine.

    Args:
        name: The name of the container, which is also its host name.
        image: The image to start.
        options: Further options of ``docker run``.
    """
    command = ["docker", "run", "--detach", f"--name={name}", f"--hostname={name}"]
    # systemd and the inner Docker engine need these. A virtual machine often cannot grant
    # SYS_RESOURCE, which neither of them requires.
    command += ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE"]
    command += ["--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined"]
    # systemd separates its services by control groups.
    command += ["--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup"]
    command += ["--tmpfs=/run:exec", "--tmpfs=/tmp:exec", "--volume=/var/lib/docker"]
    subprocess.run([*command, *options, image], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    boot(sys.argv[1], sys.argv[2], sys.argv[3:])
