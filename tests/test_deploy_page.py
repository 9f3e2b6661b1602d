"""The commands of docs/deploy.md are those of the end-to-end test, or need a real account.

No command uses a variable that no earlier command has set.
"""

import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path("docs/deploy.md").read_text(encoding="utf-8")
END_TO_END_TEST = "scripts/rehearse_deploy.sh"
#: Commands that start the end-to-end test, and are not part of it.
STARTS = {END_TO_END_TEST, "scripts/ci_setup.sh"}
#: What may follow a command in the end-to-end test: a redirection, or more options.
_BEHIND = r"(?:$| [<>|]| 2>|\)| --)"
_MARK = re.compile(r"\s+# real account\b.*$")
#: The variables of the shell. PATH has no programs.
SHELL = {"HOME": "/nonexistent", "PATH": "/nonexistent"}


def unbroken(text: str) -> str:
    """Join continued lines, and collapse spaces."""
    return re.sub(r"[ \t]+", " ", text.replace("\\\n", " "))


def commands(page: str) -> list[str]:
    """The commands of a page, each on one line."""
    return re.findall(r"(?m)^ \$ (.*)$", unbroken(page))


def executed_lines(path: str) -> str:
    """The lines of the end-to-end test from its first step on, without comments."""
    text = unbroken(Path(path).read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines()]
    begin = next(i for i, line in enumerate(lines) if "docker_engine.sh start" in line)
    return "\n".join(line for line in lines[begin:] if not line.startswith("#"))


def untested(page: str) -> list[str]:
    """Commands that the end-to-end test does not run and that are not marked."""
    runs = executed_lines(END_TO_END_TEST)
    return [
        command
        for command in commands(page)
        if command not in STARTS
        and not _MARK.search(command)
        and not re.search(rf"(?:^|[ (]){re.escape(command)}{_BEHIND}", runs, re.MULTILINE)
    ]


def test_every_command_is_tested_or_marked() -> None:
    assert len(commands(PAGE)) > 40
    assert untested(PAGE) == []


def test_no_tested_command_is_marked() -> None:
    marked = [_MARK.sub("", command) for command in commands(PAGE) if _MARK.search(command)]
    assert len(marked) < len(commands(PAGE)) / 3
    page = "".join(f"    $ {command}\n" for command in marked)
    assert untested(page) == marked


@pytest.mark.parametrize(
    "planted",
    [
        "scripts/deploy_apply.sh production none",
        "scripts/deploy_canary.sh",  # only the beginning of a command that is tested
        "aws s3 rm --recursive s3://models",
    ],
)
def test_finds_an_untested_command(planted: str) -> None:
    assert untested(f"{PAGE}\n    $ {planted}\n") == [planted]


def unset(page: str, folder: Path) -> list[str]:
    """The first variables that a command of the page uses before they are set.

    Bash runs the page in an empty folder without programs, where only assignments have an effect,
    and stops at the first unset variable.
    """
    found = subprocess.run(
        ["/bin/bash", "-u", "-c", "\n".join(commands(page))],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=SHELL,
        capture_output=True,
        text=True,
        check=False,
    )
    return re.findall(r"(\w+): unbound variable", found.stderr)


def test_every_variable_is_set_before_it_is_used(tmp_path: Path) -> None:
    assert unset(PAGE, tmp_path) == []


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ('aws s3 sync "$copy/models" "$models"', "copy"),
        (
            'copy=s3://copy scripts/smoke_test.sh\n    $ echo "$copy"',
            "copy",
        ),  # one command only
        ('key="$(cat <"$folder/key")"', "folder"),
    ],
)
def test_finds_a_variable_that_is_never_set(planted: str, name: str, tmp_path: Path) -> None:
    assert unset(f"{PAGE}\n    $ {planted}\n", tmp_path) == [name]


def test_finds_a_variable_that_is_set_too_late(tmp_path: Path) -> None:
    line = '    $ backup="$work/backup"\n'
    assert line in PAGE
    assert unset(PAGE.replace(line, "") + line, tmp_path) == ["backup"]


def test_scripts_and_files_of_the_page_exist() -> None:
    named = re.findall(r"\b((?:scripts|infra/(?:monitoring|systemd|terraform))/[\w./-]*\w)", PAGE)
    missing = [name for name in named if not Path(name).exists()]
    assert missing == []
