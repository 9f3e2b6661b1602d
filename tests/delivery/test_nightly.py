"""The nightly tests of recordings name what they need, and pass results on."""

import os
import shutil
from pathlib import Path

from tests.delivery.commands import run, stand_in


def test_the_transfer_test_needs_recordings_and_passes_the_result_on(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "scripts").mkdir(parents=True)
    shutil.copy("scripts/test_transfer.sh", root / "scripts")
    done = run("scripts/test_transfer.sh", env={}, root=root, expect=2)
    assert "there are no recordings in ../shared/data" in done.stderr
    (tmp_path / "shared" / "data").mkdir(parents=True)
    (root / ".venv").mkdir()
    calls = stand_in(root / ".venv" / "bin", "python", "exit 1")
    speech = stand_in(root / "scripts", "make_speech_corpus.sh", "exit 0")
    run("scripts/test_transfer.sh", "--quick", env={}, root=root, expect=1)
    assert speech.read_text().split() == ["artifacts/default_model/speech"]
    assert calls.read_text().split() == [
        "-m",
        "benchmarks.transfer.run",
        "--data",
        "../shared/data",
        "--codecs",
        "--check",
        "--quick",
    ]


def test_the_test_of_fetched_recordings_needs_the_originals(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "scripts").mkdir(parents=True)
    shutil.copy("scripts/test_fetch_recordings.sh", root / "scripts")
    done = run("scripts/test_fetch_recordings.sh", env={}, root=root, expect=2)
    assert "there are no recordings in ../shared/data" in done.stderr
    (tmp_path / "shared" / "data").mkdir(parents=True)
    (root / ".venv").mkdir()
    programs = tmp_path / "programs"
    for name in ("ffmpeg", "git", "apt-get", "dpkg-deb"):
        stand_in(programs, name, "exit 0")
    calls = stand_in(root / ".venv" / "bin", "python", "exit 1")
    env = {"PATH": f"{programs}:{os.environ['PATH']}"}
    run("scripts/test_fetch_recordings.sh", env=env, root=root, expect=1)
    assert calls.read_text().split()[-2:] == ["--data", "../shared/data"]
