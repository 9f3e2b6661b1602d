"""Every input of `vocalbaby predict` is a row, or is passed over with a reason."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.audio import wav_bytes
from vocalbaby.entity.clip import Clip

Vocalbaby = Callable[..., Any]


@pytest.fixture
def make(tmp_path: Path, tones: list[Clip]) -> Callable[..., Path]:
    """Function that writes tones under these names, and returns their folder."""

    def write(*names: str) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav_bytes(tones[0].samples, 16000))
        return tmp_path

    return write


Make = Callable[..., Path]


@pytest.fixture
def predict(
    vocalbaby: Vocalbaby, toy_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, list[tuple[str, str]], str]]:
    """Function that returns the exit code, file and error code of each row, and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, list[tuple[str, str]], str]:
        done = vocalbaby("predict", "--model", toy_bundle, "--format", "jsonl", *arguments)
        rows = [json.loads(line) for line in done.out.splitlines()]
        found = [(row["file"], row["error"]["code"] if row["error"] else "") for row in rows]
        return done.code, found, done.err

    return run


Predict = Callable[..., tuple[int, list[tuple[str, str]], str]]


def test_a_linked_folder_is_followed(make: Make, predict: Predict) -> None:
    (make("linked/top.wav", "real/d1/a.wav") / "linked" / "d1").symlink_to("../real/d1")
    code, rows, err = predict("-r", "linked")
    assert (code, rows, err) == (0, [("linked/d1/a.wav", ""), ("linked/top.wav", "")], "")


def test_recordings_of_every_suffix_are_tried(make: Make, predict: Predict) -> None:
    make("donate/ios.caf", "donate/A.WAV", "donate/REC001")
    (make() / "donate" / "old.wma").write_bytes(b"not a recording")
    code, rows, _ = predict("donate")
    assert code == 4
    assert rows == [
        ("donate/A.WAV", ""),
        ("donate/REC001", ""),
        ("donate/ios.caf", ""),
        ("donate/old.wma", "audio_unreadable"),
    ]


def test_hidden_and_system_files_do_not_change_the_exit_code(make: Make, predict: Predict) -> None:
    make("mac/a.wav", "mac/._a.wav", "mac/.hidden.wav", "mac/__MACOSX/._a.wav")
    assert predict("-r", "mac") == (0, [("mac/a.wav", "")], "")
    assert predict("mac/.hidden.wav")[1] == [("mac/.hidden.wav", "")]


def test_a_pattern_that_matches_folders_is_the_same_as_unquoted(
    make: Make, predict: Predict
) -> None:
    make("d1/a.wav", "d2/b.wav", "d2/sub/c.wav", "d.wav", "e.wav")
    quoted = predict("d*")
    assert quoted == predict("d.wav", "d1", "d2")
    assert [file for file, _ in quoted[1]] == ["d.wav", "d1/a.wav", "d2/b.wav"]
    assert "1 subfolder (add --recursive)" in quoted[2]
    every = predict("**/*")
    assert sorted(every[1]) == [
        *(("d.wav", ""), ("d1/a.wav", ""), ("d2/b.wav", "")),
        *(("d2/sub/c.wav", ""), ("e.wav", "")),
    ]


def test_what_is_not_there_is_told_with_the_folder(make: Make, predict: Predict) -> None:
    (make("a.wav") / "link.wav").symlink_to(".git/annex/objects/a/b/MD5E-s4.wav")
    (make() / "empty").mkdir()
    (make() / "text").mkdir()
    (make() / "text" / "a.txt").write_text("text")
    code, rows, err = predict("none.wav", "x*.wav", "l*.wav", "empty", "text", "a.wav")
    assert (code, rows[-1]) == (5, ("a.wav", ""))
    assert rows[:-1] == [
        (name, "data_not_found") for name in ("none.wav", "x*.wav", "link.wav", "empty", "text")
    ]
    assert "passed over: 1 not_audio (.txt 1)" in err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.wav", "none.wav does not exist in {here}."),
        ("x*.wav", "The pattern x*.wav matches no file or folder in {here}."),
        ("text", "no recording in the folder text in {here}, only 1 not_audio (.txt 1)."),
        ("pipe.wav", "pipe.wav is a pipe, socket or device"),
    ],
)
def test_messages_name_the_folder_and_what_was_found(
    make: Make,
    vocalbaby: Vocalbaby,
    toy_bundle: Path,
    name: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = make("text/a.txt")
    (here / "text" / "a.txt").write_text("text")
    os.mkfifo(here / "pipe.wav")
    monkeypatch.chdir(here)
    run = vocalbaby("predict", "-m", toy_bundle, "-f", "jsonl", name)
    assert run.code == 5
    assert message.format(here=here) in json.loads(run.out)["error"]["message"]


def test_the_same_file_named_twice_is_told(make: Make, predict: Predict) -> None:
    make("day/a.wav", "day/A.wav", "b.wav")
    code, rows, err = predict("day/a.wav", "day", "b.wav", "./b.wav")
    assert code == 0
    assert [file for file, _ in rows] == ["day/a.wav", "day/A.wav", "b.wav", "./b.wav"]
    assert "1 same_file" in err
    assert "1 recording is named more than once: ./b.wav." in err
    assert "These names are the same on macOS and Windows: day/a.wav, day/A.wav." in err


def test_the_summary_accounts_for_every_file(make: Make, predict: Predict) -> None:
    make("a.wav", "b.wav", "._b.wav", "sub/c.wav", os.fsdecode(b"\xff.wav"))
    (make() / "bad.wav").write_bytes(b"text")
    (make() / "gone.wav").symlink_to("nowhere")
    (make() / "notes.txt").write_text("text")
    code, rows, _ = predict(".", "--summary", "summary.json")
    summary = json.loads(Path("summary.json").read_text("utf-8"))
    assert (code, len(rows)) == (4, 5)
    assert summary["found"] == 8
    assert summary["labelled"] + summary["without_label"] == 3
    assert sum(summary["labels"].values()) == summary["labelled"]
    assert summary["failed_by_code"] == {"audio_unreadable": 1, "broken_link": 1}
    assert summary["passed_over_by_reason"] == {"apple_double": 1, "not_audio": 1, "subfolder": 1}
    assert (summary["failed"], summary["passed_over"]) == (2, 3)
    passed = [(entry["file"], entry["code"]) for entry in summary["passed_over_files"]]
    assert passed == [
        ("./._b.wav", "apple_double"),
        ("./notes.txt", "not_audio"),
        ("./sub", "subfolder"),
    ]
    assert [entry["file"] for entry in summary["failed_files"]] == ["./bad.wav", "./gone.wav"]


def program(*arguments: object) -> list[str]:
    code = "import sys; from vocalbaby.commands.main import main; main(sys.argv[1:])"
    return [sys.executable, "-c", code, *map(str, arguments)]


def test_a_closed_pipe_ends_the_command_silently(make: Make, toy_bundle: Path) -> None:
    make(*(f"{i}.wav" for i in range(3)))
    command = program("predict", "-m", toy_bundle, "-f", "csv", make())
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 128 + signal.SIGPIPE


def test_a_pipe_of_the_shell_is_read_as_a_file(make: Make, toy_bundle: Path) -> None:
    make("a.wav")
    read, write = os.pipe()
    os.write(write, (make() / "a.wav").read_bytes())
    os.close(write)
    command = program("predict", "-m", toy_bundle, "-f", "jsonl", f"/dev/fd/{read}")
    done = subprocess.run(command, capture_output=True, pass_fds=[read], timeout=60, check=True)
    os.close(read)
    assert json.loads(done.stdout)["label"]
