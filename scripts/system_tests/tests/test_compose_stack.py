"""The shell in which the test of the whole stack runs the commands of the page."""

import os
from pathlib import Path

import pytest

from scripts.deploy.programs import ROOT, ProgramError
from scripts.system_tests.checks import bash_blocks
from scripts.system_tests.compose_stack import PageShell


def test_a_block_sees_the_variables_of_the_block_before(tmp_path: Path) -> None:
    shell = PageShell(tmp_path / "variables")
    before = dict(os.environ)
    assert shell.run('key="a b"\necho started >&2\n') == "started\n"
    assert shell.variables["key"] == "a b"
    assert shell.run('echo "$key"\n') == "a b\n"
    assert dict(os.environ) == before


@pytest.mark.parametrize("commands", ["echo no; false; true", 'echo "no$unset"', "false | cat"])
def test_a_command_that_fails_ends_the_block(commands: str, tmp_path: Path) -> None:
    with pytest.raises(ProgramError):
        PageShell(tmp_path / "variables").run(f"{commands}\n")


def test_the_page_has_the_two_blocks_that_are_run() -> None:
    start, drift = bash_blocks(ROOT / "docs/monitoring.md", "The whole stack")
    assert "key=" in start
    assert "docker compose up" in start
    assert '"$key"' in drift
