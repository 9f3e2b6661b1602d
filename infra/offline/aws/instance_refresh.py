"""Rolling instance refreshes as EC2 Auto Scaling performs them; moto implements none.

A refresh starts the new instances first. A new instance is in service once it has completed the
group's lifecycle action with CONTINUE. An instance that reports ABANDON is terminated and another
one is started, until the refresh is cancelled. The old instances are terminated as soon as all
new ones are in service.
"""

import time
import uuid
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Final

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from infra.offline.aws.server import ACTIVITIES, REFRESHES

__all__ = ["install"]

#: The lifecycle action result, CONTINUE or ABANDON, by instance id.
_RESULTS: Final[dict[str, str]] = {}
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
        launched = datetime.now(UTC)
        group.replace_autoscaling_group_instances(len(before), group.get_propagated_tags())
        started = [s.instance.id for s in group.instance_states if s.instance.id not in before]
        while refresh["Status"] == "InProgress" and not all(i in _RESULTS for i in started):
            time.sleep(0.1)
        if all(_RESULTS.get(i) == "CONTINUE" for i in started):
            backend.update_attached_target_groups(name)
            _terminate(backend, group, before)
            refresh |= {"Status": "Successful", "PercentageComplete": 100}
            return
        _terminate(backend, group, started)
        ACTIVITIES[name][:0] = [
            _abandoned(name, instance, launched) for instance in started if instance in _RESULTS
        ]
    refresh["Status"] = "Cancelled"


def _terminate(backend: Any, group: Any, instances: list[str]) -> None:
    """Terminate instances of a group without starting replacements."""
    group.instance_states = [s for s in group.instance_states if s.instance.id not in instances]
    backend.ec2_backend.terminate_instances(instances)


def _abandoned(group: str, instance: str, launched: datetime) -> dict[str, Any]:
    return {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group,
        "Description": f"Launching a new EC2 instance: {instance}",
        "Cause": "an instance refresh",
        "StartTime": launched,
        "EndTime": datetime.now(UTC),
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
    known = instance in {state.instance.id for state in group.instance_states}
    if not hooks or not known or instance in _RESULTS:
        raise ValidationError(f"No active Lifecycle Action found with instance ID {instance}")
    _RESULTS[instance] = self._get_param("LifecycleActionResult")
    return EmptyResult()


def install() -> None:
    """Add rolling instance refreshes to the simulated AWS of this process."""
    for method in (
        _start_instance_refresh,
        _cancel_instance_refresh,
        _complete_lifecycle_action,
    ):
        setattr(AutoScalingResponse, method.__name__.removeprefix("_"), method)
