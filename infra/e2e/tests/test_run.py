"""A run ends everything that it started, whatever its outcome."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.e2e import __main__ as main_module
from infra.e2e import cleanup
from infra.e2e.__main__ import environment, run_steps, unmet_requirement
from infra.e2e.cleanup import leftovers, network_exists
from infra.e2e.dry_run import commands
from infra.e2e.progress import Progress
from infra.e2e.session import Session
from infra.e2e.steps import STEPS
from infra.e2e.steps.step import Step

INTERFACES = "  eth0: 1 2\n"


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers that a run sets."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def session(tmp_path: Path, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Session:
    # Another run on this machine may have them.
    monkeypatch.setattr(cleanup, "_networks_and_groups", list)
    work = tmp_path / "work"
    work.mkdir()
    return Session(work, {"PATH": os.environ["PATH"]}, Progress(printed))


def start_program(session: Session) -> None:
    session.start("program", "exec sleep 60")


def fail(session: Session) -> None:
    session.check("it does not work", "false")


def interrupt(_: Session) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("last", "code"),
    [(lambda _: None, 0), (fail, 1), (interrupt, 130)],
    ids=["pass", "fail", "term"],
)
def test_a_run_leaves_nothing(
    last: Callable[[Session], None],
    code: int,
    session: Session,
    printed: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = (Step("Start", start_program), Step("Last", last))
    monkeypatch.setattr(main_module, "STEPS", steps)
    signal.signal(signal.SIGTERM, main_module._interrupt)
    assert run_steps(session) == code
    lines = printed.getvalue()
    assert "== Start" in lines
    assert ("the deployment test passed" in lines) is (code == 0)
    assert "nothing is left of it: no process, mount, network, control group" in lines
    assert not session.work.exists()
    assert session.processes == {}


def test_a_run_reports_what_is_left(
    session: Session,
    printed: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(main_module, "STEPS", ())
    monkeypatch.setattr(cleanup, "_networks_and_groups", lambda: ["network vocalbaby0"])
    assert run_steps(session) == 1
    assert "left behind:\nnetwork vocalbaby0" in capsys.readouterr().err
    assert "nothing is left" not in printed.getvalue()


def test_a_failure_shows_the_ends_of_the_logs(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_log(session: Session) -> None:
        (session.work / "pants.log").write_text("the linker failed\n")
        fail(session)

    monkeypatch.setattr(main_module, "STEPS", (Step("Build", write_log),))
    assert run_steps(session) == 1
    errors = capsys.readouterr().err
    assert re.search(r"FAILED: it does not work", errors)
    assert "==> pants.log\nthe linker failed" in errors


def test_leftovers_finds_processes_and_folders(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    command = [sys.executable, "-c", "import time; time.sleep(60)", str(work)]
    program = subprocess.Popen(command)
    try:
        found = leftovers(work, [program.pid])
        assert f"process {program.pid}" in found
        assert any(line.startswith(f"{program.pid} ") for line in found)
        assert f"folder {work}" in found
    finally:
        program.kill()
        program.wait()
    work.rmdir()
    assert not [line for line in leftovers(work, [program.pid]) if str(work) in line]


def test_requires_root_programs_and_no_other_run(tmp_path: Path) -> None:
    for name in main_module._PROGRAMS:
        (tmp_path / name).touch(mode=0o755)
    path = str(tmp_path)
    assert unmet_requirement(0, path, INTERFACES) is None
    assert "needs root" in str(unmet_requirement(1000, path, INTERFACES))
    assert "another deployment test" in str(unmet_requirement(0, path, "vocalbaby0: 1 2\n"))
    (tmp_path / "mmdebstrap").unlink()
    assert "there is no mmdebstrap" in str(unmet_requirement(0, path, INTERFACES))


def test_only_the_network_of_the_test_counts() -> None:
    assert network_exists("  lo: 1\nvocalbaby0: 1 2\n")
    assert not network_exists("  lo: 1\nvocalbaby01: 1 2\n")


def test_never_uses_the_docker_engine_of_the_machine() -> None:
    environ = {"PATH": "/bin", "DOCKER_HOST": "x", "DOCKER_CONFIG": "x", "DOCKER_CONTEXT": "x"}
    assert environment(environ) == {"PATH": "/bin"}


def test_every_step_runs_commands_in_order() -> None:
    titles = [step.title for step in STEPS]
    assert len(set(titles)) == len(titles) == 13
    lines = "\n".join(commands())
    order = [
        "engine.sh start",
        "infra.offline.aws.network_server",
        "scripts/deploy_apply.sh staging none",
        "scripts/release_pex.sh",
        "infra.offline.instances.fleet",
        'production "$second" 0.5',
        "infra.e2e.steady_client",
        'scripts/deploy_apply.sh staging "$image"',
        "new-key second",
        "terminate-instance-in-auto-scaling-group",
        "workspace select -or-create west",
        "VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh staging",
        "infra/systemd/vocalbaby-server.service",
    ]
    positions = [lines.index(part) for part in order]
    assert positions == sorted(positions)


def test_all_commands_are_valid_bash() -> None:
    for text in commands():
        done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)
        assert done.returncode == 0, (text, done.stderr)
