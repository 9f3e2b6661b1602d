"""What the project's commands share: the global options and the error handler."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from vocalbaby.exception import ConfigError, FileError, VocalBabyError
from vocalbaby.exception.table import outcome
from vocalbaby.logging import setup_logging
from vocalbaby.utils.version import VERSION

__all__ = ["application", "option_variables", "run"]


#: Exit code of a command whose reader has closed the pipe, as a shell reports SIGPIPE.
CLOSED_PIPE: Final = 141


class _Group(TyperGroup):
    """Subcommands that end silently when the reader of their output does, e.g. ``head``."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - the type of Click is not public
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes again at exit, and would print an error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(CLOSED_PIPE) from None


def application(name: str, purpose: str, epilog: str) -> typer.Typer:
    """Create a Typer application with the global options and no subcommands.

    Args:
        name: Name of the command, as ``--version`` prints it.
        purpose: First paragraph of ``--help``.
        epilog: Last paragraph of ``--help``, in rich markup.
    """
    app = typer.Typer(
        name=name,
        cls=_Group,
        help=purpose,
        epilog=epilog,
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def show_version(*, requested: bool) -> None:
        if requested:
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
            setup_logging(log_level, json=log_json)
        except ValueError:
            raise ConfigError(
                f"There is no log level {log_level!r}.", hint="Use DEBUG, INFO, WARNING or ERROR."
            ) from None

    return app


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit the process.

    A `VocalBabyError` is printed with its hint on stderr, and the process exits with the
    code that `vocalbaby.exception.table` gives it.

    Args:
        app: The command.
        arguments: Command-line arguments without the program name; ``sys.argv`` if None.
    """
    try:
        app(arguments)
    except VocalBabyError as error:
        sys.exit(_render(error))
    except OSError as error:
        sys.exit(_render(FileError.of(error)))
    sys.exit()


def option_variables(context: typer.Context) -> frozenset[str]:
    """Names of the environment variables that set options of the running command."""
    variables = (parameter.envvar or () for parameter in context.command.params)
    return frozenset(
        name for names in variables for name in ((names,) if isinstance(names, str) else names)
    )


def _render(error: VocalBabyError) -> int:
    row = outcome(error)
    typer.secho(f"{row.title}: ", fg="red", bold=True, nl=False, err=True)
    typer.echo(error.message, err=True)
    if error.hint:
        typer.echo(error.hint, err=True)
    return row.exit_code
