"""The options and errors of ``vocalbaby-serve``."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal, get_args, get_origin

import pytest

from vocalbaby import cli
from vocalbaby.api.settings import Settings


def run(program: str, flags: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *flags],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in text
    assert "curl -F files=@cry.wav" in text
    metavars = dict(re.findall(r"^  --(\S+) ([A-Z]+)$", text, re.MULTILINE))
    metavars |= dict(re.findall(r"^  --(\S+) ([A-Z]+)  ", text, re.MULTILINE))
    for name, field in Settings.model_fields.items():
        option = name.replace("_", "-")
        if field.annotation is not bool and get_origin(field.annotation) is not Literal:
            is_number = str not in (field.annotation, *get_args(field.annotation))
            numbers = {"N", "PORT", "BYTES", "SECONDS", "HOURS", "DAYS", "RATE", "RATIO"}
            assert (metavars[option] in numbers) == is_number, option
    assert metavars["max-in-flight"] == "N"
    assert metavars["key-requests-per-second"] == "RATE"
    assert metavars["body-seconds"] == "SECONDS"


def test_a_port_in_use_is_refused_clearly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = cli.main(["--host=127.0.0.1", f"--port={port}"])
    assert code == 2
    assert f"Port {port} on 127.0.0.1 is already in use.\nChoose" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port=99999"], "VOCALBABY_API__PORT (--port)"),
        (["--host=not.an.address.invalid"], "is not an address"),
        (["--host=192.0.2.1", "--port=0"], "Cannot listen on 192.0.2.1"),
    ],
)
def test_a_wrong_option_is_refused_clearly(
    capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    assert cli.main(flags) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--max-file", "3"], "No such option: --max-file (Possible options: "),
        (["--max-file", "3"], "--max-files"),
        (["--no-acces-log"], "--no-access-log). See vocalbaby-serve --help."),
        (["--prediction-log-fsync"], "is now --prediction-log-durability answered. See"),
        (["newkey", "lab"], "No such command 'newkey'. Did you mean 'new-key'? See"),
        (["--zzz"], "No such option: --zzz. See vocalbaby-serve --help."),
        (["--port"], "Option '--port' requires an argument. See vocalbaby-serve --help."),
        (["--log-level=loud"], "(--log-level): Input should be 'debug', 'info', 'warning',"),
        (["new-key"], "Missing argument 'NAME'. See vocalbaby-serve new-key --help."),
        (["new-key", "lab", "--fil=x"], "--file). See vocalbaby-serve new-key --help."),
    ],
)
def test_a_misspelt_word_is_refused_in_two_lines(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert cli.main(words) == 2
    problem, hint = capsys.readouterr().err.splitlines()
    assert message in f"{problem} {hint}"
    assert hint.startswith("See ") or "=loud" in words[0]


def in_a_fork(*flags: str) -> int:
    """The exit code of ``vocalbaby-serve`` in a copy of this process, which costs no imports."""
    pid = os.fork()
    if pid == 0:
        os._exit(cli.main(["--host=127.0.0.1", "--port=0", *flags]))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("flag", "code", "message"),
    [
        ("--model={}/no", 6, "There is no model bundle at"),
        ("--require-keys", 2, "API keys are required"),
        ("--keys-file={}/no", 2, "The keys in"),
        ("--prediction-log=/dev/null", 2, "The prediction log cannot be written"),
    ],
)
def test_an_error_at_the_start_is_reported_once(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    workers: int,
    flag: str,
    code: int,
    message: str,
) -> None:
    assert in_a_fork(f"--workers={workers}", flag.format(tmp_path)) == code
    problem, hint = capfd.readouterr().err.splitlines()
    assert problem.startswith(f"vocalbaby-serve: {message}")
    assert hint


def test_the_command_ends_with_the_exit_code(tmp_path: Path) -> None:
    done = run("from vocalbaby.cli import serve; serve()", [f"--model={tmp_path}"])
    assert done.returncode == 6
    problem, _ = done.stderr.splitlines()
    assert problem.startswith("vocalbaby-serve: ")


_ON_WINDOWS: Final = """
import os, sys
sys.modules["fcntl"] = None  # there is none
del os.fork
from vocalbaby.cli import serve
sys.platform = "win32"  # at last, since libraries of this system are imported above
serve()
"""


def test_on_windows_the_service_says_where_it_runs() -> None:
    done = run(_ON_WINDOWS, ["--workers=2", "--model=no"])
    assert (done.returncode, done.stdout) == (2, "")
    problem, hint = done.stderr.splitlines()
    assert problem == "vocalbaby-serve: The service does not run on Windows itself."
    assert "WSL 2" in hint
    assert "Docker" in hint
    assert hint.endswith("https://vocalbaby.github.io/vocalbaby/install/#platforms")


def test_on_windows_what_needs_no_service_works() -> None:
    done = run(_ON_WINDOWS, ["new-key", "lab"])
    assert (done.returncode, done.stderr) == (0, "")
