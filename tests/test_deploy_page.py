"""docs/deploy.md: the deployment test runs every command, except those marked `# real account`.

From top to bottom, no command uses a variable that is not set by then.
"""

import re
import subprocess
from pathlib import Path

import pytest

from infra.e2e import dry_run

PAGE = Path("docs/deploy.md").read_text(encoding="utf-8")
#: Commands of the page that start the deployment test, and are not part of it.
STARTS = {"scripts/test_deployment.sh", "scripts/ci_setup.sh"}
#: Text that may follow a command: a redirection, or more options.
_AFTER = r"(?:$| [<>|]| 2>|\)| --)"
_MARK = re.compile(r"\s+# real account\b.*$")
#: The variables that every shell has. No program is found on this PATH.
SHELL = {"HOME": "/nonexistent", "PATH": "/nonexistent"}


def unbroken(text: str) -> str:
    """Join continued lines, and replace runs of spaces by single ones."""
    return re.sub(r"[ \t]+", " ", text.replace("\\\n", " "))


def commands(page: str) -> list[str]:
    """Return the commands of a page, each on one line."""
    return re.findall(r"(?m)^ \$ (.*)$", unbroken(page))


def deployment_commands() -> str:
    """Return the commands that the deployment test runs, each on one line."""
    lines = "\n".join(map(unbroken, dry_run.commands())).splitlines()
    return "\n".join(line.strip() for line in lines)


def untested(page: str) -> list[str]:
    """Return the commands that the deployment test does not run and that are not marked."""
    runs = deployment_commands()
    return [
        command
        for command in commands(page)
        if command not in STARTS
        and not _MARK.search(command)
        and not re.search(rf"(?:^|[ (]){re.escape(command)}{_AFTER}", runs, re.MULTILINE)
    ]


def test_every_command_is_tested_or_marked() -> None:
    assert len(commands(PAGE)) > 40
    assert untested(PAGE) == []


def test_marked_commands_are_not_tested() -> None:
    marked = [_MARK.sub("", command) for command in commands(PAGE) if _MARK.search(command)]
    assert len(marked) < len(commands(PAGE)) / 3
    page = "".join(f"    $ {command}\n" for command in marked)
    assert untested(page) == marked


@pytest.mark.parametrize(
    "planted",
    [
        "scripts/deploy_apply.sh production none",
        "scripts/deploy_canary.sh",  # only the beginning of a tested command
        "aws s3 rm --recursive s3://models",
    ],
)
def test_finds_a_command_that_is_not_tested(planted: str) -> None:
    assert untested(f"{PAGE}\n    $ {planted}\n") == [planted]


def unset(page: str, folder: Path) -> list[str]:
    """Return the first variable that a command of the page uses before it is set.

    Bash reports it. The commands run in an empty folder without any programs, so that they have no
    effect beyond setting variables.
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
        ),  # set for one command only
        ('key="$(cat <"$folder/key")"', "folder"),
    ],
)
def test_finds_a_variable_that_is_never_set(planted: str, name: str, tmp_path: Path) -> None:
    assert unset(f"{PAGE}\n    $ {planted}\n", tmp_path) == [name]


def test_finds_a_variable_that_is_set_later(tmp_path: Path) -> None:
    line = '    $ backup="$work/backup"\n'
    assert line in PAGE
    assert unset(PAGE.replace(line, "") + line, tmp_path) == ["backup"]


def test_all_named_scripts_and_files_exist() -> None:
    named = re.findall(r"\b((?:scripts|infra/(?:monitoring|systemd|terraform))/[\w./-]*\w)", PAGE)
    missing = [name for name in named if not Path(name).exists()]
    assert missing == []
