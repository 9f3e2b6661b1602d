"""Registers the rules of the linters and formatters."""

from locked_tools import prose, ruff, shell, tool


def rules():
    """The rules of this backend."""
    return [*tool.rules(), *prose.rules(), *ruff.rules(), *shell.rules()]
