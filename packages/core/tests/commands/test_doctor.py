"""`vocalbaby doctor`: what it reports, and when its exit code is not 0."""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocalbaby.bundle.files import default_bundle_path
from vocalbaby.commands.doctor import self_test
from vocalbaby.utils.extras import EXTRAS

Vocalbaby = Callable[..., Any]


def report(run: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(run.out)
    return values


def findings(run: Any, check: str) -> list[dict[str, Any]]:
    return [each for each in report(run)["findings"] if each["check"] == check]


def test_reports_what_is_installed(vocalbaby: Vocalbaby) -> None:
    run = vocalbaby("doctor")
    assert run.code == 0
    for part in ("Python 3.", "libsndfile", "kernel", "checksums verified", "VocalBaby works."):
        assert part in run.out
    details = report(vocalbaby("doctor", "--json"))["details"]
    assert details["version"]["distributions"].keys() >= {"vocalbaby-core", "vocalbaby-kernel"}
    assert details["codecs"]["libsndfile"]
    assert [each["extra"] for each in details["extra"]] == list(EXTRAS)
    assert details["model"]["version"] == self_test.EXPECTED_VERSION


def test_expected_probabilities_are_those_of_the_built_in_model() -> None:
    found = self_test.label_example()
    rounded = {label: round(p, 6) for label, p in found.probabilities.items()}
    # After a new built-in model, copy the left sides to commands/doctor/self_test.py.
    assert found.model_version == self_test.EXPECTED_VERSION
    assert rounded == pytest.approx(self_test.EXPECTED, abs=1e-5)


def test_missing_extra_is_no_error(vocalbaby: Vocalbaby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    run = vocalbaby("doctor")
    assert run.code == 0
    assert "pip install 'vocalbaby-core[onnx]'" in run.out


def test_damaged_model_is_an_error(
    vocalbaby: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    shutil.unpack_archive(default_bundle_path(), bundle)
    card = next(bundle.rglob("card.md"))
    card.write_text("Another card.\n", "utf-8")
    monkeypatch.setenv("VOCALBABY_PREDICT_MODEL", str(card.parent))
    run = vocalbaby("doctor", "--json")
    assert run.code == 6
    assert report(run)["status"] == "broken"
    assert findings(run, "model")[0]["exit_code"] == 6


def test_wrong_answer_is_an_error(vocalbaby: Vocalbaby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(self_test.EXPECTED, "Junk", 0.1)
    run = vocalbaby("doctor", "--json")
    assert run.code == 6
    assert findings(run, "self_test")[0]["status"] == "error"


def test_unwritable_temporary_folder_is_an_error(
    vocalbaby: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    run = vocalbaby("doctor", "--json")
    assert run.code == 7
    assert findings(run, "temporary_files")[0]["status"] == "error"


def test_option_file_is_shown_and_its_error_is_reported(
    vocalbaby: Vocalbaby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "vocalbaby.toml"
    file.write_text('[predict]\nformat = "csv"\n', "utf-8")
    assert findings(vocalbaby("doctor", "--json"), "option_file")[0]["text"] == str(file)
    file.write_text("[predict]\nformt = 1\n", "utf-8")
    run = vocalbaby("doctor", "--json")
    assert run.code == 2
    assert "predict.formt" in findings(run, "option_file")[0]["text"]


@pytest.mark.parametrize(
    ("name", "status", "suggestion"),
    [
        ("VOCALBABY_PREDICT_FORMAT", "ok", None),
        ("VOCALBABY_KERNEL", "ok", None),
        ("VOCALBABY_API__PORT", "ok", None),
        ("VOCALBABY_PREDIT_FORMAT", "warning", "VOCALBABY_PREDICT_FORMAT"),
        ("VOCALBABY_TRANING__RATE", "warning", "VOCALBABY_TRAINING__RATE"),
        ("VOCALBABY_SOMETHING_ELSE", "ok", None),
    ],
)
def test_misspelt_variables_are_warnings(
    vocalbaby: Vocalbaby,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    status: str,
    suggestion: str | None,
) -> None:
    monkeypatch.setenv(name, "csv")
    run = vocalbaby("doctor", "--json")
    assert run.code == 0
    (found,) = (each for each in findings(run, "variable") if name in each["text"].split(",")[0])
    assert found["status"] == status
    assert report(run)["details"]["variable"][0].get("suggestion") == suggestion


def test_broken_library_is_reported(vocalbaby: Vocalbaby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    run = vocalbaby("doctor", "--json")
    assert run.code == 1
    assert "soundfile" in findings(run, "codecs")[0]["text"]
