"""Running the command as a user does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

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
