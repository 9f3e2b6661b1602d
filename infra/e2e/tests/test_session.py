"""Checks, expectations and programs of the background end the test when they fail."""

import io
import os
import re
from pathlib import Path

import pytest

from infra.e2e import session as session_module
from infra.e2e.progress import Progress
from infra.e2e.session import DeploymentTestError, Session


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def session(tmp_path: Path, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(session_module, "_EXPECT_SECONDS", 0.3)
    monkeypatch.setattr(session_module, "_POLL_SECONDS", 0.05)
    return Session(tmp_path, {"PATH": os.environ["PATH"]}, Progress(printed))


def test_reports_values_of_variables(session: Session, printed: io.StringIO) -> None:
    session.run("model=0.1-abc")
    session.report("model: {model} in production")
    assert re.fullmatch(r" +\d+ s  model: 0.1-abc in production\n", printed.getvalue())


def test_expect_repeats_until_a_line_matches(session: Session, printed: io.StringIO) -> None:
    commands = 'echo x >>"$work/tries"; echo header; wc -l <"$work/tries"'
    session.expect("three tries", r"^3$", commands)
    assert (session.work / "tries").read_text() == "x\n" * 3
    assert "three tries" in printed.getvalue()


def test_expect_takes_values_literally(session: Session) -> None:
    session.shell.set(version="1.0")
    session.expect("the version", '"{version}"', "echo '\"1.0\"'")
    with pytest.raises(DeploymentTestError, match="the version"):
        session.expect("the version", '"{version}"', "echo '\"1x0\"'")


def test_expect_matches_empty_output(session: Session) -> None:
    session.expect("nothing is left", r"^$", "true")
    with pytest.raises(DeploymentTestError, match="in the output of echo something: something"):
        session.expect("nothing is left", r"^$", "echo something")


def test_expect_requires_success(session: Session) -> None:
    with pytest.raises(DeploymentTestError):
        session.expect("answers", "yes", "echo yes; exit 1")


def test_check_fails_with_its_message(session: Session) -> None:
    session.run("buckets=other")
    session.check("buckets are left", "[[ $buckets == other ]]")
    with pytest.raises(DeploymentTestError, match="buckets are left: other"):
        session.check("buckets are left: {buckets}", '[[ -z "$buckets" ]]')


def test_wait_reports_the_log_of_a_failed_program(session: Session) -> None:
    session.start("good", "echo fine")
    session.wait("good")
    assert session.log("good") == "fine"
    session.start("bad", "echo no space left; exit 3")
    with pytest.raises(DeploymentTestError, match="bad failed with exit code 3:\nno space left"):
        session.wait("bad")
    assert session.processes == {}


def test_stop_terminates_a_program(session: Session) -> None:
    session.start(
        "client", "trap 'echo 5 of 5; exit 0' TERM; echo ready; while true; do sleep 0.05; done"
    )
    session.expect("the client runs", "ready", 'cat "$work/client.log"')
    session.stop("client")
    assert session.log("client") == "ready\n5 of 5"
    session.start("client", "trap 'exit 1' TERM; echo ready; while true; do sleep 0.05; done")
    session.expect("the client runs", "ready", 'cat "$work/client.log"')
    with pytest.raises(DeploymentTestError, match="client failed with exit code 1"):
        session.stop("client")


def test_a_copy_has_variables_of_its_own(session: Session) -> None:
    other = session.copy()
    other.run("models=west")
    assert other.shell["models"] == "west"
    with pytest.raises(KeyError):
        session.shell["models"]
    assert other.processes is session.processes
