"""A server in a process of its own, and the fixtures of the service's unit tests.

Run as a script it is that server: ``vocalbaby-serve`` with a predictor that has no model, unless
a variable asks for the model of the flags.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from unittest import mock

import httpx
import pytest

from packages.api.tests.conftest import FakePredictor, _no_settings, drift_result, fake, wav
from vocalbaby import cli

__all__ = ["_no_settings", "drift_result", "fake", "wav"]

#: Makes the server process behave as if the disk were full.
_NO_FILE_GROWS = "TEST_NO_FILE_GROWS"
#: Greatest number of files that the server process may open.
_OPEN_FILES = "TEST_OPEN_FILES"
#: A script that the server process runs for each job.
_JOB_PROCESS = "TEST_JOB_PROCESS"
#: Makes the server process use the model of its flags.
_OWN_MODEL = "TEST_OWN_MODEL"


class Server:
    """A server process and where it listens."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def workers(self) -> set[int]:
        """The running child processes."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue  # it has exited in the meantime
            if int(parent) == self.process.pid and state != "Z":
                found.add(int(stat.parent.name))
        return found

    def resident_bytes(self) -> int:
        """Memory of the process."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running_server(
    *flags: str,
    full_disk: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
    stderr: Path | None = None,
    answers: str = "/ready",
) -> Iterator[Server]:
    """Start a server with flags; with a full disk no file can grow and no log be kept.

    It has further variables of ``environment``, writes its log to ``stderr`` and has started once
    ``answers`` is 200.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    variables = {**os.environ, **path, **environment}
    variables.pop("PYTHONUNBUFFERED", None)  # what cannot be written is kept and tried again
    if full_disk:
        variables |= {"TMPDIR": "/dev/full", _NO_FILE_GROWS: "1"}
        stderr = Path("/dev/full")
    with (stderr or Path(os.devnull)).open("a") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, "--host=127.0.0.1", f"--port={port}", *flags],
            env=variables,
            stderr=log if stderr else subprocess.PIPE,
            text=True,
        )
    server = Server(process, port)
    try:
        _wait_until_ready(server, answers)
        yield server
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[Server]]:
    """Start a server, see `running_server`."""
    return running_server


def _wait_until_ready(server: Server, path: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"{server.url}{path}").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if server.process.poll() is not None:
            break
        time.sleep(0.05)
    server.process.kill()
    raise RuntimeError(f"the server did not start: {server.process.communicate()[1]}")


if __name__ == "__main__":
    from vocalbaby import inference
    from vocalbaby.api.jobs import runner

    if _NO_FILE_GROWS in os.environ:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if _OPEN_FILES in os.environ:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(os.environ[_OPEN_FILES]),) * 2)
    if _JOB_PROCESS in os.environ:
        runner.COMMAND = (sys.executable, os.environ[_JOB_PROCESS])
    if _OWN_MODEL in os.environ:
        cli.serve()
    with mock.patch.object(inference, "load", return_value=FakePredictor()):
        cli.serve()
