"""docs/deploy.md: every command is one of the rehearsal, or says that it needs a real account.

From top to bottom, none uses a variable that is not set by then.
"""

import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path("docs/deploy.md").read_text(encoding="utf-8")
REHEARSAL = "scripts/rehearse_deploy.sh"
#: What begins everything, and is no step of it.
STARTS = {REHEARSAL, "scripts/ci_setup.sh"}
#: What may stand behind a command: where its output goes, or more options.
_BEHIND = r"(?:$| [<>|]| 2>|\)| --)"
_MARK = re.compile(r"\s+# real account\b.*$")
#: What every shell has set. Nothing is found on the PATH.
SHELL = {"HOME": "/nonexistent", "PATH": "/nonexistent"}


def unbroken(text: str) -> str:
    """Text with its continued lines joined, and every space a single one."""
    return re.sub(r"[ \t]+", " ", text.replace("\\\n", " "))


def commands(page: str) -> list[str]:
    """The commands of a page, each on one line."""
    return re.findall(r"(?m)^ \$ (.*)$", unbroken(page))


def rehearsed(path: str) -> str:
    """What the rehearsal runs from its first step on: no comments, no functions never called."""
    text = unbroken(Path(path).read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines()]
    begin = next(i for i, line in enumerate(lines) if "docker_engine.sh start" in line)
    return "\n".join(line for line in lines[begin:] if not line.startswith("#"))


def unproven(page: str) -> list[str]:
    """Commands that the rehearsal does not run and that do not say why."""
    runs = rehearsed(REHEARSAL)
    return [
        command
        for command in commands(page)
        if command not in STARTS
        and not _MARK.search(command)
        and not re.search(rf"(?:^|[ (]){re.escape(command)}{_BEHIND}", runs, re.MULTILINE)
    ]


def test_every_command_is_rehearsed_or_marked() -> None:
    assert len(commands(PAGE)) > 40
    assert unproven(PAGE) == []


def test_marks_are_not_put_on_what_is_rehearsed() -> None:
    marked = [_MARK.sub("", command) for command in commands(PAGE) if _MARK.search(command)]
    assert len(marked) < len(commands(PAGE)) / 3
    page = "".join(f"    $ {command}\n" for command in marked)
    assert unproven(page) == marked


@pytest.mark.parametrize(
    "planted",
    [
        "scripts/deploy_apply.sh production none",
        "scripts/deploy_canary.sh",  # only the beginning of a command that is rehearsed
        "aws s3 rm --recursive s3://models",
    ],
)
def test_a_command_that_nobody_runs_is_found(planted: str) -> None:
    assert unproven(f"{PAGE}\n    $ {planted}\n") == [planted]


def unset(page: str, folder: Path) -> list[str]:
    """The first variable that a command of the page uses before it is set, and those with it.

    Bash itself says so. In an empty folder, without programs, only what the shell does by itself
    is done, and that is all that sets variables.
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
        ('copy=s3://copy scripts/smoke_test.sh\n    $ echo "$copy"', "copy"),  # for one command
        ('key="$(cat <"$folder/key")"', "folder"),
    ],
)
def test_a_variable_that_nothing_has_set_is_found(planted: str, name: str, tmp_path: Path) -> None:
    assert unset(f"{PAGE}\n    $ {planted}\n", tmp_path) == [name]


def test_a_variable_that_is_set_later_is_found(tmp_path: Path) -> None:
    line = '    $ backup="$work/backup"\n'
    assert line in PAGE
    assert unset(PAGE.replace(line, "") + line, tmp_path) == ["backup"]


def test_scripts_and_files_of_the_page_exist() -> None:
    named = re.findall(r"\b((?:scripts|infra/(?:monitoring|systemd|terraform))/[\w./-]*\w)", PAGE)
    missing = [name for name in named if not Path(name).exists()]
    assert missing == []
