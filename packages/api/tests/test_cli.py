"""The options and errors of ``vocalbaby-serve``."""

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from vocalbaby import cli
from vocalbaby.api.settings import Settings


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
        if field.annotation is not bool and name != "log_level":
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
    assert f"Port {port} on 127.0.0.1 is already in use. Choose" in capsys.readouterr().err


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
        (["newkey", "lab"], "No such command 'newkey'. Did you mean 'new-key'? See"),
        (["--zzz"], "No such option: --zzz. See vocalbaby-serve --help."),
        (["--port"], "Option '--port' requires an argument. See vocalbaby-serve --help."),
        (["--log-level=loud"], "(--log-level): Input should be 'debug', 'info', 'warning',"),
        (["new-key"], "Missing argument 'NAME'. See vocalbaby-serve new-key --help."),
        (["new-key", "lab", "--fil=x"], "--file). See vocalbaby-serve new-key --help."),
    ],
)
def test_a_misspelt_word_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert cli.main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


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
    tmp_path: Path, workers: int, flag: str, code: int, message: str
) -> None:
    start = "from vocalbaby.cli import serve; serve()"
    flags = ["--host=127.0.0.1", "--port=0", f"--workers={workers}", flag.format(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", start, *flags],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"vocalbaby-serve: {message}")
