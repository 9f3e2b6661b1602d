"""How commands end: with the exit codes of the table, and as the tools of a shell do."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import typer

from vocalbaby.commands.main import app
from vocalbaby.commands.plugins import OTHERS
from vocalbaby.exception.table import EXIT_CODES, TABLE
from vocalbaby.utils.command_line import describe_exit_codes

Vocalbaby = Callable[..., Any]
COMMANDS = sorted(
    f"{name} {sub}".strip()
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined] # of groups
    for sub in (getattr(command, "commands", None) or [""])
    if name not in OTHERS
)


def test_every_error_has_an_exit_code_with_a_meaning() -> None:
    assert {row.exit_code for row in TABLE.values()} <= set(EXIT_CODES)


def test_unknown_exit_codes_are_refused() -> None:
    with pytest.raises(KeyError):
        describe_exit_codes(99)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_exit_codes_mean(vocalbaby: Vocalbaby, command: str) -> None:
    text = " ".join(vocalbaby(*command.split(), "--help").out.split())
    listed = dict(re.findall(r"(\d+) ([a-z][\w ]+)", text.partition("Exit codes")[2]))
    assert listed
    assert {int(code): meaning for code, meaning in listed.items()}.items() <= EXIT_CODES.items()
    assert {0, 1, 2, 130, 141} <= set(map(int, listed))


def test_help_lists_commands_in_the_order_of_their_use(vocalbaby: Vocalbaby) -> None:
    text = vocalbaby("--help").out
    panels = ["Recordings", "Annotations", "Training", "Models", "Set-up"]
    assert sorted(panels, key=text.index) == panels


def test_version_and_usage_errors_are_plain(vocalbaby: Vocalbaby) -> None:
    assert re.fullmatch(r"vocalbaby \d+\.\d+\.\S+\n", vocalbaby("--version").out)
    run = vocalbaby("predict", "--formt", "csv", "a.wav")
    assert run.code == 2
    assert run.err.splitlines()[0].startswith("Usage error: No such option: --formt")
    assert run.err.splitlines()[-1] == "See vocalbaby predict --help."
