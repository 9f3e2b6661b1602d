"""Running other programs, and reporting failures the way a command does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

__all__ = [
    "ROOT",
    "ProgramError",
    "ScriptError",
    "aws",
    "number_setting",
    "output_of",
    "run_script",
]

#: The root of the repository.
ROOT: Final = Path(__file__).resolve().parents[2]


class ScriptError(Exception):
    """A script cannot continue; the message says why.

    Attributes:
        exit_code: Exit code of the script.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ProgramError(ScriptError):
    """A program ended with an exit code other than 0.

    Attributes:
        output: What the program wrote.
    """

    def __init__(self, program: str, code: int, output: str) -> None:
        super().__init__(f"{program} ended with exit code {code}")
        self.output = output


def output_of(*command: str | Path, cwd: Path | None = None, with_errors: bool = False) -> str:
    """Run a program and return its standard output.

    Args:
        command: The program and its arguments.
        cwd: Folder in which to run it; the current one when None.
        with_errors: Whether its standard error is returned too; otherwise it is passed through.

    Raises:
        ProgramError: The exit code is not 0.
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else None,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(Path(command[0]).name, done.returncode, done.stdout)
    return done.stdout


@cache
def _aws_program() -> str:
    return output_of(ROOT / "scripts/tool.sh", "aws").strip() + "/aws"


def aws(*arguments: str) -> Any:  # noqa: ANN401 - any JSON
    """Call the AWS command-line interface of the lock file.

    Returns:
        The parsed JSON response; None when there is none.

    Raises:
        ProgramError: AWS refused the request or did not answer.
    """
    text = output_of(_aws_program(), *arguments, "--output", "json")
    return json.loads(text) if text.strip() else None


def number_setting(name: str, default: float) -> float:
    """Read a number from an environment variable; unset or empty means the default.

    Raises:
        ScriptError: The value is not a number.
    """
    text = os.environ.get(name, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise ScriptError(f"{name} must be a number, not {text!r}", exit_code=2) from None


def run_script(name: str, main: Callable[[list[str]], int]) -> int:
    """Run the main function of a script and report its failure on one line.

    Args:
        name: Name of the script, which starts the line.
        main: Takes the arguments of the command line and returns the exit code.

    Returns:
        The exit code.
    """
    try:
        return main(sys.argv[1:])
    except ScriptError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130
