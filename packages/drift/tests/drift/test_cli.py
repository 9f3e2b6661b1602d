import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import boto3
import pandas as pd
import pytest
from moto import mock_aws

from vocalbaby.bundle.files import default_bundle_path
from vocalbaby.bundle.store import ModelStore
from vocalbaby.cloud.opening import open_storage
from vocalbaby.monitoring.drift.cli import main
from vocalbaby.monitoring.drift.window import Window
from vocalbaby.utils.version import VERSION

QUICK = {
    "VOCALBABY_DRIFT__SCORE__RESAMPLES": "20",
    "VOCALBABY_DRIFT__REPORT__COLUMNS": "1",
    "VOCALBABY_DRIFT__WINDOW__MIN_ROWS": "60",
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def table(window: Window, tmp_path: Path) -> Path:
    frame = pd.DataFrame(window.values, columns=list(window.columns))
    frame.to_csv(tmp_path / "window.csv", index=False)
    return tmp_path / "window.csv"


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0)


def test_no_drift(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert call("run", "--table", table, "--out", out, "--name", "mine", "--fail-on-drift") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("No drift: ")
    assert lines[-1] == f"no_drift: {out}/mine/report.html"
    assert (out / "mine" / "report.html").is_file()


def test_drift(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.read_csv(table)
    frame["f0_mean"] += 8.0
    frame.to_csv(table, index=False)
    assert call("run", "--table", table, "--out", tmp_path / "out", "--fail-on-drift") == 3
    assert capsys.readouterr().out.startswith("Drift: ")
    assert call("run", "--table", table, "--out", tmp_path / "out") == 0


def test_a_window_with_missing_columns_exits_with_code_5(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pd.read_csv(table).drop(columns="f0_mean").to_csv(table, index=False)
    assert call("run", "--table", table, "--out", tmp_path / "out") == 5
    assert "1 of the model's 105 columns is missing: f0_mean" in capsys.readouterr().out


def test_log_and_store_in_s3(
    window: Window, write_log, began: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    write_log(tmp_path / "log", window.thinned(120))
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="drift-bucket")
        models = ModelStore(open_storage("s3://drift-bucket/models"))
        models.set_channel("production", models.publish(default_bundle_path()))
        shipped = open_storage("s3://drift-bucket/log")
        for path in (tmp_path / "log").rglob("*.arrows"):
            shipped.replace(path.relative_to(tmp_path / "log").as_posix(), path.read_bytes())
        monkeypatch.setenv("VOCALBABY_DRIFT__LOG", "s3://drift-bucket/log")
        monkeypatch.setenv("VOCALBABY_DRIFT__STORE", "s3://drift-bucket/models")
        monkeypatch.setenv("VOCALBABY_DRIFT__OUT", "s3://drift-bucket/drift")
        since = f"{began:%Y-%m-%dT%H:%M:%S}"
        assert call("run", "--since", since, "--hours", "1", "--name", "x") == 0
        stored = open_storage("s3://drift-bucket/drift").get("latest.json")
        assert stored is not None
        found = json.loads(stored.data)
        assert found["outcome"] == "no_drift"
        assert found["rows"] == 60
        assert found["window"] == {"since": began.timestamp(), "until": began.timestamp() + 3540}
        assert open_storage("s3://drift-bucket/drift").exists("x/report.html")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run"], 2, "either --log or --table"),
        (["run", "--log", "a", "--table", "b"], 2, "either --log or --table"),
        (["run", "--log", "a", "--model", "b", "--store", "c"], 2, "either --model or --store"),
        (["run", "--log", "none"], 5, "There is no prediction log none."),
        (["run", "--table", "none.csv", "--model", "none"], 6, "none"),
        (["run", "--table", "a.csv", "--store", "none"], 6, "There is no channel 'production'"),
        (["run", "--table", "a.csv", "--name", "../x"], 7, "is not a storage key"),
        (["run", "--log", "a", "--hours", "1e12"], 2, "--hours"),
        (["--log-level", "LOUD", "run"], 2, "There is no log level 'LOUD'"),
    ],
)
def test_errors(
    words: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(*words) == code
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown  # docs/runbooks/VocalBabyDriftNotCompared.md


def test_unknown_settings_are_refused(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "drift.yaml"
    settings.write_text("score: {treshold: 0.6}\n")
    assert call("run", "--table", table, "--config", settings) == 2
    assert "unknown key 'score.treshold'" in capsys.readouterr().err


def test_settings_from_file_and_environment(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "drift.yaml"
    settings.write_text("window: {min_rows: 20}\n")
    assert call("run", "--table", table, "--config", settings, "--out", tmp_path / "out") == 0
    monkeypatch.setenv("VOCALBABY_DRIFT__WINDOW__MIN_ROWS", str(10**6))
    assert call("run", "--table", table, "--config", settings, "--out", tmp_path / "out") == 5


def test_help_shows_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    text = capsys.readouterr().out
    assert "vocalbaby-drift run --log log" in text
    assert "3 drift was found" in " ".join(text.split())
    assert call("run", "--help") == 0
    assert "Example: vocalbaby-drift run" in capsys.readouterr().out
    assert call("--version") == 0
    assert capsys.readouterr().out == f"vocalbaby-drift {VERSION}\n"


def test_help_loads_no_large_libraries() -> None:
    code = (
        "import sys, vocalbaby.monitoring.drift.cli as cli\n"
        "heavy = {'evidently', 'pandas', 'scipy', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
