"""Commands that other distributions add to ``vocalbaby``.

A distribution adds commands by a module of the namespace package ``vocalbaby.command_plugins``
with a function ``register(app)``, which the Python Packaging User Guide calls discovery by
namespace packages. Entry points would have to be read from the metadata of all installed
distributions when the command starts, and are missing when the code is run from its source.
"""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Final

import typer

from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line import Command

__all__ = ["OTHERS", "add_plugins"]

_NAMESPACE: Final = "vocalbaby.command_plugins"

#: Commands of distributions that may not be installed: an error names the distribution.
OTHERS: Final = dict.fromkeys(("agree", "corpus", "export", "import", "sample"), "vocalbaby-corpus")


def add_plugins(app: typer.Typer) -> None:
    """Add the commands of every installed plugin, and errors in place of those that are missing.

    Args:
        app: The application.
    """
    found = find_spec(_NAMESPACE)
    for module in iter_modules(found.submodule_search_locations if found else []):
        import_module(f"{_NAMESPACE}.{module.name}").register(app)
    present = {
        command.name or getattr(command.callback, "__name__", "")
        for command in app.registered_commands
    }
    present |= {group.name for group in app.registered_groups}
    for name in OTHERS.keys() - present:
        _add_missing(app, name)


def _add_missing(app: typer.Typer, name: str) -> None:
    def missing() -> None:
        raise ConfigError(
            f"`vocalbaby {name}` is a command of {OTHERS[name]}, which is not installed.",
            hint=f"Run: pip install {OTHERS[name]}",
        )

    anything = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    app.command(name, cls=Command, hidden=True, context_settings=anything)(missing)
