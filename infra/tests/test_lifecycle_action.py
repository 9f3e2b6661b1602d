"""How a new server tells its group that it is ready, or is not: by the user data's own function."""

import re
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

INSTALL: Final = Path("infra/terraform/modules/compute/install_server.sh")
NOT_WAITING: Final = "ValidationError: No active Lifecycle Action found with instance ID i-1"
THROTTLED: Final = "Throttling: Rate exceeded"
#: What stands before it in user data, and a stand-in for AWS that answers with one file after
#: the other, and with the last one ever after.
STANDS_BEFORE: Final = """
set -euo pipefail
REGION=eu-central-1 GROUP=group HOOK=ready
say() { printf '%s\\n' "$*"; }
trap 'say "failed in line $LINENO"' ERR
metadata() { printf i-1; }
sleep() { printf '%s\\n' "$1" >>slept; }
aws() {
  printf '%s\\n' "$*" >>asked
  answer="$(ls answers | head -n 1)"
  cat "answers/$answer" >&2
  said="$(wc -c <"answers/$answer")"
  [[ $(ls answers | wc -l) == 1 ]] || rm "answers/$answer"
  ((said == 0))
}
"""


class Told(NamedTuple):
    """What became of it."""

    code: int
    output: str
    results: list[str]
    slept: list[str]


def tell(folder: Path, script: str, *answers: str) -> Told:
    """Runs ``script`` with AWS' answers, of which an empty one is success."""
    text = INSTALL.read_text(encoding="utf-8")
    function = re.search(
        r"^tell_group\(\).*?^}$\n^trap [^\n]* EXIT$", text, re.MULTILINE | re.DOTALL
    )
    assert function
    (folder / "answers").mkdir()
    for number, answer in enumerate(answers):
        (folder / f"answers/{number:02}").write_text(answer)
    command = ["bash", "-c", f"{STANDS_BEFORE}{function[0]}\n{script}\n"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    asked, slept = (
        (folder / of).read_text().splitlines() if (folder / of).exists() else []
        for of in ("asked", "slept")
    )
    assert all(
        "--instance-id i-1 --auto-scaling-group-name group --lifecycle-hook-name ready" in of
        for of in asked
    )
    return Told(done.returncode, done.stdout, [of.split()[-1] for of in asked], slept)


def test_one_that_is_ready_says_so_once(tmp_path: Path) -> None:
    told = tell(tmp_path, "tell_group CONTINUE", "")
    assert told == (0, "", ["CONTINUE"], [])


def test_a_fault_that_passes_is_waited_for(tmp_path: Path) -> None:
    told = tell(tmp_path, "tell_group CONTINUE", THROTTLED, "could not connect", "")
    assert (told.code, told.results, told.slept) == (0, ["CONTINUE"] * 3, ["6"] * 2)
    assert THROTTLED in told.output


def test_a_group_that_does_not_wait_is_no_fault(tmp_path: Path) -> None:
    told = tell(tmp_path, "tell_group CONTINUE", NOT_WAITING)
    assert (told.code, told.results, told.slept) == (0, ["CONTINUE"] * 10, ["6"] * 9)


@pytest.mark.parametrize("answers", [["AccessDenied"], [NOT_WAITING] * 9 + ["AccessDenied"]])
def test_one_that_cannot_say_that_it_is_ready_is_given_up(
    tmp_path: Path, answers: list[str]
) -> None:
    told = tell(tmp_path, "tell_group CONTINUE", *answers)
    assert told.code == 1
    assert told.results == ["CONTINUE"] * 10 + ["ABANDON"] * 10


@pytest.mark.parametrize(
    "answers",
    [
        [
            "",
        ],
        ["AccessDenied"],
        [THROTTLED, ""],
    ],
)
def test_the_first_error_is_what_it_ends_with(tmp_path: Path, answers: list[str]) -> None:
    told = tell(tmp_path, "(exit 7); say unreached", *answers)
    assert told.code == 7
    assert set(told.results) == {"ABANDON"}
    assert told.output.startswith("failed in line")
    assert "unreached" not in told.output
