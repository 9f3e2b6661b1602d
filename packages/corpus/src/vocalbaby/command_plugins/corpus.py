"""The commands of vocalbaby-corpus, for the command ``vocalbaby``."""

from typing import Final

import typer

from vocalbaby.corpus.commands.corpus import corpus

__all__ = ["register"]

#: Panel of the commands in the help.
PANEL: Final = "Archives"


def register(app: typer.Typer) -> None:
    """Add the commands.

    Args:
        app: The application of ``vocalbaby``.
    """
    app.add_typer(corpus, name="corpus", rich_help_panel=PANEL)
