"""What the steps of the deployment test work with: a shell, programs in the background, checks."""

import copy
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import Popen
from typing import Final

from infra.e2e.progress import Progress
from infra.e2e.shell import CommandError, Shell, terminate

__all__ = ["DeploymentTestError", "Session"]

_EXPECT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.5

#: Functions that the commands of all steps can call.
_FUNCTIONS: Final = """
aws() { "$aws_cli/bin/aws" "$@"; }
get() { curl --silent --show-error --fail --noproxy '*' --max-time 10 "$@"; }
served() { get "$VOCALBABY_URL/model" --header "Authorization: Bearer $(<"$key_file")"; }
on_instance() { docker exec "$(docker ps --quiet --latest)" "$@"; }
metrics_url() { on_instance hostname --ip-address | sed 's,.*,http://&:9464/metrics,'; }
unit_command() { on_instance systemctl show vocalbaby-server --property ExecStart; }
"""


class DeploymentTestError(Exception):
    """A step did not lead to the expected result."""


class Session:
    """The state of one run of the deployment test."""

    def __init__(
        self, work: Path, environ: Mapping[str, str], progress: Progress | None = None
    ) -> None:
        """Create a session.

        Args:
            work: An empty folder for everything that the run writes.
            environ: The exported variables of the commands.
            progress: Where steps and results are printed.
        """
        self.work = work
        self.progress = progress or Progress()
        state = work / "shell"
        state.mkdir()
        self.shell = Shell(state, environ, _FUNCTIONS)
        self.shell.set(work=work, root=Path.cwd())
        self.processes: dict[str, Popen[bytes]] = {}

    def run(self, commands: str, *, exit_code: int = 0) -> None:
        """Run commands and keep their variables; see :meth:`Shell.run`."""
        self.shell.run(commands, exit_code=exit_code)

    def start(self, name: str, commands: str) -> None:
        """Start commands in the background, with their output in ``<work>/<name>.log``."""
        with (self.work / f"{name}.log").open("wb") as log:
            self.processes[name] = self.shell.start(commands, log)

    def wait(self, name: str) -> None:
        """Wait until a program of the background has ended.

        Raises:
            DeploymentTestError: Its exit code is not 0.
        """
        if code := self.processes.pop(name).wait():
            raise DeploymentTestError(f"{name} failed with exit code {code}:\n{self.log(name)}")

    def stop(self, name: str) -> None:
        """Terminate a program of the background.

        Raises:
            DeploymentTestError: Its exit code is not 0.
        """
        if code := terminate(self.processes.pop(name)):
            raise DeploymentTestError(f"{name} failed with exit code {code}:\n{self.log(name)}")

    def log(self, name: str) -> str:
        """Return the output of a program of the background so far."""
        return (self.work / f"{name}.log").read_text("utf-8").strip()

    def expect(self, what: str, pattern: str, commands: str) -> None:
        """Repeat commands until they succeed and a line of their output matches.

        In ``what`` and ``pattern``, ``{name}`` stands for the value of a variable of the shell.

        Args:
            what: The expected state, which is printed once it is reached.
            pattern: A regular expression for a line.
            commands: The commands; their variables are not kept.

        Raises:
            DeploymentTestError: The output does not match within a minute.
        """
        pattern = self._fill(pattern, quote=re.escape)
        until = time.monotonic() + _EXPECT_SECONDS
        while True:
            code, output = self._output(commands)
            if code == 0 and any(re.search(pattern, line) for line in output.split("\n")):
                return self.report(what)
            if time.monotonic() > until:
                raise DeploymentTestError(
                    f"{what}: expected {pattern} in the output of {commands}: {output}"
                )
            time.sleep(_POLL_SECONDS)

    def check(self, failure: str, commands: str) -> None:
        """Run commands, and end the test with the message ``failure`` if they fail.

        Raises:
            DeploymentTestError: The commands fail.
        """
        try:
            self.run(commands)
        except CommandError as error:
            raise DeploymentTestError(f"{self._fill(failure)} ({error})") from error

    def report(self, result: str) -> None:
        """Print a result; ``{name}`` stands for the value of a variable of the shell."""
        self.progress.report(self._fill(result))

    def copy(self) -> "Session":
        """Return a session with a shell of its own, as a second terminal would be."""
        other = copy.copy(self)
        other.shell = self.shell.copy()
        return other

    def _fill(self, text: str, quote: Callable[[str], str] = str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: quote(self.shell[found[1]]), text)

    def _output(self, commands: str) -> tuple[int, str]:
        path = self.work / "expect.log"
        with path.open("wb") as log:
            process = self.shell.start(commands, log)
            try:
                code = process.wait()
            except BaseException:
                terminate(process)
                raise
        return code, path.read_text("utf-8").rstrip("\n")
