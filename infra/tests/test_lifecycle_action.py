"""A new server completes its group's lifecycle action, by the function in its user data."""

import re
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

INSTALL: Final = Path("infra/terraform/modules/compute/install_server.sh")
NO_ACTION: Final = "ValidationError: No active Lifecycle Action found with instance ID i-1"
THROTTLED: Final = "Throttling: Rate exceeded"
#: Replaces the start of the user data. `aws` fails with the text of one file after the other, where
#: an empty file is success, and repeats the last one.
PRELUDE: Final = """
set -euo pipefail
REGION=eu-central-1 GROUP=group HOOK=ready
log() { printf '%s\\n' "$*"; }
trap 'log "failed in line $LINENO"' ERR
metadata() { printf i-1; }
sleep() { printf '%s\\n' "$1" >>slept; }
aws() {
  printf '%s\\n' "$*" >>requests
  response="$(ls responses | head -n 1)"
  cat "responses/$response" >&2
  size="$(wc -c <"responses/$response")"
  [[ $(ls responses | wc -l) == 1 ]] || rm "responses/$response"
  ((size == 0))
}
"""


class Outcome(NamedTuple):
    """Exit code and output of a script, the results it sent to the group, and its pauses."""

    code: int
    output: str
    results: list[str]
    slept: list[str]


def run(folder: Path, script: str, *responses: str) -> Outcome:
    """Run ``script`` after the function, with the responses of AWS; an empty one is success."""
    text = INSTALL.read_text(encoding="utf-8")
    function = re.search(
        r"^complete_launch\(\).*?^}$\n^trap [^\n]* EXIT$", text, re.MULTILINE | re.DOTALL
    )
    assert function
    (folder / "responses").mkdir()
    for number, response in enumerate(responses):
        (folder / f"responses/{number:02}").write_text(response)
    command = ["bash", "-c", f"{PRELUDE}{function[0]}\n{script}\n"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    requests, slept = (
        (folder / name).read_text().splitlines() if (folder / name).exists() else []
        for name in ("requests", "slept")
    )
    assert all(
        "--instance-id i-1 --auto-scaling-group-name group --lifecycle-hook-name ready" in request
        for request in requests
    )
    results = [request.split()[-1] for request in requests]
    return Outcome(done.returncode, done.stdout, results, slept)


def test_sends_continue_once(tmp_path: Path) -> None:
    outcome = run(tmp_path, "complete_launch CONTINUE", "")
    assert outcome == (0, "", ["CONTINUE"], [])


def test_retries_after_transient_errors(tmp_path: Path) -> None:
    outcome = run(tmp_path, "complete_launch CONTINUE", THROTTLED, "could not connect", "")
    assert (outcome.code, outcome.results, outcome.slept) == (0, ["CONTINUE"] * 3, ["6"] * 2)
    assert THROTTLED in outcome.output


def test_succeeds_when_no_lifecycle_action_is_pending(tmp_path: Path) -> None:
    outcome = run(tmp_path, "complete_launch CONTINUE", NO_ACTION)
    assert (outcome.code, outcome.results, outcome.slept) == (0, ["CONTINUE"] * 10, ["6"] * 9)


@pytest.mark.parametrize("responses", [["AccessDenied"], [NO_ACTION] * 9 + ["AccessDenied"]])
def test_abandons_the_launch_when_continue_fails(tmp_path: Path, responses: list[str]) -> None:
    outcome = run(tmp_path, "complete_launch CONTINUE", *responses)
    assert outcome.code == 1
    assert outcome.results == ["CONTINUE"] * 10 + ["ABANDON"] * 10


@pytest.mark.parametrize("responses", [[""], ["AccessDenied"], [THROTTLED, ""]])
def test_exits_with_the_code_of_the_first_error(tmp_path: Path, responses: list[str]) -> None:
    outcome = run(tmp_path, "(exit 7); log unreached", *responses)
    assert outcome.code == 7
    assert set(outcome.results) == {"ABANDON"}
    assert outcome.output.startswith("failed in line")
    assert "unreached" not in outcome.output
