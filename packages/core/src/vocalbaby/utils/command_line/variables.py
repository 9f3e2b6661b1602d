"""The environment variables of options.

An option is also a variable, such as ``VOCALBABY_PREDICT_FORMAT`` for
``vocalbaby predict --format``. Settings of files have two underscores after their section
(`vocalbaby.utils.config`), so that the two cannot be confused.
"""

from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

__all__ = ["name_variables", "option_variables", "options_by_name", "variable"]


def options_by_name(command: object) -> dict[str, TyperOption]:
    """Return the options that a variable or file can set, by their names without dashes."""
    return dict(_options(command))


def _options(command: object) -> Iterator[tuple[str, TyperOption]]:
    for each in getattr(command, "params", ()):
        # VOCALBABY_VERSION in an environment is no request to print the version.
        if isinstance(each, TyperOption) and each.expose_value and not each.is_eager:
            yield next(name for name in each.opts if name.startswith("--"))[2:], each


def variable(path: str, option: str) -> str:
    """Return the variable of an option.

    Examples:
        >>> variable("vocalbaby predict", "format")
        'VOCALBABY_PREDICT_FORMAT'
        >>> variable("vocalbaby model promote", "store")
        'VOCALBABY_MODEL_PROMOTE_STORE'
    """
    return f"{path} {option}".upper().replace(" ", "_").replace("-", "_")


def name_variables(command: TyperCommand | TyperGroup, path: str) -> None:
    """Give each option its variable, which its help does not show."""
    for name, option in options_by_name(command).items():
        if option.envvar is None:
            option.envvar = variable(path, name)
            option.show_envvar = False


def option_variables(context: typer.Context) -> frozenset[str]:
    """Names of the environment variables that set options of the running command."""
    variables = (parameter.envvar or () for parameter in context.command.params)
    return frozenset(
        name for names in variables for name in ((names,) if isinstance(names, str) else names)
    )
