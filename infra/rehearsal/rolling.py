"""Instance refreshes as EC2 Auto Scaling does them, where moto has none.

Successors are started first. An instance counts when it has completed the group's lifecycle
action; one that abandons it is taken away and another one is started, until the refresh is
cancelled. Those before it go when all successors count.
"""

import time
import uuid
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Final

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from infra.tests.simulated_aws import ACTIVITIES, REFRESHES

__all__ = ["install"]

#: What instances said of themselves, CONTINUE or ABANDON, by id.
_SAID: Final[dict[str, str]] = {}
_ABANDONED: Final = "Instance failed to complete user's Lifecycle Action: it was abandoned"


class _InProgressError(AutoscalingClientError):
    code = "InstanceRefreshInProgress"
    message = "An Instance Refresh is already in progress and blocks another one."


def _start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    name, backend = self._get_param("AutoScalingGroupName"), self.autoscaling_backend
    if REFRESHES[name] and REFRESHES[name][0]["Status"] in ("InProgress", "Cancelling"):
        raise _InProgressError
    refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": name,
        "Status": "InProgress",
        "PercentageComplete": 0,
    }
    REFRESHES[name].insert(0, refresh)
    Thread(target=_roll, args=(backend, name, refresh), daemon=True).start()
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _roll(backend: Any, name: str, refresh: dict[str, Any]) -> None:
    (group,) = backend.describe_auto_scaling_groups([name])
    before = [state.instance.id for state in group.instance_states]
    while refresh["Status"] == "InProgress":
        group.replace_autoscaling_group_instances(len(before), group.get_propagated_tags())
        started = [of.instance.id for of in group.instance_states if of.instance.id not in before]
        while refresh["Status"] == "InProgress" and not all(of in _SAID for of in started):
            time.sleep(0.1)
        if all(_SAID.get(of) == "CONTINUE" for of in started):
            backend.update_attached_target_groups(name)
            _take_away(backend, group, before)
            refresh |= {"Status": "Successful", "PercentageComplete": 100}
            return
        _take_away(backend, group, started)
        ACTIVITIES[name][:0] = [_abandoned(name, of) for of in started if of in _SAID]
    refresh["Status"] = "Cancelled"


def _take_away(backend: Any, group: Any, instances: list[str]) -> None:
    """Without others in their place."""
    group.instance_states = [of for of in group.instance_states if of.instance.id not in instances]
    backend.ec2_backend.terminate_instances(instances)


def _abandoned(group: str, instance: str) -> dict[str, Any]:
    return {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group,
        "Description": f"Launching a new EC2 instance: {instance}",
        "Cause": "an instance refresh",
        "StartTime": datetime.now(UTC),
        "StatusCode": "Cancelled",
        "StatusMessage": _ABANDONED,
        "Progress": 100,
    }


def _cancel_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    refresh = next(iter(REFRESHES[self._get_param("AutoScalingGroupName")]), {})
    if refresh.get("Status") != "InProgress":
        raise ValidationError("no instance refresh is in progress")
    refresh["Status"] = "Cancelling"
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _complete_lifecycle_action(self: AutoScalingResponse) -> ActionResult:
    name, instance = self._get_param("AutoScalingGroupName"), self._get_param("InstanceId")
    backend = self.autoscaling_backend
    (group,) = backend.describe_auto_scaling_groups([name])
    hooks = backend.describe_lifecycle_hooks(name, [self._get_param("LifecycleHookName")])
    known = instance in {of.instance.id for of in group.instance_states}
    if not hooks or not known or instance in _SAID:
        raise ValidationError(f"No active Lifecycle Action found with instance ID {instance}")
    _SAID[instance] = self._get_param("LifecycleActionResult")
    return EmptyResult()


def install() -> None:
    """Have the simulated AWS of this process do so."""
    for does in (
        _start_instance_refresh,
        _cancel_instance_refresh,
        _complete_lifecycle_action,
    ):
        setattr(AutoScalingResponse, does.__name__.removeprefix("_"), does)
