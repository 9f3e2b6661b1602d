import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from vocalbaby.commands import output
from vocalbaby.commands.output import CSV_COLUMNS, WRITERS, Result
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import UnreadableAudioError

Vocalbaby = Callable[..., Any]


@pytest.fixture
def clips(tmp_path: Path, tones: list[Clip]) -> Path:
    """A folder: one tone per class in `a` to `e`, two more and a text in a subfolder."""
    for i, letter in enumerate("abcde"):
        soundfile.write(tmp_path / f"{letter}.wav", tones[8 * i].samples, 16000)
    (tmp_path / "sub").mkdir()
    soundfile.write(tmp_path / "sub" / "f.flac", tones[1].samples, 16000)
    soundfile.write(tmp_path / "sub" / "g.wav", tones[2].samples, 16000)
    (tmp_path / "sub" / "notes.txt").write_text("not audio")
    return tmp_path


@pytest.fixture
def jsonl(vocalbaby: Vocalbaby, toy_bundle: Path) -> Callable[..., tuple[int, list[Any]]]:
    def run(*arguments: object) -> tuple[int, list[Any]]:
        run = vocalbaby("predict", "--model", toy_bundle, "--format", "jsonl", *arguments)
        return run.code, [json.loads(line) for line in run.out.splitlines()]

    return run


Jsonl = Callable[..., tuple[int, list[Any]]]


def test_labels_files_in_the_given_order(clips: Path, jsonl: Jsonl) -> None:
    names = [str(clips / f"{letter}.wav") for letter in "ecabd"]
    code, rows = jsonl(*names)
    assert code == 0
    assert [row["file"] for row in rows] == names
    assert [row["label"] for row in rows] == [CLASSES[i] for i in (4, 2, 0, 1, 3)]
    for row in rows:
        assert list(row["probabilities"]) == list(CLASSES)
        assert sum(row["probabilities"].values()) == pytest.approx(1)
        assert row["duration_s"] == 0.5
        assert row["model_version"].startswith("toy")
        assert row["error"] is None


def test_expands_folders_and_patterns_in_sorted_order(clips: Path, jsonl: Jsonl) -> None:
    def names(*arguments: object) -> list[str]:
        return [Path(row["file"]).name for row in jsonl(*arguments)[1]]

    assert names(clips) == ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]
    assert names("--recursive", clips)[-2:] == ["f.flac", "g.wav"]
    assert names(f"{clips}/[ab].wav", clips / "e.wav") == ["a.wav", "b.wav", "e.wav"]
    assert names(f"{clips}/**/*.flac") == ["f.flac"]


def test_takes_an_existing_file_literally_even_if_its_name_is_a_pattern(
    clips: Path, jsonl: Jsonl
) -> None:
    (clips / "a.wav").rename(clips / "[x].wav")
    code, rows = jsonl(clips / "[x].wav")
    assert (code, rows[0]["label"]) == (0, "Canonical")


def test_reports_an_error_as_a_row_and_continues(clips: Path, jsonl: Jsonl) -> None:
    (clips / "b.wav").write_bytes(b"")
    (clips / "c.wav").write_bytes(b"text, not audio")
    code, rows = jsonl(clips)
    assert code == 4
    assert [row["error"] and row["error"]["code"] for row in rows] == [
        None,
        "audio_empty",
        "audio_unreadable",
        None,
        None,
    ]
    assert rows[1]["label"] is None
    assert rows[1]["error"]["hint"]
    assert [rows[i]["label"] for i in (0, 3, 4)] == [CLASSES[i] for i in (0, 3, 4)]


def test_reports_a_missing_input_as_a_row_and_exits_with_code_5(clips: Path, jsonl: Jsonl) -> None:
    (clips / "empty").mkdir()
    code, rows = jsonl(clips / "a.wav", clips / "none.wav", f"{clips}/*.ogg", clips / "empty")
    assert code == 5
    assert [row["error"] and row["error"]["code"] for row in rows] == [
        None,
        *["data_not_found"] * 3,
    ]
    (clips / "b.wav").write_bytes(b"")
    assert jsonl(clips / "none.wav", clips / "b.wav")[0] == 4


def test_a_prediction_does_not_depend_on_the_batch(clips: Path, jsonl: Jsonl) -> None:
    rng = np.random.default_rng(0)
    for i in range(40):
        noise = rng.uniform(-0.2, 0.2, 4000 + 300 * (i % 5))
        soundfile.write(clips / f"n{i:02d}.wav", noise, 16000)
    _, together = jsonl(clips)
    assert len(together) == 45
    for row in (together[0], together[20], together[44]):
        assert jsonl(row["file"])[1] == [row]


def test_reports_an_unreadable_input_as_a_row_and_continues(
    clips: Path, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = str(clips / "sub")
    real_stat, real_scan, real_access = os.stat, os.scandir, os.access

    def deny_access(path: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    def stat(path: Any, **options: Any) -> os.stat_result:
        if str(path).startswith(f"{locked}/"):
            deny_access(path)
        return real_stat(path, **options)

    def scan(path: Any) -> Any:
        if str(path) == locked:
            deny_access(path)
        return real_scan(path)

    def access(path: Any, mode: int) -> bool:
        return str(path) != locked and real_access(path, mode)

    # The superuser, who may run the tests, can read any file, so errors are simulated.
    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(os, "access", access)
    code, rows = jsonl(f"{locked}/g.wav", locked, clips / "a.wav")
    assert (code, rows[2]["label"]) == (5, "Canonical")
    assert "Permission denied" in rows[0]["error"]["message"]
    assert "cannot be read" in rows[1]["error"]["message"]
    _, below = jsonl("--recursive", clips)
    assert [row["file"] for row in below if row["error"]] == [locked]


@pytest.mark.parametrize("format_", ["csv", "jsonl", "table"])
def test_escapes_file_names_that_are_not_text(
    clips: Path, vocalbaby: Vocalbaby, toy_bundle: Path, format_: str
) -> None:
    odd = os.fsdecode(os.fsencode(clips) + b"/\xff.wav")
    (clips / "a.wav").rename(odd)
    target = clips / "out"
    run = vocalbaby("predict", odd, "-m", toy_bundle, "-f", format_, "-o", target)
    assert run.code == 0
    text = target.read_text(encoding="utf-8")
    assert "\\udcff.wav" in text
    if format_ == "jsonl":
        assert json.loads(text)["file"] == odd


def test_reads_one_recording_from_stdin(
    clips: Path, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = io.BytesIO((clips / "d.wav").read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    code, (row,) = jsonl("-")
    assert (code, row["file"], row["label"]) == (0, "-", "Laughing")


def test_writes_csv_with_one_line_per_input(
    clips: Path, vocalbaby: Vocalbaby, toy_bundle: Path
) -> None:
    (clips / "b.wav").write_bytes(b"")
    target = clips / "labels.csv"
    run = vocalbaby("predict", clips, "-m", toy_bundle, "-f", "csv", "-o", target)
    passed_over = "5 recordings found; passed over: 1 subfolder (add --recursive).\n"
    assert (run.code, run.out, run.err) == (4, "", passed_over)
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["label"] for row in rows] == ["Canonical", "", "Crying", "Laughing", "Junk"]
    assert rows[1]["error"] == "audio_empty"
    assert rows[0]["error"] == ""
    assert float(rows[0]["Canonical"]) > 0.5


def test_the_table_shows_labels_notes_and_errors(
    clips: Path, vocalbaby: Vocalbaby, toy_bundle: Path
) -> None:
    (clips / "a.wav").rename(clips / "[bold]a.wav")
    (clips / "b.wav").write_bytes(b"")
    run = vocalbaby("predict", clips, "--model", toy_bundle)
    assert run.code == 4
    lines = run.out.splitlines()
    assert lines[0].split() == ["File", "Label", *CLASSES, "Seconds", "Notes"]
    assert any("[bold]a.wav" in line and "Canonical" in line for line in lines)
    assert any("error" in line and "0 bytes" in line for line in lines)


def test_explains_why_a_clip_unlike_the_training_data_has_no_label(
    clips: Path, jsonl: Jsonl, toy_bundle: Path
) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 8000)
    soundfile.write(clips / "noise.wav", noise, 16000)
    code, (row,) = jsonl(clips / "noise.wav", "--model", toy_bundle)
    assert (code, row["label"], row["error"]) == (0, None, None)
    assert row["warnings"][-1]["code"] == "unlike_training"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "Missing argument"),
        (("x.wav", "--format", "xml"), 2, "xml"),
        (("x.wav", "--model", "nowhere"), 6, "There is no model bundle at nowhere"),
    ],
)
def test_exits_with_the_documented_code_on_usage_errors(
    vocalbaby: Vocalbaby, arguments: tuple[str, ...], code: int, message: str
) -> None:
    run = vocalbaby("predict", *arguments)
    assert run.code == code
    assert message in run.err
    assert "Traceback" not in run.err


def test_reports_an_unwritable_output_without_a_traceback(
    clips: Path, vocalbaby: Vocalbaby, toy_bundle: Path
) -> None:
    target = clips / "none" / "x.csv"
    run = vocalbaby("predict", clips, "-m", toy_bundle, "-o", target)
    assert run.code == 7
    assert f"The file cannot be used: {target}: No such file" in run.err
    assert "Traceback" not in run.err


def test_neither_help_nor_prediction_imports_a_training_library(
    clips: Path, toy_bundle: Path
) -> None:
    program = (
        "import sys\n"
        "from vocalbaby.commands.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'pandas', 'xgboost', 'sklearn', 'matplotlib', 'librosa', 'pyarrow', 'scipy'}\n"
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)\n"
    )
    for arguments in (["predict", "--help"], ["predict", clips / "a.wav", "-m", toy_bundle]):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def test_a_name_with_a_line_break_is_one_row(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    (tmp_path / "two\nlines.wav").write_bytes(b"no audio")
    header, row = vocalbaby("predict", tmp_path / "two\nlines.wav").out.splitlines()
    assert header.rstrip().endswith("Notes")
    assert row.startswith(f"{tmp_path}/two\\x0alines.wav  error")


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("has_error", [False, True])
def test_a_terminal_of_any_width_shows_names_labels_and_notes(
    monkeypatch: pytest.MonkeyPatch, width: int, *, has_error: bool
) -> None:
    probabilities: dict[str, float] = {**dict.fromkeys(CLASSES, 0.1), "Crying": 0.6}
    prediction = Prediction("baby_cry.wav", "Crying", probabilities, 2.61, "m", ())
    error = UnreadableAudioError("This is text.", hint="Send a recording.")
    stream = io.StringIO()
    monkeypatch.setattr(output, "console", lambda _: Console(file=stream, width=width))
    writer = WRITERS["table"](stream)
    writer.write(Result("baby_cry.wav", prediction))
    if has_error:
        writer.write(Result("b.wav", error=error))
    writer.close()
    header, first, *_ = text = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert "\u2026" not in "".join(text)  # nothing is cut off
    assert first.startswith("baby_cry" if width == 50 else "baby_cry.wav  Crying")
    assert ("Probability" in header) == (width == 50 or (width == 80 and has_error))
    assert ("Notes" in header) == has_error
    assert not has_error or "text" in stream.getvalue()
