"""The Typer application of a command."""

import typer

from vocalbaby.utils.command_line.groups import CommandGroup
from vocalbaby.utils.command_line.options import LogJson, LogLevel, Version, set_up_logging

__all__ = ["application"]


def application(name: str, purpose: str, epilog: str) -> typer.Typer:
    """Create a Typer application with the global options and no subcommands.

    Every option is also an environment variable, such as ``VOCALBABY_PREDICT_FORMAT`` for
    ``vocalbaby predict --format``.

    Args:
        name: Name of the command, as ``--version`` prints it.
        purpose: First paragraph of ``--help``.
        epilog: Last paragraph of ``--help``, in rich markup.
    """
    app = typer.Typer(
        name=name,
        cls=CommandGroup,
        help=purpose,
        epilog=epilog,
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def setup(
        *, log_level: LogLevel = "WARNING", log_json: LogJson = False, _version: Version = False
    ) -> None:
        """Set up logging before any command runs."""
        set_up_logging(log_level, json=log_json)

    return app
