"""Completion with the Tab key in zsh and fish, which are Debian packages."""

import subprocess

import pytest

from vocalbaby.commands.main import app

assert app.info.name == "vocalbaby"  # what the shells complete


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.usefixtures("script")
def test_fish_completes() -> None:
    lines = (
        'vocalbaby --show-completion fish | source; complete -C "vocalbaby se"; '
        'complete -C "vocalbaby predict --format "'
    )
    words = [line.split("\t")[0] for line in run("fish", "--no-config", "-c", lines).splitlines()]
    assert words == ["segment", "csv", "jsonl", "table"]


@pytest.mark.usefixtures("script")
def test_zsh_completes() -> None:
    """zsh completes in its line editor only, so it runs in a terminal of its own (zpty)."""
    lines = r"""
        zmodload zsh/zpty
        zpty shell "TERM=dumb zsh -f -i"
        zpty -w shell "PROMPT= RPROMPT= ; autoload -Uz compinit; compinit -u -D"
        zpty -w shell 'eval "$(vocalbaby --show-completion zsh)"; print re$((1))dy'
        zpty -r -m shell text '*re1dy*'
        zpty -w -n shell $'vocalbaby se\t'
        zpty -r -m shell text '*vocalbaby segment*' && print completed
        zpty -d shell
    """
    assert run("zsh", "-f", "-c", lines).endswith("completed\n")
