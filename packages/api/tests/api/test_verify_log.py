"""``vocalbaby-serve verify-log`` finds what is damaged in a prediction log."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vocalbaby import cli
from vocalbaby.monitoring.prediction_log import LoggedModel, Record
from vocalbaby.monitoring.prediction_log.writer import Writer

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The only file of a log, with a batch of two rows and one of a row."""
    model = LoggedModel("m-1", "spectral", "3", ("a",), ("Crying",))
    features = np.ones(1, np.float32)
    row = Record(10**18, "r", model, features, "Crying", {"Crying": 1.0}, 0.5, ())
    (tmp_path / "log").mkdir()
    writer = Writer(tmp_path / "log", max_bytes=10**6)
    assert writer.write([row, row]) == writer.write([row]) == []
    writer.close()
    return next((tmp_path / "log").glob("*/*/*.arrows"))


def verify(folder: Path, *flags: str) -> int:
    return cli.main(["verify-log", str(folder), *flags])


def test_a_whole_log_is_verified(tmp_path: Path, file: Path, capsys: Capture) -> None:
    assert file.exists()
    assert verify(tmp_path / "log") == 0
    assert capsys.readouterr().out == f"{tmp_path}/log: 1 file, 3 rows\n"


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[data.index(b"m-1m-1")] ^= 1  # of the first batch
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "rows", "reason"),
    [
        (lambda file: file.write_bytes(b""), 0, "empty"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), 3, "cut"),
        (damage, 1, "damaged"),
    ],
)
def test_damage_is_reported_with_its_place(
    tmp_path: Path,
    file: Path,
    capsys: Capture,
    harm: Callable[[Path], object],
    rows: int,
    reason: str,
) -> None:
    harm(file)
    assert verify(tmp_path / "log") == 5
    shown = capsys.readouterr()
    assert f"{file.relative_to(tmp_path / 'log')}, byte" in shown.out
    assert reason in shown.out
    assert "1 part of the prediction log" in shown.err
    assert verify(tmp_path / "log", "--json") == 5
    report = json.loads(capsys.readouterr().out)
    assert report["files"] == 1
    assert report["rows"] == rows
    assert [part["reason"].partition(":")[0] for part in report["left_out"]] == [reason]


def test_an_incomplete_write_is_no_damage(tmp_path: Path, file: Path, capsys: Capture) -> None:
    data = file.read_bytes()
    file.with_suffix(".part").write_bytes(data[: data.rindex(b"\xff\xff\xff\xff\0\0\0\0") - 10])
    file.unlink()
    assert verify(tmp_path / "log") == 0
    assert "1 file with an incomplete write at the end" in capsys.readouterr().out


def test_a_log_that_does_not_exist_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    assert verify(tmp_path / "nowhere") == 5
    assert "There is no prediction log" in capsys.readouterr().err


def test_the_help_has_examples_and_exit_codes(capsys: Capture) -> None:
    assert cli.main(["verify-log", "--help"]) == 0
    text = capsys.readouterr().out
    assert "s3://bucket/log" in text
    assert "5 a part of the log is damaged" in text
