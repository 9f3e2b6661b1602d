"""Which changes of a Terraform plan a deployment may make."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

__all__ = ["Scope", "refused_changes"]

#: The two resources that decide what the servers run.
_SERVER: Final = re.compile(r"\.aws_(launch_template|autoscaling_group)\.server$")
_NO_CHANGE: Final = (["no-op"], ["read"])


class Scope(StrEnum):
    """What a deployment may change."""

    #: Everything in the environment, as a person may.
    ALL = "all"
    #: What the servers run and nothing else, as the role of the deploy workflow may.
    SERVERS = "servers"


def refused_changes(plan: Mapping[str, Any], scope: Scope, *, allow_delete: bool) -> list[str]:
    """Changes of a plan that must not be applied.

    Args:
        plan: The plan in Terraform's JSON format.
        scope: What the deployment may change.
        allow_delete: Whether it may delete resources. A resource whose creation failed may
            always be replaced.

    Returns:
        A line for each refused change; none when the plan may be applied.
    """
    refused = []
    for change in plan.get("resource_changes", ()):
        actions, address = change["change"]["actions"], change["address"]
        if actions in _NO_CHANGE:
            continue
        tainted = change.get("action_reason") == "replace_because_tainted"
        if scope is Scope.SERVERS and not (_SERVER.search(address) and actions == ["update"]):
            refused.append(f"only a person may {'/'.join(actions)} {address}")
        elif "delete" in actions and not tainted and not allow_delete:
            refused.append(f"would delete {address}")
    return refused
