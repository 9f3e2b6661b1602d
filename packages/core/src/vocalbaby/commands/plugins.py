"""Commands that other distributions add to ``vocalbaby``.

A distribution adds commands by a module of the namespace package ``vocalbaby.command_plugins``
with a function ``register(app)``. Core knows no name of such a module. The Python Packaging
User Guide calls this discovery by namespace packages. Entry points would have to be read from
the metadata of all installed distributions when the command starts, and are missing when the
code is run from its source.
"""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Final

import typer

__all__ = ["add_plugins"]

_NAMESPACE: Final = "vocalbaby.command_plugins"


def add_plugins(app: typer.Typer) -> None:
    """Add the commands of every installed plugin.

    Args:
        app: The application.
    """
    found = find_spec(_NAMESPACE)
    for module in iter_modules(found.submodule_search_locations if found else []):
        import_module(f"{_NAMESPACE}.{module.name}").register(app)
