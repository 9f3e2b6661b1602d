"""The commands of vocalbaby-corpus, for the command ``vocalbaby``."""

import typer

from vocalbaby.corpus.commands.sample import sample
from vocalbaby.utils.command_line import Command, describe_exit_codes

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands.

    Args:
        app: The application of ``vocalbaby``.
    """
    app.command(cls=Command, rich_help_panel="Archives", epilog=describe_exit_codes(4, 5, 7))(
        sample
    )
