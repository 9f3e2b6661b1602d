"""A container that boots as a machine: systemd is its first process.

``python -m infra.rehearsal.machine NAME IMAGE [DOCKER-OPTION...]`` boots one.
"""

import subprocess
import sys
from collections.abc import Sequence


def boot(name: str, image: str, options: Sequence[str]) -> None:
    """Start a machine.

    Args:
        name: Of the container, and the machine's own.
        image: What it boots.
        options: More options of ``docker run``.
    """
    command = ["docker", "run", "--detach", f"--name={name}", f"--hostname={name}"]
    # All that systemd and Docker inside need. A machine that is virtual itself often cannot
    # give SYS_RESOURCE, which neither misses.
    command += ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE"]
    command += ["--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined"]
    # systemd keeps its services apart by control groups.
    command += ["--cgroupns=host", "--volume=/sys/fs/cgroup:/sys/fs/cgroup"]
    command += ["--tmpfs=/run:exec", "--tmpfs=/tmp:exec", "--volume=/var/lib/docker"]
    subprocess.run([*command, *options, image], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    boot(sys.argv[1], sys.argv[2], sys.argv[3:])
