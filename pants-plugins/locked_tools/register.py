"""Linters and formatters that come from the package index and our lock files alone."""

from locked_tools import prose, ruff, shell, tool


def rules():
    """What Pants asks a backend for."""
    return [*tool.rules(), *prose.rules(), *ruff.rules(), *shell.rules()]
