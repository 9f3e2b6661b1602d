"""The option file `vocalbaby.toml`: where it is found, what it sets, and its errors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.utils.command_line.option_file import find, locate, user_folder

Vocalbaby = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in a project."""
    path = tmp_path / "project" / "day1"
    path.mkdir(parents=True)
    monkeypatch.chdir(path)
    return path


def write(folder: Path, text: str, name: str = "vocalbaby.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_gives_defaults_below_variables_and_the_command_line(
    vocalbaby: Vocalbaby, folder: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, '[predict]\nformat = "csv"\n')
    assert vocalbaby("predict", recording).out.startswith("file,label,")
    monkeypatch.setenv("VOCALBABY_PREDICT_FORMAT", "jsonl")
    assert json.loads(vocalbaby("predict", recording).out)["error"] is None
    assert vocalbaby("predict", recording, "-f", "table").out.startswith("File")


def test_is_found_above_the_current_folder_and_then_in_that_of_the_user(
    vocalbaby: Vocalbaby,
    folder: Path,
    recording: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings = tmp_path / "settings" / "vocalbaby"
    settings.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings.parent))
    write(settings, '[predict]\nformat = "jsonl"\n')
    assert vocalbaby("predict", recording).out.startswith("{")
    write(folder.parent, '[predict]\nformat = "csv"\n')
    assert vocalbaby("predict", recording).out.startswith("file,")
    assert vocalbaby("--no-config", "predict", recording).out.startswith("File")
    named = write(folder, '[predict]\nformat = "jsonl"\n', "other.toml")
    assert vocalbaby("--config", named, "predict", recording).out.startswith("{")
    monkeypatch.setenv("VOCALBABY_CONFIG", str(named))
    assert vocalbaby("predict", recording).out.startswith("{")


def test_user_folder_follows_the_rules_of_each_system() -> None:
    home = {"HOME": "/home/ada", "APPDATA": "/appdata"}
    assert user_folder(home, "linux") == Path("/home/ada/.config/vocalbaby")
    assert user_folder({**home, "XDG_CONFIG_HOME": "/x"}, "linux") == Path("/x/vocalbaby")
    mac = Path("/home/ada/Library/Application Support/vocalbaby")
    assert user_folder(home, "darwin") == mac
    assert user_folder(home, "win32") == Path("/appdata/vocalbaby")


def test_nearest_file_is_found(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below, tmp_path / "user") is None
    far = write(tmp_path, "")
    assert find(below, tmp_path / "user") == far
    near = write(below, "")
    assert find(below, tmp_path / "user") == near


@pytest.mark.parametrize("key", ["model", "'model'"])
def test_paths_are_relative_to_the_file(
    vocalbaby: Vocalbaby, folder: Path, recording: Path, key: str
) -> None:
    write(folder.parent, f'[predict]\n{key} = "models/mine"\n')
    run = vocalbaby("predict", recording)
    assert run.code == 6
    assert f"{folder.parent / 'models' / 'mine'}" in run.err


def test_words_and_addresses_are_no_paths(vocalbaby: Vocalbaby, folder: Path) -> None:
    rttm = folder / "day.rttm"
    rttm.write_text("SPEAKER day 1 1.0 2.0 <NA> <NA> Crying <NA> <NA>\n", "utf-8")
    write(folder, '[summarize]\nconfusion = "none"\nby = "recording"\n')
    run = vocalbaby("summarize", rttm)
    assert run.code == 0
    assert run.out.count("\n") == 2
    write(folder, '[model.list]\nstore = "models"\n')
    assert f"in {folder / 'models'}" in vocalbaby("model", "list").err


def test_sets_options_of_every_type(vocalbaby: Vocalbaby, folder: Path) -> None:
    write(
        folder,
        "[synthesize]\nper-class = 1\nage_months = [3, 5]\nduration = 1\nclean = true\n"
        'classes = "Crying"\n',
    )
    run = vocalbaby("synthesize", folder / "clips", "--json")
    assert json.loads(run.out)["clips"] == 1
    assert json.loads(run.out)["classes"] == ["Crying"]
    age = (folder / "clips" / "metadata.csv").read_text("utf-8").splitlines()[1].split(",")[3]
    assert age in {"3", "4", "5"}


def test_sets_the_log_level(vocalbaby: Vocalbaby, folder: Path) -> None:
    write(folder, 'log_level = "loud"\n')
    run = vocalbaby("model", "verify")
    assert run.code == 2
    assert "loud" in run.err
    assert vocalbaby("--log-level", "ERROR", "model", "verify").code == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('[predict]\n\nformt = "csv"', ("line 3", "predict.formt", "Did you mean format?")),
        ("[predct]", ("line 1", "predct", "Did you mean predict?", "[segment]")),
        ('[segment]\nworkers = "4"', ("line 2", "segment.workers", "an integer, not '4'")),
        ("[segment]\nworkers = 4.5", ("an integer, not 4.5",)),
        ("[segment]\nworkers = true", ("an integer, not True",)),
        ("[segment]\nworkers = 900", ("cannot be 900", "256")),
        ("[predict]\nrecursive = 1", ("predict.recursive", "true or false, not 1")),
        ('[predict]\nformat = "xml"', ("cannot be 'xml'", "'jsonl'")),
        ("[synthesize]\nage-months = 3", ("an array, not 3",)),
        ("[model.promote]\nstore = 3", ("model.promote.store", "a string, not 3")),
        ("predict = 3", ("line 1", "must be a section [predict]")),
        ("[predict\nformat = 1", ("is not TOML", "line 1")),
        ("[predict]\nversion = true", ("predict.version",)),
    ],
)
def test_errors_name_file_line_and_key(
    vocalbaby: Vocalbaby, folder: Path, text: str, parts: tuple[str, ...]
) -> None:
    path = write(folder, text)
    run = vocalbaby("model", "verify")  # the whole file is checked, whatever the command
    assert run.code == 2
    assert str(path) in run.err
    for part in parts:
        assert part in run.err
    assert not run.out


def test_missing_file_and_contradiction_are_errors(vocalbaby: Vocalbaby, folder: Path) -> None:
    run = vocalbaby("--config", folder / "none.toml", "model", "verify")
    assert run.code == 2
    assert "none.toml" in run.err
    assert vocalbaby("--config", "a.toml", "--no-config", "model", "verify").code == 2


def test_is_not_the_settings_of_the_segmentation(
    vocalbaby: Vocalbaby, folder: Path, recording: Path
) -> None:
    settings = write(folder, "segmentation:\n  hop_s: 0.3\n  nonsense: 1\n", "s.yaml")
    for name in ("--settings", "--config", "-c"):
        run = vocalbaby("segment", recording, "-o", folder / "one.rttm", name, settings)
        assert run.code == 2
        assert "nonsense" in run.err


def test_lines_of_keys_are_found() -> None:
    text = '# top\nlog_level = "INFO"\n[model.list]\n  store = "a"\n[predict]\nstore = 1\n'
    assert locate(text, ("log_level",)) == 2
    assert locate(text, ("model", "list", "store")) == 4
    assert locate(text, ("predict",)) == 5
    assert locate(text, ("predict", "none")) is None
