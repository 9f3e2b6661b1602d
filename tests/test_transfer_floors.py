"""`python -m benchmarks.transfer.run --check` fails where it should."""

import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.transfer import run
from benchmarks.transfer.floors import FLOORS, below_floors, lost_recordings, unmeasured
from benchmarks.transfer.recordings import Recordings


def scores(relative: float | None, **others: float | None) -> dict[str, Any]:
    """Scores in which every channel with a floor has one relative recall of cries."""
    values = dict.fromkeys(FLOORS, relative) | others
    return {
        name: {"relative": {"Crying": value, "Junk": 0.1}} for name, value in values.items()
    } | {"clean": {"relative": {"Crying": 1.0, "Junk": 1.0}}}


def test_the_floors_are_what_is_promised() -> None:
    assert FLOORS == {"band to 3.4 kHz": 0.9, "AMR-NB 12.2 kbit/s": 0.9}


def test_recalls_at_their_floor_pass() -> None:
    assert below_floors(scores(0.9)) == []
    assert below_floors(scores(1.02)) == []


@pytest.mark.parametrize("name", FLOORS)
def test_a_recall_below_its_floor_is_reported(name: str) -> None:
    (sentence,) = below_floors(scores(1.0, **{name: 0.899}))
    assert sentence.startswith(f"{name}: the recall of cries is 89.9 % of that of clean clips;")
    assert sentence.endswith("at least 90 % are required.")
    assert len(below_floors(scores(1.0, **{name: float("nan")}))) == 1
    (sentence,) = below_floors(scores(1.0, **{name: None}))
    assert "no cry is recalled" in sentence


@pytest.mark.parametrize("name", FLOORS)
def test_a_channel_that_was_not_measured_is_reported(name: str) -> None:
    table = scores(1.0)
    del table[name]
    assert below_floors(table) == unmeasured(table)
    assert unmeasured(table) == [f"{name} has a floor, but is not measured."]


def test_missing_files_are_reported() -> None:
    corpora = [
        Recordings("whole", (), {}, {"audio_silent": 3}),
        Recordings("lost", (), {}, {"file_missing": 2}),
    ]
    assert lost_recordings(corpora) == ["lost: 2 recordings are missing."]


@pytest.fixture
def transfer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Function that calls `main` with options, on given channels, recordings and scores."""

    def call(*options: str, channels: Any = FLOORS, lost: int = 0, found: Any = None) -> int:
        corpora = [Recordings("phones", (), {}, {"file_missing": lost})]
        monkeypatch.setattr(run, "read_recordings", lambda _: corpora)
        monkeypatch.setattr(run, "_channels", lambda _: (dict(channels), ["A codec is missing."]))
        monkeypatch.setattr(run, "_run", lambda *_: found)
        monkeypatch.setattr(sys, "argv", ["run", "--data", "recordings", *options])
        return run.main()

    return call


def test_the_exit_code_says_whether_the_floors_are_reached(
    transfer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert transfer("--check", found=scores(0.95)) == 0
    assert transfer(found=scores(0.5)) == 0
    assert capsys.readouterr().err == ""
    assert transfer("--check", found=scores(0.5)) == 1
    assert "transfer: AMR-NB 12.2 kbit/s: the recall of cries is 50.0 %" in capsys.readouterr().err


def test_a_check_without_recordings_or_codecs_ends_before_the_training(
    transfer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    # `found` is None, so a training whose scores are compared would raise.
    assert transfer("--check", lost=4) == 2
    assert "transfer: phones: 4 recordings are missing." in capsys.readouterr().err
    assert transfer("--check", channels={"band to 3.4 kHz": 0}) == 2
    assert capsys.readouterr().err.splitlines() == [
        "transfer: AMR-NB 12.2 kbit/s has a floor, but is not measured.",
        "transfer: A codec is missing.",
    ]


def test_a_missing_folder_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "--data", str(tmp_path / "nothing")])
    assert run.main() == 2
    assert f"There is no metadata table {tmp_path / 'nothing'}" in capsys.readouterr().err


@pytest.mark.parametrize("quick", [True, False])
def test_codecs_are_measured_in_quick_runs_too(
    monkeypatch: pytest.MonkeyPatch, *, quick: bool
) -> None:
    monkeypatch.setattr(run, "available", lambda: ({"AMR-NB 12.2 kbit/s": None}, []))
    monkeypatch.setattr(
        sys, "argv", ["run", "--data", "d", "--codecs", *(["--quick"] if quick else [])]
    )
    channels, _ = run._channels(run._options())
    assert not unmeasured(channels)
    assert ("far room" in channels) is not quick
