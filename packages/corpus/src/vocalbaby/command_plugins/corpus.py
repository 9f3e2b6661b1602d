"""The commands of vocalbaby-corpus, for the command ``vocalbaby``."""

import typer

from vocalbaby.utils.command_line import describe_exit_codes

__all__ = ["register"]

_ = describe_exit_codes


def register(app: typer.Typer) -> None:
    """Add the commands.

    Args:
        app: The application of ``vocalbaby``.
    """
