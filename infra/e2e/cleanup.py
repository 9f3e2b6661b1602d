"""Ends everything that a run of the deployment test has started, and reports what remains."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from infra.e2e.session import Session
from infra.e2e.shell import terminate

__all__ = ["BRIDGE", "clean_up", "leftovers", "network_exists", "show_logs"]

#: The network interface of the containers' network.
BRIDGE: Final = "vocalbaby0"
_LOG_LINES: Final = 20

_SHOW_INSTANCES: Final = """
for instance in $(docker ps --quiet); do
  docker exec "$instance" tail -n 20 /var/log/vocalbaby-install.log
  docker exec "$instance" systemctl --failed --no-pager --no-legend
  docker exec "$instance" journalctl --no-pager --lines 20 --unit vocalbaby-server --unit docker
done >&2
"""
_REMOVE_CONTAINERS: Final = """
docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
docker network rm vpc >/dev/null 2>&1 || true
"""


def network_exists(interfaces: str) -> bool:
    """Return whether the network of a deployment test is among the interfaces.

    Args:
        interfaces: The content of ``/proc/net/dev``.
    """
    return f"{BRIDGE}:" in interfaces


def show_logs(session: Session) -> None:
    """Print the end of every log, and the logs of the instances, to standard error."""
    for path in sorted(session.work.glob("*.log")):
        lines = path.read_text("utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        print(f"==> {path.name}", *lines, sep="\n", file=sys.stderr)
    if "DOCKER_HOST" in session.shell.environ:
        _attempt(session, _SHOW_INSTANCES)


def clean_up(session: Session) -> list[str]:
    """End all programs and containers, stop the Docker engine and delete the folder of the run.

    Returns:
        A description of everything that remains.
    """
    processes = [session.processes.pop(name) for name in reversed(list(session.processes))]
    for process in processes:
        terminate(process)
    if "DOCKER_HOST" in session.shell.environ:
        _attempt(session, _REMOVE_CONTAINERS)
    stopped = _attempt(session, 'cd "$root"; infra/offline/docker/engine.sh stop "$work/engine"')
    shutil.rmtree(session.work, ignore_errors=True)
    engine = [] if stopped else ["a Docker engine that does not stop"]
    return engine + leftovers(session.work, [process.pid for process in processes])


def _attempt(session: Session, commands: str) -> bool:
    return session.shell.start(commands).wait() == 0


def leftovers(work: Path, pids: Iterable[int] = ()) -> list[str]:
    """Return a description of everything of a run that still exists.

    Args:
        work: The folder of the run.
        pids: The ids of programs that must have ended.
    """
    found = [f"process {pid}" for pid in pids if _is_running(pid)]
    mentions = subprocess.run(
        ["pgrep", "--full", "--list-full", str(work)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    found += mentions.stdout.splitlines()
    mounts = Path("/proc/mounts").read_text("utf-8").splitlines()
    found += [mount for mount in mounts if str(work) in mount]
    found += _networks_and_groups()
    if work.exists():
        found.append(f"folder {work}")
    return found


def _networks_and_groups() -> list[str]:
    """Return what belongs to any run on this machine, because its name is not unique."""
    networks = network_exists(Path("/proc/net/dev").read_text("utf-8"))
    groups = [folder for folder, _, _ in os.walk("/sys/fs/cgroup") if "/vocalbaby-" in folder]
    return [f"network {BRIDGE}"] * networks + groups


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
