"""The one error handler of the commands."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from vocalbaby.exception import FileError, VocalBabyError
from vocalbaby.exception.table import outcome

__all__ = ["run"]


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command until the process ends.

    Every error of ours is shown as what was wrong and what to do about it, and ends with
    the exit code of `vocalbaby.exception.table`.

    Args:
        app: The command.
        arguments: What stands behind its name; those of the process when None.
    """
    try:
        app(arguments)
    except VocalBabyError as error:
        sys.exit(_render(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        message = f"{where}{error.strerror or error}."
        sys.exit(_render(FileError(message, hint="Check the path, its rights and the space.")))
    sys.exit()


def _render(error: VocalBabyError) -> int:
    row = outcome(error)
    typer.secho(f"{row.title}: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(error.message, err=True)
    if error.hint:
        typer.echo(error.hint, err=True)
    return row.exit_code
