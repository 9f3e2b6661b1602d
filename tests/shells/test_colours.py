"""Colours and progress bars: only on terminals that want them."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

ESCAPE = b"\x1b"


def on_terminal(command: list[str], **variables: str) -> bytes:
    """Run a command whose output is a terminal, and return what it writes there."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, **variables}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ):
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the terminal is closed
                break
            if not part:
                break
            written += part
    os.close(ours)
    return written


def piped(command: list[str], **variables: str) -> bytes:
    """Run a command whose output is a pipe."""
    environ = {**os.environ, **variables}
    run = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environ)
    return run.stdout + run.stderr


@pytest.fixture
def commands(script: Path, tmp_path: Path) -> list[list[str]]:
    """Commands that print help, a table, and a progress bar."""
    words = (
        ["--help"],
        ["model", "list", "--store", str(tmp_path / "no" / "store")],
        ["predict", *(f"{n}.wav" for n in range(65)), "-f", "csv"],
    )
    return [[str(script), *each] for each in words]


def test_terminal_has_colours_and_bars(commands: list[list[str]]) -> None:
    for command in commands:
        assert ESCAPE in on_terminal(command), command


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escapes_where_they_are_not_wanted(
    commands: list[list[str]], variables: dict[str, str]
) -> None:
    for command in commands:
        assert ESCAPE not in on_terminal(command, **variables), command


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true"}])
def test_pipes_have_no_escapes(commands: list[list[str]], variables: dict[str, str]) -> None:
    for command in commands:
        assert ESCAPE not in piped(command, **variables), command


def test_forced_colours_bring_no_bars(commands: list[list[str]]) -> None:
    *coloured, bars = commands
    for command in coloured:
        assert ESCAPE in piped(command, FORCE_COLOR="1"), command
    assert ESCAPE not in piped(bars, FORCE_COLOR="1")


def test_narrow_terminals_are_no_problem(commands: list[list[str]]) -> None:
    for command in commands:
        text = on_terminal(command, COLUMNS="20")
        assert text
        assert b"Traceback" not in text
