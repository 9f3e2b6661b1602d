"""Waiting for an instance refresh, with a group and a clock in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from scripts.deploy import refresh as module
from scripts.deploy.programs import ProgramError
from scripts.deploy.refresh import (
    AutoScalingGroup,
    Refresh,
    RefreshError,
    RefreshLimits,
    wait_for_refresh,
)

LIMITS = RefreshLimits(seconds=60, failed_starts=2, poll_seconds=10)
SILENCE = ProgramError("aws", 255, "")


class FakeGroup:
    """Returns one answer after the other, and repeats the last one."""

    name = "servers"

    def __init__(
        self, *answers: Refresh | ProgramError | None, failures: Sequence[str] = ()
    ) -> None:
        self.answers = list(answers)
        self.failures = list(failures)

    def newest_refresh(self) -> Refresh | None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ProgramError):
            raise answer
        return answer

    def failed_starts(self, since: datetime) -> list[str]:
        return self.failures


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait(group: FakeGroup, previous: str | None, clock: Clock) -> str:
    return wait_for_refresh(group, previous, LIMITS, clock=clock, sleep=clock.sleep)


def test_returns_when_a_new_refresh_is_successful(clock: Clock) -> None:
    group = FakeGroup(
        Refresh("2", "Pending"), Refresh("2", "InProgress", 50), Refresh("2", "Successful")
    )
    assert wait(group, "1", clock) == "every instance of servers was replaced"
    assert clock.now == 20


@pytest.mark.parametrize("newest", [None, Refresh("1", "Successful"), Refresh("1", "Failed")])
def test_returns_at_once_when_no_refresh_was_started(newest: Refresh | None, clock: Clock) -> None:
    previous = newest.id if newest else None
    assert wait(FakeGroup(newest), previous, clock) == "no instance had to be replaced"
    assert clock.now == 0


def test_waits_for_a_refresh_that_was_already_running(clock: Clock) -> None:
    group = FakeGroup(Refresh("1", "InProgress", 10), Refresh("1", "Successful"))
    assert wait(group, "1", clock) == "no instance had to be replaced"
    assert clock.now == 10


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"])
def test_fails_when_the_refresh_does_not_end_successfully(status: str, clock: Clock) -> None:
    with pytest.raises(RefreshError, match=f"ended as {status}: unhealthy"):
        wait(FakeGroup(Refresh("2", status, 10, "unhealthy")), "1", clock)


def test_retries_when_aws_does_not_answer(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    group = FakeGroup(SILENCE, SILENCE, Refresh("2", "Successful"))
    assert wait(group, None, clock) == "every instance of servers was replaced"
    assert capsys.readouterr().err.count("AWS does not report") == 2


def test_a_silent_aws_is_not_taken_for_nothing_to_replace(clock: Clock) -> None:
    with pytest.raises(RefreshError, match=r"takes too long: unknown, \? % done"):
        wait(FakeGroup(SILENCE), None, clock)


def test_does_not_repeat_an_earlier_failure_while_aws_is_silent(clock: Clock) -> None:
    group = FakeGroup(Refresh("2", "InProgress", 5), SILENCE, Refresh("2", "Successful"))
    assert wait(group, "1", clock) == "every instance of servers was replaced"


def test_fails_when_the_time_is_over(clock: Clock) -> None:
    with pytest.raises(RefreshError, match="takes too long: InProgress, 40 % done"):
        wait(FakeGroup(Refresh("2", "InProgress", 40)), "1", clock)
    assert clock.now == LIMITS.seconds


def test_fails_early_when_new_instances_do_not_start(clock: Clock) -> None:
    running = Refresh("2", "InProgress", 0)
    with pytest.raises(RefreshError, match="do not become ready: abandoned"):
        wait(FakeGroup(running, failures=["abandoned", "abandoned"]), "1", clock)
    assert clock.now == 0
    with pytest.raises(RefreshError, match="takes too long"):
        wait(FakeGroup(running, failures=["abandoned"]), "1", clock)


def test_counts_only_failures_since_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    before, after = now - timedelta(hours=1), now + timedelta(seconds=1)
    activities = [
        {"StatusCode": "Failed", "StartTime": after.isoformat(), "StatusMessage": "1"},
        {"StatusCode": "Cancelled", "StartTime": f"{after:%FT%T}Z", "StatusMessage": "2"},
        {"StatusCode": "Successful", "StartTime": after.isoformat(), "StatusMessage": "3"},
        {"StatusCode": "Failed", "StartTime": before.isoformat(), "StatusMessage": "4"},
    ]
    monkeypatch.setattr(module, "aws", lambda *_: {"Activities": activities})
    since = now.replace(microsecond=0)
    assert AutoScalingGroup("servers").failed_starts(since) == ["1", "2"]


def test_an_unavailable_aws_is_not_counted_as_a_failed_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(*_: str) -> None:
        raise SILENCE

    monkeypatch.setattr(module, "aws", silent)
    assert AutoScalingGroup("servers").failed_starts(datetime.now(UTC)) == []
    with pytest.raises(ProgramError):
        AutoScalingGroup("servers").newest_refresh()


def test_reads_the_newest_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    described = {"InstanceRefreshId": "2", "Status": "InProgress", "PercentageComplete": 5}
    answers = [{"InstanceRefreshes": [described]}, {"InstanceRefreshes": []}]
    monkeypatch.setattr(module, "aws", lambda *_: answers.pop(0))
    group = AutoScalingGroup("servers")
    assert group.newest_refresh() == Refresh("2", "InProgress", 5)
    assert group.newest_refresh() is None
