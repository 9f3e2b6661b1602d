"""Which changes of a Terraform plan are refused."""

from typing import Any

import pytest

from scripts.deploy.plan import Scope, refused_changes

TEMPLATE = "module.stack.module.compute[0].aws_launch_template.server"
GROUP = "module.stack.module.compute[0].aws_autoscaling_group.server"
BUCKET = "module.stack.module.storage.aws_s3_bucket.this"


def plan(*changes: tuple[str, list[str]], reason: str = "") -> dict[str, Any]:
    return {
        "resource_changes": [
            {"address": address, "change": {"actions": actions}, "action_reason": reason}
            for address, actions in changes
        ]
    }


def test_accepts_a_plan_without_changes() -> None:
    unchanged = plan((BUCKET, ["no-op"]), ("data.aws_ami.this", ["read"]))
    assert refused_changes({}, Scope.SERVERS, allow_delete=False) == []
    assert refused_changes(unchanged, Scope.SERVERS, allow_delete=False) == []


def test_accepts_creations_and_updates_anywhere_in_the_scope_all() -> None:
    changes = plan((BUCKET, ["create"]), (TEMPLATE, ["update"]))
    assert refused_changes(changes, Scope.ALL, allow_delete=False) == []


@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
def test_refuses_deletions_unless_they_are_allowed(actions: list[str]) -> None:
    changes = plan((BUCKET, actions))
    assert refused_changes(changes, Scope.ALL, allow_delete=False) == [f"would delete {BUCKET}"]
    assert refused_changes(changes, Scope.ALL, allow_delete=True) == []


def test_accepts_the_replacement_of_a_resource_whose_creation_failed() -> None:
    changes = plan((GROUP, ["delete", "create"]), reason="replace_because_tainted")
    assert refused_changes(changes, Scope.ALL, allow_delete=False) == []


def test_accepts_only_updates_of_what_servers_run_in_the_scope_servers() -> None:
    updates = plan((TEMPLATE, ["update"]), (GROUP, ["update"]))
    assert refused_changes(updates, Scope.SERVERS, allow_delete=False) == []
    others = plan((TEMPLATE, ["delete", "create"]), (BUCKET, ["update"]))
    assert refused_changes(others, Scope.SERVERS, allow_delete=True) == [
        f"only a person may delete/create {TEMPLATE}",
        f"only a person may update {BUCKET}",
    ]
