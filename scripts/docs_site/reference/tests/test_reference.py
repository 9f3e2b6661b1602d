"""The reference has every command, option, path, setting and error code."""

import doctest
import re

import pytest
import typer

from scripts.docs_site import tables
from scripts.docs_site.reference import commands, errors, http, settings
from vocalbaby.api.settings import Settings
from vocalbaby.commands import main
from vocalbaby.exception.table import EXIT_CODES, TABLE

ROOT = typer.main.get_command(main.app)
COMMANDS = ROOT.commands  # type: ignore[attr-defined] # the root is a group


@pytest.mark.parametrize("module", [tables, settings])
def test_examples_of_docstrings(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type] # a module
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_listed(name: str) -> None:
    page = commands.pages()[f"reference/commands/vocalbaby-{name}.md"]
    below = getattr(COMMANDS[name], "commands", {"": COMMANDS[name]})
    for command in below.values():
        for option in command.params:
            for each in option.opts:
                assert not each.startswith("-") or re.search(f"(`|<code>){each}\\b", page)
        assert command.help.split("\n")[0].rstrip(".") in page


def test_every_exit_code_is_explained() -> None:
    page = commands.pages()["reference/commands/index.md"]
    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in page


def test_help_becomes_markdown() -> None:
    assert commands._text("Do it.\n\nExamples:\n    a b\n\n    c d\n\n[bold]Exit[/bold] 0") == (
        "Do it.\n\nExamples:\n\n```text\na b\nc d\n```\n\n**Exit** 0\n"
    )


def test_every_path_has_its_responses() -> None:
    page = http.pages()["reference/http.md"]
    for path in ("POST /predict", "POST /segment", "DELETE /segment/{job_id}", "GET /v2"):
        assert f"### `{path}` {{ #" in page
    assert "| `413` | The request is too large |" in page
    assert '??? example "200: ' in page
    assert "### ClipResult { #schema-clipresult }" in page


def test_every_setting_is_listed_with_its_bounds() -> None:
    page = settings.pages()["reference/settings.md"]
    for name in Settings.model_fields:
        assert f"`VOCALBABY_API__{name.upper()}`" in page
    assert (
        "| `--max-clip-seconds`<br>`VOCALBABY_API__MAX_CLIP_SECONDS` | float, &gt; 0, ≤ 3600 |"
        in page
    )


def test_every_error_code_is_listed_with_its_exception() -> None:
    page = errors.pages()["reference/errors.md"]
    for code in TABLE:
        assert f"| `{code}` |" in page
    assert "| `audio_silent` | The clip is silent | `SilentAudioError` | 4 | 422 |" in page
