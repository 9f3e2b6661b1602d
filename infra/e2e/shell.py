"""Runs bash commands that share variables, as the commands of one terminal do."""

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

__all__ = ["CommandError", "Shell", "terminate"]

#: Runs commands and saves the variables at their end. The arguments are the folder for the
#: variables, which are not saved when it is empty, and the commands.
_PROGRAM: Final = r"""
set -euo pipefail
_initial=" $(compgen -v | tr '\n' ' ')"
_state="$1"
_save() {
  local _name IFS=$' \t\n'
  set +eu
  env --null >"$_state/exported"
  for _name in $(compgen -v); do
    [[ $_initial == *" $_name "* || $_name == _* ]] && continue
    [[ "$(declare -p "$_name")" == "declare -- "* ]] && printf '%s=%s\0' "$_name" "${!_name}"
  done >"$_state/variables"
}
[[ -z $_state ]] || trap _save EXIT
eval "$2"
"""


class CommandError(Exception):
    """A command ended with another exit code than expected."""


class Shell:
    """Runs bash commands one after the other, with the variables of the commands before.

    Every call of :meth:`run` starts a new bash with ``set -euo pipefail``. Variables, exported or
    not, and the working directory are kept from one call to the next; functions are not.
    """

    def __init__(self, state: Path, environ: Mapping[str, str], functions: str = "") -> None:
        """Create a shell.

        Args:
            state: An existing folder in which bash saves the variables.
            environ: The exported variables.
            functions: Bash functions that all commands can call.
        """
        self._state = state
        self._functions = functions
        self.environ = {"PWD": str(Path.cwd()), **environ}
        self.variables: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Return the value of a variable."""
        return self.variables[name] if name in self.variables else self.environ[name]

    def set(self, **variables: object) -> None:
        """Set variables that are not exported."""
        self.variables.update({name: str(value) for name, value in variables.items()})

    def export(self, **variables: object) -> None:
        """Set exported variables."""
        self.environ.update({name: str(value) for name, value in variables.items()})

    def copy(self) -> "Shell":
        """Return a shell with the same variables whose changes do not affect this one."""
        other = Shell(self._state, self.environ, self._functions)
        other.variables = dict(self.variables)
        return other

    def run(self, commands: str, *, exit_code: int = 0, output: IO[bytes] | None = None) -> None:
        """Run commands and keep the variables that they set.

        Args:
            commands: The text that bash runs.
            exit_code: The exit code that the commands must end with.
            output: Where standard output and standard error go; by default those of this process.

        Raises:
            CommandError: The commands end with another exit code.
        """
        process = self._bash(str(self._state), commands, output)
        try:
            code = process.wait()
        except BaseException:
            terminate(process)
            raise
        self._load()
        if code != exit_code:
            raise CommandError(f"exit code {code}, expected {exit_code}: {commands.strip()}")

    def start(self, commands: str, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start commands in a process group of their own; their variables are not kept."""
        return self._bash("", commands, output)

    def _bash(self, state: str, commands: str, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
        restored = "".join(f"{n}={shlex.quote(value)}\n" for n, value in self.variables.items())
        return subprocess.Popen(
            ["bash", "-c", _PROGRAM, "bash", state, self._functions + restored + commands],
            cwd=self.environ["PWD"],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )

    def _load(self) -> None:
        self.environ = _pairs(self._state / "exported")
        self.variables = _pairs(self._state / "variables")


def _pairs(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def terminate(process: "subprocess.Popen[bytes]", seconds: float = 60) -> int:
    """Terminate a process, then the rest of its process group, and return its exit code."""
    process.terminate()
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    return code
