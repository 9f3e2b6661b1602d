r"""The option file ``vocalbaby.toml``: defaults of command options.

A section is named as a command, and a key as an option without its dashes (``key-child`` or
``key_child``). Options of the command line and environment variables take precedence.
Relative paths are relative to the folder of the file.

Examples:
    >>> text = '[predict]\nformat = "csv"\n'
    >>> locate(text, ("predict", "format"))
    2
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup, TyperOption

from vocalbaby.exception import ConfigError
from vocalbaby.utils.command_line.variables import options_by_name

__all__ = ["FILE_NAME", "OptionFile", "find", "locate", "read", "user_folder"]

#: Name of the file, in the current folder or one above it, or in the user's folder.
FILE_NAME: Final = "vocalbaby.toml"

#: Parts of a placeholder in the help of an option, such as ``none|FILE``, that mean a path.
_PATHS: Final = frozenset({"FILE", "FOLDER", "LOCATION"})

_KINDS: Final = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    list: "an array",
    str: "a string",
}


@dataclass(frozen=True, slots=True)
class OptionFile:
    """A file that was read.

    Attributes:
        path: The file; None if there is none.
        values: Defaults by parameter, with a mapping for each command.
        error: What is wrong with the file; None if it can be used.
    """

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    error: ConfigError | None = None


def user_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    r"""Return the user's folder of settings, by the rules of the system.

    These are ``$XDG_CONFIG_HOME/vocalbaby`` (``~/.config/vocalbaby``),
    ``~/Library/Application Support/vocalbaby`` and ``%APPDATA%\vocalbaby``.

    Examples:
        >>> user_folder({"XDG_CONFIG_HOME": "/settings"}, "linux").as_posix()
        '/settings/vocalbaby'
    """
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.cwd())
    if platform == "win32":
        base = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "vocalbaby"


def find(folder: Path, user: Path) -> Path | None:
    """Find the file in a folder or the nearest one above it, then in the user's folder."""
    for each in (folder, *folder.parents, user):
        path = each / FILE_NAME
        if path.is_file():
            return path
    return None


def read(path: Path, context: typer.Context) -> OptionFile:
    """Read a file and check all of it.

    Args:
        path: The file.
        context: Context of the group whose commands have the options.

    Raises:
        ConfigError: The file cannot be read or is not TOML, a key is unknown, or a value has a
            wrong type or is not allowed. The message names file, line and key, and the hint
            the keys that are allowed.
    """
    import tomllib  # noqa: PLC0415 - only if there is a file

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"Cannot read {path}: {error.strerror}.", hint="Name an existing file of options."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not in UTF-8.", hint="Save it in UTF-8.") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not TOML: {error}.",
            hint='Write a section [predict] and below it lines such as format = "csv".',
        ) from error
    group = context.command
    if not isinstance(group, TyperGroup):
        raise TypeError(group)
    return OptionFile(path, _Reader(path.absolute(), text).group(group, context, content, ()))


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str

    def group(
        self,
        group: TyperGroup,
        context: typer.Context,
        content: dict[str, Any],
        at: tuple[str, ...],
    ) -> dict[str, Any]:
        options = options_by_name(group)
        values: dict[str, Any] = {}
        for key, value in content.items():
            command = group.commands.get(key)
            if command is None:
                known = [*options, *(f"[{'.'.join((*at, name))}]" for name in group.commands)]
                values |= self.option(options, key, value, context, at, known)
            elif not isinstance(value, dict):
                raise self.error((*at, key), f"must be a section [{'.'.join((*at, key))}]")
            elif isinstance(command, TyperGroup):
                values[key] = self.group(command, context, value, (*at, key))
            else:
                inner = options_by_name(command)
                values[key] = {}
                for name, each in value.items():
                    values[key] |= self.option(inner, name, each, context, (*at, key), list(inner))
        return values

    def option(
        self,
        options: dict[str, TyperOption],
        key: str,
        value: object,
        context: typer.Context,
        at: tuple[str, ...],
        known: list[str],
    ) -> dict[str, Any]:
        option = options.get(key.replace("_", "-"))
        if option is None:
            from difflib import get_close_matches  # noqa: PLC0415 - only for an error

            near = get_close_matches(key.replace("_", "-"), [k.strip("[]") for k in known], 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise self.error(
                (*at, key), "is not an option", f"{hint}Valid keys: {', '.join(known)}."
            )
        kind = _kind(option)
        fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise self.error((*at, key), f"must be {_KINDS[kind]}, not {value!r}")
        words = (option.metavar or "").split("|")
        if isinstance(value, str) and (option.type_descriptor.is_path or words[-1] in _PATHS):
            value = self.path_of(value, words)
        try:
            option.get_runtime_param().coerce(value, param=option, ctx=context)
        except typer.BadParameter as error:
            reason = error.message.removeprefix("Value error, ").rstrip(".")
            raise self.error((*at, key), f"cannot be {value!r}: {reason}") from None
        return {str(option.name): value}

    def path_of(self, value: str, words: list[str]) -> str:
        if value in words or "://" in value or not value:
            return value
        end = "/" if value.endswith("/") else ""
        return f"{self.path.parent / Path(value).expanduser()}{end}"

    def error(self, keys: tuple[str, ...], problem: str, hint: str = "") -> ConfigError:
        line = locate(self.text, keys)
        where = f"{self.path}, line {line}" if line else str(self.path)
        return ConfigError(f"{where}: '{'.'.join(keys)}' {problem}.", hint=hint or "Correct it.")


def locate(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the number of the line of a key or section; None if it is not written plainly."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _split(header[1])
            if section == keys:
                return number
        elif (pair := re.match(r"\s*([\w.\"' -]+?)\s*=", line)) and (
            (*section, *_split(pair[1])) == keys
        ):
            return number
    return None


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in dotted.split("."))


def _kind(option: TyperOption) -> type:
    if option.nargs != 1 or option.multiple:
        return list
    annotation = option.type_descriptor.annotation
    return annotation if annotation in {bool, int, float} else str
