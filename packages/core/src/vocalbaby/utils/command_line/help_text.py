"""The help of commands, as terminals of any width show it well."""

import inspect

from typer.core import TyperCommand, TyperGroup, TyperOption

__all__ = ["tidy_help", "unwrapped"]


def tidy_help(command: TyperCommand | TyperGroup) -> None:
    """Let the terminal wrap the paragraphs, and show no type for options without a value."""
    command.help = unwrapped(command.help or "")
    command.epilog = unwrapped(command.epilog or "")
    for option in command.params:
        if isinstance(option, TyperOption) and option.is_flag and option.metavar is None:
            option.metavar = ""  # otherwise "<bool>", as if it took a value


def unwrapped(text: str) -> str:
    r"""Return a text whose paragraphs are one line each; those with indented lines stay.

    Examples:
        >>> unwrapped("Two\nlines.\n\n    indented\n    as before")
        'Two lines.\n\n    indented\n    as before'
    """
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        each if each.startswith((" ", "\b")) or "\n " in each else each.replace("\n", " ")
        for each in paragraphs
    )
