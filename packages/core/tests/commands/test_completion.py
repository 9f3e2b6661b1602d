"""Completion with the Tab key in bash; `test_completion_shells.py` has zsh and fish."""

import os
import pty
import select
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.commands import completion

Vocalbaby = Callable[..., Any]


def complete(*lines: Sequence[str]) -> list[list[str]]:
    """Return the words that bash offers for the last word of each line.

    The function is called that bash calls when the Tab key is pressed.
    """
    calls = "\n".join(
        f"COMP_WORDS=({' '.join(map(shlex.quote, line))}); COMP_CWORD={len(line) - 1}\n"
        '_vocalbaby_completion vocalbaby; echo "${COMPREPLY[*]}"'
        for line in lines
    )
    run = subprocess.run(
        ["bash", "-c", f'eval "$(vocalbaby --show-completion bash)"\n{calls}'],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not run.stderr
    return [line.split() for line in run.stdout.splitlines()]


@pytest.mark.usefixtures("script")
def test_bash_completes_commands_options_and_values() -> None:
    expected = {
        ("se",): ["segment"],
        ("model", "pro"): ["promote"],
        ("predict", "--rec"): ["--recursive"],
        ("predict", "--format", ""): ["table", "csv", "jsonl"],
        ("predict", "--format", "=", "j"): ["jsonl"],
        ("segment", r"a\ b.wav", "--classes", "Canonical,C"): ["Canonical,Crying"],
        ("predict", "--model", "bun"): [],  # bash completes files
    }
    found = complete(*(("vocalbaby", *words) for words in expected))
    assert dict(zip(expected, found, strict=True)) == expected


def test_bash_completes_in_a_terminal(script: Path) -> None:
    """The Tab key is pressed, in a bash that is interactive."""
    ours, theirs = pty.openpty()
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(shell, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, b'PS1=; eval "$(vocalbaby --show-completion bash)"; echo re$((1))dy\n')
        read_until(ours, b"re1dy\r\n")
        os.write(ours, b"vocalbaby se\t")
        read_until(ours, b"vocalbaby segment ")
        os.write(ours, b"\x15exit\n")
        process.wait(timeout=30)
    os.close(ours)
    assert script.exists()


def read_until(terminal: int, expected: bytes) -> None:
    """Read what is written on a terminal until it has the expected text."""
    written = b""
    while expected not in written:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, written
        written += os.read(terminal, 65_536)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (completion.formats_read("it"), ["its"]),
        (completion.formats_written("it"), []),
        (completion.formats_written("text"), ["textgrid", "textgrid_short"]),
        (completion.classes("Ju"), ["Junk"]),
        (completion.infant_classes("ju"), []),
        (completion.key_children("CHI,K"), ["CHI,KCHI"]),
        (completion.age_kinds("child,"), ["child,recording", "child,hour", "child,age"]),
        (completion.confusion_tables("d"), ["default"]),
        (completion.methods("e"), ["em"]),
        (completion.summary_formats("c"), ["csv"]),
    ],
)
def test_values_are_those_that_commands_accept(found: list[str], expected: list[str]) -> None:
    assert found == expected


@pytest.mark.usefixtures("script")
def test_channels_and_versions_of_a_store_complete(tmp_path: Path) -> None:
    for name in ("models/vocalbaby-1", "models/vocalbaby-2", "channels"):
        (tmp_path / "store" / name).mkdir(parents=True)
    (tmp_path / "store" / "channels" / "lab.json").write_text("{}", "utf-8")
    promote = ("vocalbaby", "model", "promote")
    store = (*promote, "--store", str(tmp_path / "store"))
    assert complete((*store, "--channel", ""), (*store, "voc"), (*promote, "--channel", "")) == [
        ["lab"],
        ["vocalbaby-1", "vocalbaby-2"],
        ["production", "staging"],
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_shows_a_script_for_each_shell(vocalbaby: Vocalbaby, shell: str) -> None:
    run = vocalbaby("--show-completion", shell)
    assert run.code == 0
    assert "_VOCALBABY_COMPLETE" in run.out


@pytest.mark.usefixtures("script")
def test_installs_for_bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    subprocess.run(
        ["vocalbaby", "--install-completion", "bash"], check=True, capture_output=True, timeout=60
    )
    lines = ["bash", "--rcfile", str(tmp_path / ".bashrc"), "-ic", "complete -p vocalbaby"]
    run = subprocess.run(lines, capture_output=True, text=True, check=True, timeout=60)
    assert "vocalbaby" in run.stdout


@pytest.mark.usefixtures("script")
def test_imports_no_slow_library() -> None:
    lines = (
        "import sys\nfrom vocalbaby.commands.main import app\n"
        "try:\n    app(prog_name='vocalbaby')\nfinally:\n"
        "    slow = {'numpy', 'pydantic', 'rich', 'yaml', 'scipy'} & set(sys.modules)\n"
        "    print('slow:', *sorted(slow))\n"
    )
    variables = {
        "_VOCALBABY_COMPLETE": "complete_bash",
        "COMP_WORDS": "vocalbaby predict --format ",
        "COMP_CWORD": "3",
    }
    run = subprocess.run(
        [sys.executable, "-c", lines],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **variables},
    )
    assert run.stdout.splitlines() == ["table", "csv", "jsonl", "slow:"]
