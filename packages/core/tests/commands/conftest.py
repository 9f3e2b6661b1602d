"""Running the command as a user does."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vocalbaby.commands.main import main


@dataclass(frozen=True)
class Run:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


Vocalbaby = Callable[..., Run]


@pytest.fixture
def vocalbaby(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Vocalbaby:
    """Function that calls `vocalbaby` with its arguments, on a terminal of 200 columns."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Run:
        words: Sequence[str] = [str(a) for a in arguments]
        with pytest.raises(SystemExit) as end:
            main(words)
        captured = capsys.readouterr()
        code = end.value.code
        return Run(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests do not read the option file of the person who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable `vocalbaby` on the PATH, for shells and processes."""
    path = tmp_path / "bin" / "vocalbaby"
    path.parent.mkdir()
    path.write_text(
        f"#!{sys.executable}\nfrom vocalbaby.commands.main import main\n\nmain()\n", "utf-8"
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording of a tone that fades in and out, 1 s long."""
    t = np.arange(16_000) / 16_000
    path = tmp_path / "one.wav"
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 400 * t) * np.hanning(16_000), 16_000)
    return path
