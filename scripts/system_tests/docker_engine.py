"""A Docker engine of its own for a system test; see infra/offline/docker/engine.sh."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scripts.deploy.programs import ROOT, output_of

__all__ = ["BASE_IMAGE", "BASE_PACKAGES", "docker", "docker_engine", "make_base_image"]

BASE_IMAGE: Final = "python:3.11-slim-bookworm"
#: Debian packages of the stand-in for the base image.
BASE_PACKAGES: Final = ("python3", "python3-venv", "python3-yaml", "busybox")
_SCRIPT: Final = ROOT / "infra/offline/docker/engine.sh"


@contextmanager
def docker_engine(folder: Path) -> Iterator[None]:
    """Run an engine, and point this process and its children at it.

    The engine of the machine is never used, whatever the environment says. When this process is
    terminated, the engine is stopped first.

    Args:
        folder: Everything of the engine; removed at the end.

    Raises:
        ProgramError: The engine did not start or stop.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT"):
        os.environ.pop(name, None)
    try:
        exports = shlex.split(output_of(_SCRIPT, "start", folder))[1:]
        for name, _, value in (setting.partition("=") for setting in exports):
            os.environ[name] = value
        yield
    finally:
        subprocess.run([str(_SCRIPT), "stop", str(folder)], check=True)
        for name in ("DOCKER_HOST", "DOCKER_CONFIG"):
            os.environ.pop(name, None)


def docker(*arguments: str | Path) -> str:
    """Run a command of docker and return its output.

    Raises:
        ProgramError: It failed.
    """
    return output_of("docker", *arguments).strip()


def make_base_image() -> None:
    """Make the base image of Debian packages, where no registry can be reached."""
    output_of(ROOT / "infra/offline/docker/debian_image.sh", BASE_IMAGE, *BASE_PACKAGES)
