"""A simulated AWS on this machine: moto's server, with what VocalBaby's Terraform also needs.

``python -m infra.tests.simulated_aws [PORT]`` starts one and prints its address; it ends by
SIGTERM. Nothing is kept. The repairs are for moto 5.2.5.
"""

import logging
import signal
import sys
import uuid
from collections import defaultdict
from typing import Any, Final

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

__all__ = ["serve"]

#: Instance refreshes by group, newest first.
_REFRESHES: Final[defaultdict[str, list[dict[str, Any]]]] = defaultdict(list)


def _start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Replaces every instance of the group at once."""
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
    _REFRESHES[name].insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def _describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    return ActionResult({"InstanceRefreshes": _REFRESHES[self._get_param("AutoScalingGroupName")]})


def _create_version(self: LaunchTemplate, data: dict[str, Any], *args: Any, **options: Any) -> Any:
    """Leaves out the template's own tags, which moto would give back as tags of instances."""
    specifications = data.get("TagSpecifications", [])
    kept = [of for of in specifications if of.get("ResourceType") != "launch-template"]
    fresh = {**data, "TagSpecifications": kept} if specifications else data
    return _moto_create_version(self, fresh, *args, **options)


_moto_create_version = LaunchTemplate.create_version


def _repair() -> None:
    AutoScalingResponse.start_instance_refresh = _start_instance_refresh
    AutoScalingResponse.describe_instance_refreshes = _describe_instance_refreshes
    LaunchTemplate.create_version = _create_version


def serve(port: int = 0) -> ThreadedMotoServer:
    """A started server on loopback.

    Args:
        port: Any free one when 0.

    Returns:
        The server; its ``get_host_and_port()`` says where it is.
    """
    _repair()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    return server


if __name__ == "__main__":
    running = serve(int(sys.argv[1]) if sys.argv[1:] else 0)
    sys.stdout.write("http://{}:{}\n".format(*running.get_host_and_port()))
    sys.stdout.flush()
    signal.pause()
