"""A simulated AWS on this machine: moto's server with the fixes that VocalBaby needs.

``python -m infra.offline.aws.server [PORT]`` starts the server, prints its address and runs
until SIGTERM. All state is in memory. The fixes are written for moto 5.2.5.
"""

import logging
import signal
import sys
import uuid
from collections import defaultdict
from typing import Any, Final

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.exceptions import MalformedXML
from moto.s3.responses import S3Response

__all__ = ["ACTIVITIES", "REFRESHES", "serve"]

_TEMPLATE: Final = "launch-template"
#: Instance refreshes and scaling activities by Auto Scaling group, newest first.
REFRESHES: Final[defaultdict[str, list[dict[str, Any]]]] = defaultdict(list)
ACTIVITIES: Final[defaultdict[str, list[dict[str, Any]]]] = defaultdict(list)


def _start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Replace every instance of the group at once."""
    name = self._get_param("AutoScalingGroupName")
    backend = self.autoscaling_backend
    (group,) = backend.describe_auto_scaling_groups([name])
    for instance in [state.instance.id for state in group.instance_states]:
        backend.terminate_instance(instance, should_decrement=False)
    refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": name,
        "Status": "Successful",
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
    }
    REFRESHES[name].insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"InstanceRefreshes": REFRESHES[self._get_param("AutoScalingGroupName")]})


def _describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"Activities": ACTIVITIES[self._get_param("AutoScalingGroupName")]})


def _create_version(self: LaunchTemplate, data: dict[str, Any], *args: Any, **options: Any) -> Any:
    """Store user data as moto's instances expect it, and drop the template's own tags.

    Without this fix moto would put the template's tags on the instances that it launches.
    """
    tags = [item for item in data.get("TagSpecifications", []) if item["ResourceType"] != _TEMPLATE]
    fresh = {**data, "TagSpecifications": tags}
    if isinstance(user_data := data.get("UserData"), str):
        fresh["UserData"] = parse_user_data(user_data)
    return _moto_create_version(self, fresh, *args, **options)


_moto_create_version = LaunchTemplate.create_version


def _prep_nics(self: Instance, *args: Any, **options: Any) -> None:
    """Report the security groups that an instance got with its network interface."""
    _moto_prep_nics(self, *args, **options)
    if not self.security_groups:
        of_nics = (nic.group_set or [] for nic in self.nics.values())
        self.security_groups = [group for groups in of_nics for group in groups]


_moto_prep_nics = Instance.prep_nics


def _monitor_instances(self: EC2Response) -> ActionResult:
    instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
    for instance in instances:
        instance.monitoring_state = "enabled"
    states = [{"InstanceId": item.id, "Monitoring": {"State": "enabled"}} for item in instances]
    return ActionResult({"InstanceMonitorings": states})


def _is_action_permitted(self: IAMPolicyStatement, *args: Any, **options: Any) -> PermissionResult:
    """Treat loopback as TLS, so that bucket policies that deny plain HTTP do not apply."""
    if list(self._statement.get("Condition", {}).get("Bool", {})) == ["aws:SecureTransport"]:
        return PermissionResult.NEUTRAL
    return _moto_is_action_permitted(self, *args, **options)


_moto_is_action_permitted = IAMPolicyStatement.is_action_permitted


def _authorize(
    self: S3Response, bucket_name: str | None = None, key_name: str | None = None
) -> None:
    """Report a missing key only to callers that may list the bucket, as S3 does."""
    _moto_authorize(self, bucket_name, key_name)
    if self.data.get("Action") != "GetObject" or bucket_name is None or key_name is None:
        return
    if self.backend.get_object(bucket_name, key_name) is None:
        self.data["Action"] = "ListBucket"
        _moto_authorize(self, bucket_name)
        self.data["Action"] = "GetObject"


_moto_authorize = S3Response._authenticate_and_authorize_s3_action


def _delete_keys(self: S3Response, *args: Any, **options: Any) -> Any:
    """Refuse more than a thousand keys in one request, as S3 does."""
    if self.body.count(b"<Key>") > _KEYS_AT_ONCE:
        raise MalformedXML
    return _moto_delete_keys(self, *args, **options)


_KEYS_AT_ONCE: Final = 1000
_moto_delete_keys = S3Response._bucket_response_delete_keys


#: Class, name and implementation of each method that is replaced or added.
_FIXES: Final = (
    (AutoScalingResponse, "start_instance_refresh", _start_instance_refresh),
    (AutoScalingResponse, "describe_instance_refreshes", _describe_instance_refreshes),
    (AutoScalingResponse, "describe_scaling_activities", _describe_scaling_activities),
    (EC2Response, "monitor_instances", _monitor_instances),
    (IAMPolicyStatement, "is_action_permitted", _is_action_permitted),
    (Instance, "prep_nics", _prep_nics),
    (LaunchTemplate, "create_version", _create_version),
    (S3Response, "_authenticate_and_authorize_s3_action", _authorize),
    (S3Response, "_bucket_response_delete_keys", _delete_keys),
)


def serve(port: int = 0) -> ThreadedMotoServer:
    """Start the simulated AWS on loopback.

    Args:
        port: The port to listen on; 0 selects a free one.

    Returns:
        The running server. ``get_host_and_port()`` returns its address.
    """
    for owner, name, method in _FIXES:
        setattr(owner, name, method)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    return server


if __name__ == "__main__":
    running = serve(int(sys.argv[1]) if sys.argv[1:] else 0)
    sys.stdout.write("http://{}:{}\n".format(*running.get_host_and_port()))
    sys.stdout.flush()
    signal.pause()
