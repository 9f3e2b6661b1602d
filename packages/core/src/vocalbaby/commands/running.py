"""What all commands share: global options, and the one error handler."""

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from vocalbaby import logging
from vocalbaby.exception import ConfigError, FileError, VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.utils.version import VERSION

__all__ = ["application", "run"]


def application(name: str, purpose: str, epilog: str) -> typer.Typer:
    """A command without subcommands yet, with the options that every command has."""
    app = typer.Typer(
        name=name,
        help=purpose,
        epilog=epilog,
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def show_version(*, asked: bool) -> None:
        if asked:
            typer.echo(f"{name} {VERSION}")
            raise typer.Exit

    @app.callback()
    def setup(
        *,
        log_level: Annotated[
            str, typer.Option(envvar="VOCALBABY_LOG_LEVEL", help="DEBUG, INFO, WARNING or ERROR.")
        ] = "WARNING",
        log_json: Annotated[
            bool, typer.Option("--log-json", help="Log one JSON object per line.")
        ] = False,
        _version: Annotated[
            bool,
            typer.Option(
                "--version",
                callback=show_version,
                is_eager=True,
                help="Print the version and exit.",
            ),
        ] = False,
    ) -> None:
        """Set up logging before any command runs."""
        try:
            logging.setup(log_level, json=log_json)
        except ValueError:
            raise ConfigError(
                f"There is no log level {log_level!r}.", hint="Use DEBUG, INFO, WARNING or ERROR."
            ) from None

    return app


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
