"""Runs the deployment end-to-end test; see scripts/test_deployment.sh."""

import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from infra.e2e.cleanup import BRIDGE, clean_up, network_exists, show_logs
from infra.e2e.progress import Progress
from infra.e2e.session import DeploymentTestError, Session
from infra.e2e.shell import CommandError
from infra.e2e.steps import STEPS

_PROGRAMS: Final = ("docker", "dockerd", "docker-registry", "mmdebstrap", "curl", "python3.11")
_INTERRUPTED: Final = 130


def unmet_requirement(user_id: int, path: str, interfaces: str) -> str | None:
    """Return why the test cannot run on this machine, or None if it can.

    Args:
        user_id: The effective user id of this process.
        path: Where programs are looked up.
        interfaces: The content of ``/proc/net/dev``.
    """
    if user_id != 0:
        return "needs root: instances run systemd and a Docker engine of their own"
    for program in _PROGRAMS:
        if shutil.which(program, path=path) is None:
            return f"there is no {program}: run scripts/ci_setup.sh"
    if network_exists(interfaces):
        return f"another deployment test is running: there is a network {BRIDGE}"
    return None


def run_steps(session: Session) -> int:
    """Run all steps, clean up, and return the exit code."""
    progress = session.progress
    code = 1
    try:
        for step in STEPS:
            progress.step(step.title)
            step.run(session)
        progress.report("the deployment test passed")
        code = 0
    except (CommandError, DeploymentTestError) as error:
        progress.failure(str(error))
    except KeyboardInterrupt:
        code = _INTERRUPTED
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if code:
            show_logs(session)
        if left := clean_up(session):
            progress.failure("left behind:\n" + "\n".join(left))
            code = code or 1
        else:
            progress.report(
                "nothing is left of it: no process, mount, network, control group or folder"
            )
    return code


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the commands: none that point to the machine's Docker engine."""
    docker = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT")
    return {name: value for name, value in environ.items() if name not in docker}


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the test on this machine."""
    progress = Progress()
    interfaces = Path("/proc/net/dev").read_text("utf-8")
    if reason := unmet_requirement(os.geteuid(), os.environ.get("PATH", ""), interfaces):
        progress.failure(reason)
        return 1
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    session = Session(Path(mkdtemp()), environment(os.environ), progress)
    return run_steps(session)


if __name__ == "__main__":
    sys.exit(main())
