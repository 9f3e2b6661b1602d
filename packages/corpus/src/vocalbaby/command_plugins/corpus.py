"""The commands of vocalbaby-corpus, for the command ``vocalbaby``."""

from typing import Final

import typer

from vocalbaby.corpus.commands.agree import agree
from vocalbaby.corpus.commands.corpus import corpus
from vocalbaby.corpus.commands.export import export
from vocalbaby.corpus.commands.import_ import import_
from vocalbaby.corpus.commands.sample import sample
from vocalbaby.utils.command_line import Command, describe_exit_codes

__all__ = ["register"]

#: Panel of the commands in the help.
PANEL: Final = "Archives"


def register(app: typer.Typer) -> None:
    """Add the commands.

    Args:
        app: The application of ``vocalbaby``.
    """
    app.add_typer(corpus, name="corpus", rich_help_panel=PANEL)
    for name, command, codes in (
        ("agree", agree, (4, 5, 7)),
        ("export", export, (4, 5, 7)),
        ("import", import_, (4, 5, 7)),
        ("sample", sample, (4, 5, 7)),
    ):
        epilog = describe_exit_codes(*codes)
        app.command(name, cls=Command, rich_help_panel=PANEL, epilog=epilog)(command)
