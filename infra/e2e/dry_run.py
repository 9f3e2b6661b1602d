"""Lists the commands of the deployment test without running them."""

from pathlib import Path
from tempfile import TemporaryDirectory

from infra.e2e.session import Session
from infra.e2e.steps import STEPS

__all__ = ["commands"]


class _DryRun(Session):
    """A session that records the commands of the steps, and in which every check succeeds."""

    def __init__(self, work: Path) -> None:
        super().__init__(work, {})
        self.recorded: list[str] = []

    def run(self, commands: str, *, exit_code: int = 0) -> None:  # noqa: ARG002 - as in Session
        self.recorded.append(commands)

    def start(self, name: str, commands: str) -> None:  # noqa: ARG002 - as in Session
        self.recorded.append(commands)

    def expect(self, what: str, pattern: str, commands: str) -> None:  # noqa: ARG002 - as in Session
        self.recorded.append(commands)

    def check(self, failure: str, commands: str) -> None:  # noqa: ARG002 - as in Session
        self.recorded.append(commands)

    def wait(self, name: str) -> None:
        """Do nothing."""

    def stop(self, name: str) -> None:
        """Do nothing."""

    def log(self, name: str) -> str:
        return f"output of {name}"

    def report(self, result: str) -> None:
        """Print nothing."""


def commands() -> list[str]:
    """Return the commands that the steps run, in their order, as bash reads them."""
    with TemporaryDirectory() as folder:
        session = _DryRun(Path(folder))
        for step in STEPS:
            step.run(session)
        return session.recorded
