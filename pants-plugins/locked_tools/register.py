"""Linters and formatters that come from the package index and our lock files alone."""

from locked_tools import ruff, shell, tool


def rules():
    """What Pants asks a backend for."""
    return [*tool.rules(), *ruff.rules(), *shell.rules()]
