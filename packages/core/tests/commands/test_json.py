"""`--json`: one object on standard output, with the keys that docs/cli.md lists."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Vocalbaby = Callable[..., Any]
RTTM = "SPEAKER day 1 1.0 2.0 <NA> <NA> Crying <NA> <NA>\n"


def documented() -> dict[str, set[str]]:
    """Keys of the object of each command, from the table of docs/cli.md."""
    section = Path("docs/cli.md").read_text("utf-8").partition("## JSON\n")[2]
    rows = re.findall(r"^\| (`.*?) \| (`.*?) \|$", section.partition("\n## ")[0], re.MULTILINE)
    return {
        command: set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", keys)))
        for commands, keys in rows
        for command in re.findall(r"`([a-z -]+)`", commands)
    }


def check(run: Any, command: str) -> dict[str, Any]:
    """Return the object of a command, whose keys are the documented ones."""
    values: dict[str, Any] = json.loads(run.out)
    assert values.pop("command") == command.partition(" --")[0]
    assert values.pop("error") is None
    assert set(values) == documented()[command]
    return values


def test_predict(vocalbaby: Vocalbaby, recording: Path, tmp_path: Path) -> None:
    run = vocalbaby("predict", recording, tmp_path / "none.wav", "--json")
    values = check(run, "predict")
    assert run.code == 5
    assert [each["error"] is None for each in values["results"]] == [True, False]
    assert values["summary"]["found"] == 2
    table = tmp_path / "labels.csv"
    both = vocalbaby("predict", recording, "--json", "-f", "csv", "-o", table)
    assert json.loads(both.out)["results"]
    assert table.read_text("utf-8").startswith("file,")


def test_segment(vocalbaby: Vocalbaby, recording: Path, tmp_path: Path) -> None:
    run = vocalbaby("segment", recording, "-o", tmp_path / "one.rttm", "--json")
    assert check(run, "segment")["segmented"] == 1
    assert "one.rttm: " in run.err


def test_annotations(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    source = tmp_path / "day.rttm"
    source.write_text(RTTM, "utf-8")
    values = check(vocalbaby("convert", source, tmp_path / "day.csv", "--json"), "convert")
    assert values["files"][0]["segments"] == 1
    assert values["files"][0]["recordings"] == ["day"]
    values = check(vocalbaby("summarize", source, "--by", "recording", "--json"), "summarize")
    assert values["figures"][0]["recording_id"] == "day"


def test_models(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    values = check(vocalbaby("model", "list", "--json"), "model list")
    version = values["models"][0]["version"]
    assert values["models"][0]["is_built_in"]
    assert check(vocalbaby("model", "show", "--json"), "model show")["version"] == version
    assert check(vocalbaby("model", "verify", "--json"), "model verify")["valid"]
    from vocalbaby.bundle.files import default_bundle_path

    bundle = default_bundle_path()
    run = vocalbaby("model", "publish", bundle, "--store", store, "--json")
    assert check(run, "model publish")["version"] == version
    run = vocalbaby("model", "promote", version, "--store", store, "--json")
    assert check(run, "model promote")["after"]["serves"] == {version: 1.0}
    values = check(vocalbaby("model", "list", "--store", store, "--json"), "model list")
    assert values["channels"]["production"]["serves"] == {version: 1.0}


def test_synthesize(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    run = vocalbaby("synthesize", tmp_path / "a", "-n", 1, "--classes", "Junk", "--json")
    assert check(run, "synthesize")["clips"] == 1
    run = vocalbaby("synthesize", tmp_path / "b", "--day", 0.01, "--json")
    assert check(run, "synthesize --day")["segments"] >= 0


def test_an_error_is_in_the_object_too(vocalbaby: Vocalbaby, tmp_path: Path) -> None:
    run = vocalbaby("model", "verify", tmp_path, "--json")
    assert run.code == 6
    assert json.loads(run.out) == {
        "command": "model verify",
        "error": {
            "code": "bundle_invalid",
            "message": f"{tmp_path} lacks manifest.json.",
            "hint": "Name the folder or zip of a model bundle.",
            "exit_code": 6,
        },
        "valid": False,
    }
    assert "lacks manifest.json" in run.err


@pytest.mark.parametrize("command", ["ingest", "validate", "features", "train", "evaluate"])
def test_stages_report_their_errors_as_json(
    vocalbaby: Vocalbaby, tmp_path: Path, command: str
) -> None:
    run = vocalbaby(command, "--config-dir", tmp_path, "--out", tmp_path / "out", "--json")
    values = json.loads(run.out)
    assert run.code == values["error"]["exit_code"] >= 2
    assert command in documented()
