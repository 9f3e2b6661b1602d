"""Commands and groups of commands that end as the tools of a shell do."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup

from vocalbaby.exception.table import CLOSED_PIPE, INTERRUPTED
from vocalbaby.utils.command_line.answers import answering
from vocalbaby.utils.command_line.help_text import tidy_help
from vocalbaby.utils.command_line.variables import name_variables

__all__ = ["SET_UP", "Command", "CommandGroup", "QuickCommandGroup", "discard_output"]

#: Contexts and options of Click, whose types Typer does not export.
_Click: TypeAlias = Any

#: Title of the commands that the help lists last, behind groups.
SET_UP: Final = "Set-up"

#: Name of the parameter of ``--json``.
JSON: Final = "as_json"


class Command(TyperCommand):
    """A command of the project.

    Its options are also environment variables, which its help does not list one by one. An
    error of a command with ``--json`` is also an object on standard output.
    """

    def make_context(
        self, info_name: _Click, args: _Click, parent: _Click = None, **extra: _Click
    ) -> _Click:
        """Read the command line."""
        name_variables(self, _path(info_name, parent))
        tidy_help(self)
        return super().make_context(info_name, args, parent, **extra)

    def get_help_option(self, ctx: _Click) -> _Click:
        """Return the option ``--help``, which takes no value."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option

    def parse_args(self, ctx: _Click, args: list[str]) -> list[str]:
        """Read the words of the command line; for completion without converting values."""
        if ctx.resilient_parsing:
            return _parse_quickly(self, ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: _Click) -> object:
        """Run the command."""
        if not ctx.params.get(JSON):
            return super().invoke(ctx)
        with answering(ctx.command_path.partition(" ")[2]):
            return super().invoke(ctx)


class QuickCommandGroup(TyperGroup):
    """Subcommands whose names and options the shell completes quickly."""

    def get_help_option(self, ctx: _Click) -> _Click:
        """Return the option ``--help``, which takes no value."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option

    def parse_args(self, ctx: _Click, args: list[str]) -> list[str]:
        """Read the words before the subcommand; for completion without converting values."""
        if not ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        rest = _parse_quickly(self, ctx, args)
        ctx._protected_args, ctx.args = rest[:1], rest[1:]  # noqa: SLF001 - as TyperGroup does
        return ctx.args  # type: ignore[no-any-return] # of Click


class CommandGroup(QuickCommandGroup):
    """Subcommands that end silently when the reader of their output does, e.g. ``head``.

    Ctrl-C ends them with one line.
    """

    def list_commands(self, ctx: _Click) -> list[str]:
        """Return the names of commands in the order of the help; set-up is last."""
        names = super().list_commands(ctx)
        panels = [getattr(self.commands[name], "rich_help_panel", None) for name in names]
        return [names[i] for i in sorted(range(len(names)), key=lambda i: panels[i] == SET_UP)]

    def make_context(
        self, info_name: _Click, args: _Click, parent: _Click = None, **extra: _Click
    ) -> _Click:
        """Read the command line, and print help or the version."""
        name_variables(self, _path(info_name, parent))
        tidy_help(self)
        with _ending():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: _Click) -> object:
        """Run a subcommand."""
        with _ending():
            return super().invoke(ctx)


def _path(name: str | None, parent: _Click) -> str:
    return f"{parent.command_path} {name}" if parent else str(name)


def _parse_quickly(command: TyperCommand | TyperGroup, ctx: _Click, args: list[str]) -> list[str]:
    """Read options and arguments as text: Typer would import pydantic, which takes longer."""
    from typer._click.core import ParameterSource  # noqa: PLC0415 - only for completion

    parser = command.make_parser(ctx)
    values, rest, _ = parser.parse_args(args=list(args))
    for name, value in values.items():
        ctx.params[name] = value
        if value is not None:
            ctx.set_parameter_source(name, ParameterSource.COMMANDLINE)
    ctx.args = rest
    ctx._opt_prefixes.update(parser._opt_prefixes)  # noqa: SLF001 - as Command does
    return rest


@contextmanager
def _ending() -> Iterator[None]:
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        discard_output(sys.stdout)
        raise typer.Exit(CLOSED_PIPE) from None
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich ends the process itself, with 1
            raise typer.Exit(CLOSED_PIPE) from None
        raise
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(INTERRUPTED) from None


def discard_output(stream: TextIO) -> None:
    """Lead a stream nowhere: Python flushes it at exit, and would change the exit code."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
