"""Waiting until an Auto Scaling group has replaced its instances."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from scripts.deploy.programs import ProgramError, aws

__all__ = [
    "AutoScalingGroup",
    "Group",
    "Refresh",
    "RefreshError",
    "RefreshLimits",
    "wait_for_refresh",
]

_SUCCESSFUL: Final = "Successful"
_FAILED: Final = frozenset({"Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})
_FINISHED: Final = _FAILED | {_SUCCESSFUL}


class RefreshError(Exception):
    """The instances were not replaced; the message says why."""


class Refresh(NamedTuple):
    """An instance refresh of an Auto Scaling group, as AWS describes it."""

    id: str
    status: str
    percent: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class RefreshLimits:
    """When to give up waiting.

    Attributes:
        seconds: How long a refresh may take.
        failed_starts: Number of new instances that fail to start after which waiting ends.
        poll_seconds: Time between two requests to AWS.
    """

    seconds: float = 1800.0
    failed_starts: int = 3
    poll_seconds: float = 10.0


class Group(Protocol):
    """What must be known of an Auto Scaling group."""

    name: str

    def newest_refresh(self) -> Refresh | None:
        """The newest refresh; None if there has been none.

        Raises:
            ProgramError: AWS does not answer.
        """

    def failed_starts(self, since: datetime) -> list[str]:
        """Why new instances were terminated again since then, one message for each."""


class AutoScalingGroup:
    """An Auto Scaling group on AWS.

    Args:
        name: Name of the group.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def newest_refresh(self) -> Refresh | None:
        """The newest refresh; None if there has been none.

        Raises:
            ProgramError: AWS does not answer.
        """
        found = aws(
            *("autoscaling", "describe-instance-refreshes", "--max-records", "1"),
            *("--auto-scaling-group-name", self.name),
        )["InstanceRefreshes"]
        if not found:
            return None
        newest = found[0]
        return Refresh(
            newest["InstanceRefreshId"],
            newest["Status"],
            newest.get("PercentageComplete"),
            newest.get("StatusReason", ""),
        )

    def failed_starts(self, since: datetime) -> list[str]:
        """Why new instances were terminated again since then, one message for each.

        Empty when AWS does not answer: that is no sign of a failed start.
        """
        try:
            found = aws(
                *("autoscaling", "describe-scaling-activities", "--no-paginate"),
                *("--auto-scaling-group-name", self.name),
            )["Activities"]
        except ProgramError:
            return []
        return [
            activity.get("StatusMessage", "")
            for activity in found
            if activity["StatusCode"] in {"Failed", "Cancelled"}
            and _time(activity["StartTime"]) >= since
        ]


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def wait_for_refresh(
    group: Group,
    previous_id: str | None,
    limits: RefreshLimits,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Wait until a refresh that was started after ``previous_id`` has replaced all instances.

    A refresh that was already running is waited for as well.

    Args:
        group: The Auto Scaling group.
        previous_id: Id of the group's newest refresh before the change; None if there was none.
        limits: When to give up.
        clock: Seconds that have passed.
        sleep: Waits for some seconds.

    Returns:
        What happened, for the user.

    Raises:
        RefreshError: The refresh failed, took too long, or new instances do not start.
    """
    began, deadline = datetime.now(UTC), clock() + limits.seconds
    refresh: Refresh | None = None
    while True:
        try:
            refresh = group.newest_refresh()
        except ProgramError:
            print(f"AWS does not report on the refresh of {group.name}; retrying", file=sys.stderr)
            status = "unknown"
        else:
            status = refresh.status if refresh else ""
            if (refresh.id if refresh else None) == previous_id and status in {"", *_FINISHED}:
                return "no instance had to be replaced"
        if status == _SUCCESSFUL:
            return f"every instance of {group.name} was replaced"
        if refresh and status in _FAILED:
            raise RefreshError(f"the refresh of {group.name} ended as {status}: {refresh.reason}")
        failures = group.failed_starts(began)
        if len(failures) >= limits.failed_starts:
            raise RefreshError(f"new servers of {group.name} do not become ready: {failures[0]}")
        if clock() >= deadline:
            percent = refresh.percent if refresh and refresh.percent is not None else "?"
            raise RefreshError(
                f"the refresh of {group.name} takes too long: {status}, {percent} % done"
            )
        sleep(limits.poll_seconds)
