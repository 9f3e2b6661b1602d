"""Commands share variables, as the commands of one terminal do."""

import os
import time
from pathlib import Path

import pytest

from infra.e2e.shell import CommandError, Shell, terminate


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    state = tmp_path / "state"
    state.mkdir()
    return Shell(state, {"PATH": os.environ["PATH"]}, 'greet() { echo "hello $1"; }\n')


def output(shell: Shell, commands: str, path: Path) -> str:
    with path.open("wb") as file:
        shell.run(commands, output=file)
    return path.read_text()


def test_keeps_variables_and_exports_only_what_was_exported(shell: Shell, tmp_path: Path) -> None:
    shell.run("plain=1; export EXPORTED=2; read -r first rest < <(echo a b c)")
    assert shell["plain"] == "1"
    assert shell["EXPORTED"] == "2"
    assert (shell["first"], shell["rest"]) == ("a", "b c")
    seen = output(shell, 'echo "$plain"; env | grep -c "^plain=" || true', tmp_path / "out")
    assert seen == "1\n0\n"


@pytest.mark.parametrize("value", ["", "two  spaces", "it's", "line\nline", "$HOME", '"', "ä"])
def test_keeps_any_text(shell: Shell, value: str, tmp_path: Path) -> None:
    shell.set(text=value)
    shell.run('copy="$text"; export COPY="$text"')
    assert shell["copy"] == shell["COPY"] == value
    assert output(shell, 'printf %s "$copy"', tmp_path / "out") == value


def test_keeps_the_working_directory(shell: Shell, tmp_path: Path) -> None:
    shell.set(folder=tmp_path)
    shell.run('cd "$folder"')
    assert output(shell, "pwd -P", tmp_path / "out") == f"{tmp_path.resolve()}\n"


def test_unset_variables_are_gone(shell: Shell) -> None:
    shell.export(GONE="1")
    shell.run("unset GONE")
    with pytest.raises(KeyError):
        shell["GONE"]


def test_commands_can_call_the_functions(shell: Shell, tmp_path: Path) -> None:
    assert output(shell, "greet you", tmp_path / "out") == "hello you\n"


@pytest.mark.parametrize("commands", ["false; true", "echo $unknown", "false | true"])
def test_a_failing_command_ends_the_commands(shell: Shell, commands: str) -> None:
    with pytest.raises(CommandError, match="exit code 1, expected 0"):
        shell.run(commands)


def test_accepts_the_expected_exit_code_only(shell: Shell) -> None:
    shell.run("kept=1; exit 4", exit_code=4)
    assert shell["kept"] == "1"
    with pytest.raises(CommandError, match="exit code 0, expected 4"):
        shell.run("true", exit_code=4)


def test_a_copy_does_not_change_the_original(shell: Shell) -> None:
    shell.set(region="central")
    other = shell.copy()
    other.run("region=west; export SUFFIX=west")
    assert (shell["region"], other["region"]) == ("central", "west")
    shell.run("true")
    assert shell["region"] == "central"
    with pytest.raises(KeyError):
        shell["SUFFIX"]


def test_started_commands_do_not_change_variables(shell: Shell) -> None:
    shell.set(value="before")
    assert shell.start("value=after; export value").wait() == 0
    shell.run("true")
    assert shell["value"] == "before"


def test_terminate_ends_the_whole_process_group(shell: Shell, tmp_path: Path) -> None:
    shell.set(pid_file=tmp_path / "pid")
    process = shell.start('sleep 60 & echo $! >"$pid_file"; wait')
    until = time.monotonic() + 10
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.02)
    child = int((tmp_path / "pid").read_text())
    assert terminate(process, seconds=10) != 0
    while Path(f"/proc/{child}").exists() and "Z" not in _state(child):
        assert time.monotonic() < until, "the child still runs"
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return "Z"
