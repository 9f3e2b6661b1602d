"""The help of each command, which golden_help.txt pins.

After a change of options that is meant, write the file anew, and read the difference as a
user would:

    .venv/bin/python -m packages.core.tests.commands.golden_help
"""

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from typer.models import CommandInfo

from vocalbaby.commands.main import app, main
from vocalbaby.commands.plugins import OTHERS

GOLDEN = Path(__file__).with_name("golden_help.txt")
#: So wide that no line is folded.
ENVIRONMENT = {"COLUMNS": "1000", "NO_COLOR": "1", "TERM": "dumb"}
_FRAMES = re.compile("[\u2500-\u257f]+")
_GAPS = re.compile(" {3,}")


def _is_of_core(group: str | None, callback: Callable[..., object] | None) -> bool:
    """Whether no plugin, which may be installed beside, has added a command."""
    module = callback.__module__ if callback else ""
    return group not in OTHERS and module.startswith("vocalbaby.commands")


def names() -> list[list[str]]:
    """The command itself, its commands, and those of its groups."""
    app.registered_commands[:] = [
        each for each in app.registered_commands if _is_of_core(each.name, each.callback)
    ]
    app.registered_groups[:] = [each for each in app.registered_groups if each.name not in OTHERS]
    found: list[list[str]] = [[]]
    commands = [(group.name, group.typer_instance) for group in app.registered_groups]
    found += [[_name(command)] for command in app.registered_commands]
    for name, group in commands:
        assert name is not None
        assert group is not None
        found += [[name], *([name, _name(command)] for command in group.registered_commands)]
    return found


def _name(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__.replace("_", "-")


def helps() -> Iterator[str]:
    """What each command prints for ``--help``, without frames and columns."""
    for words in names():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            main([*words, "--help"])
        yield f"$ vocalbaby {' '.join([*words, '--help'])}"
        lines = (_FRAMES.sub("", line).strip() for line in printed.getvalue().splitlines())
        yield from (_GAPS.sub("  ", line) for line in lines if line)


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    GOLDEN.write_text("\n".join(helps()) + "\n", encoding="utf-8")
