"""The options that every command has before its subcommand."""

from typing import Annotated

import typer

from vocalbaby.exception import ConfigError
from vocalbaby.logging import setup_logging
from vocalbaby.utils.version import VERSION

__all__ = ["LogJson", "LogLevel", "Version", "set_up_logging"]

LogLevel = Annotated[
    str,
    typer.Option(
        envvar="VOCALBABY_LOG_LEVEL",
        metavar="LEVEL",
        help="Lowest level of the messages that are logged on standard error: DEBUG, INFO, WARNING "
        "or ERROR.",
        autocompletion=lambda: ["DEBUG", "INFO", "WARNING", "ERROR"],
    ),
]
LogJson = Annotated[
    bool, typer.Option("--log-json", help="Log one JSON object per line instead of text.")
]


def _show_version(context: typer.Context, *, requested: bool) -> None:
    if requested and not context.resilient_parsing:
        typer.echo(f"{context.command.name} {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Print the version and exit.",
    ),
]


def set_up_logging(level: str, *, json: bool) -> None:
    """Set up logging before a command runs.

    Raises:
        ConfigError: There is no such level.
    """
    try:
        setup_logging(level, json=json)
    except ValueError:
        raise ConfigError(
            f"There is no log level {level!r} (--log-level, VOCALBABY_LOG_LEVEL).",
            hint="Use DEBUG, INFO, WARNING or ERROR.",
        ) from None
