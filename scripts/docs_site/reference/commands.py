"""The pages of the commands, from their Typer applications."""

import re
from collections.abc import Iterator
from typing import Any, Final

import typer

from scripts.docs_site.tables import cell, code, table
from vocalbaby import cli as serve
from vocalbaby.commands import main
from vocalbaby.exception.table import EXIT_CODES
from vocalbaby.monitoring.drift import cli as drift
from vocalbaby.utils.command_line import Command
from vocalbaby.utils.command_line.variables import variable

__all__ = ["pages"]

_FOLDER: Final = "reference/commands"
_HEAD: Final = """\
# Commands

These pages list every option of every command, as `--help` does. [The `vocalbaby`
command](../../cli.md) is the guide, with examples.

"""
_HEADINGS: Final = ("option", "meaning", "default", "environment")
#: A command of Click, whose types are not public in Typer.
_Command = Any


def pages() -> dict[str, str]:
    """Path -> text of the page of each command, and of their index."""
    roots: dict[str, _Command] = {
        "vocalbaby": typer.main.get_command(main.app),
        "vocalbaby-serve": typer.main.get_command(serve.app),
        "vocalbaby-drift": typer.main.get_command(drift.app),
    }
    made: dict[str, str] = {}
    rows: list[tuple[str, str]] = []
    for name, root in roots.items():
        separate = root.commands if name == "vocalbaby" else {}
        made[f"{_FOLDER}/{name}.md"] = _page(name, root, nested=not separate)
        rows.append((f"[`{name}`]({name}.md)", cell(_purpose(root))))
        for sub, command in separate.items():
            made[f"{_FOLDER}/{name}-{sub}.md"] = _page(f"{name} {sub}", command, nested=True)
            rows.append((f"[`{name} {sub}`]({name}-{sub}.md)", cell(_purpose(command))))
    index = _HEAD + table(("command", "purpose"), rows) + _exit_codes()
    return {f"{_FOLDER}/index.md": index} | made


def _page(name: str, command: _Command, *, nested: bool) -> str:
    parts = [f"# `{name}`\n", *_description(name, command)]
    if nested:
        for sub, below in getattr(command, "commands", {}).items():
            parts += [f"## `{name} {sub}`\n", *_description(f"{name} {sub}", below)]
    return "\n".join(parts)


def _description(name: str, command: _Command) -> Iterator[str]:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item not in arguments and not item.hidden]
    usage = [name, "[OPTIONS]" if options else "", *map(_usage, arguments)]
    if hasattr(command, "commands"):
        usage.append("COMMAND ...")
    yield f"```text\n{' '.join(filter(None, usage))}\n```\n"
    yield _text(command.help or "")
    if arguments:
        meanings = [(code(_name(item)), cell(item.help or "")) for item in arguments]
        yield table(("argument", "meaning"), meanings)
    if name == "vocalbaby-serve":
        yield "The options are the [settings of the service](../settings.md).\n"
    elif options:
        columns = zip(_HEADINGS, *map(_row, options), strict=True)
        head, *rows = zip(*(column for column in columns if any(column[1:])), strict=True)
        yield table(head, rows)
        if isinstance(command, Command):
            name_of_variable = code(variable(name, "<OPTION>"))
            yield f"Each option is also the environment variable {name_of_variable}.\n"
    yield _text(command.epilog or "")


def _row(option: _Command) -> tuple[str, ...]:
    names = [*option.opts, *option.secondary_opts]
    if not option.is_flag:
        names[0] += f" {_name(option)}"
    variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    return (
        ", ".join(map(code, names)),
        cell(option.help or ""),
        _default(option),
        ", ".join(map(code, variables)),
    )


def _default(option: _Command) -> str:
    if option.required:
        return "required"
    if isinstance(option.show_default, str):
        return cell(option.show_default)
    shown = option.show_default and not option.is_flag and option.default not in {None, ""}
    return code(option.default) if shown else ""


def _name(item: _Command) -> str:
    """What stands for the value of a parameter."""
    return str(item.metavar or item.name.strip("_").upper())


def _usage(argument: _Command) -> str:
    name = _name(argument) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _purpose(command: _Command) -> str:
    return str(command.help or "").partition("\n\n")[0]


def _text(text: str) -> str:
    """The text of --help in Markdown: indented lines are code."""
    made: list[str] = []
    for block in re.split(r"\n{2,}", text.replace("\b\n", "").strip("\n")):
        head, _, rest = block.partition("\n")
        if block.startswith("  "):
            made.append(_fenced(block))
        elif rest and all(line.startswith("  ") for line in rest.splitlines()):
            made.append(f"{cell(head)}\n\n{_fenced(rest)}")
        else:
            made.append(cell(block))
    text = "\n\n".join(made).replace("\n```\n\n```text\n", "\n") + "\n"
    return re.sub(r"\[bold\](.*?)\[/bold\]", r"**\1**", text)


def _fenced(block: str) -> str:
    lines = [line.strip() for line in block.splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```"


def _exit_codes() -> str:
    rows = ((str(number), meaning) for number, meaning in EXIT_CODES.items())
    return (
        "\n## Exit codes\n\n"
        + table(("code", "meaning"), rows)
        + "\n[Error codes](../errors.md) lists the errors with their exit codes.\n"
    )
