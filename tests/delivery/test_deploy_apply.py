"""Deploying with real Terraform and the real module `compute`, on a simulated AWS.

The environment has nothing but servers. The service in front of them answers as the release that
their launch template names: see :mod:`tests.delivery.tiny_environment`.
"""

import json
from collections.abc import Iterator

import pytest

from infra.offline.aws import server as simulated_aws
from tests.delivery.tiny_environment import Tiny, release, tiny_environment


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    with tiny_environment(tmp_path_factory.mktemp("tiny")) as made:
        yield made


def test_deploys_a_release_to_the_servers(tiny: Tiny) -> None:
    assert "tiny runs none" in tiny.deploy("none")
    assert not tiny.aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    output = tiny.deploy(*release("1"))
    assert "no instance had to be replaced" in output  # the group is new
    output = tiny.deploy(*release("2"), VOCALBABY_SCOPE="servers")
    assert "every instance of vocalbaby-tiny-server was replaced" in output
    assert tiny.runs() == release("2")[0]


def test_a_release_that_fails_the_smoke_test_is_rolled_back(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    settings = {"VOCALBABY_URL": tiny.url, "VOCALBABY_SCOPE": "servers"}
    output = tiny.deploy(*release("ill"), expect=4, **settings)
    assert "smoke test: FAILED: predict" in output
    assert "tiny runs the previous release" in output
    assert tiny.runs() == before


def test_the_previous_release_is_tested_too(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    before_answers = tiny.service.before
    tiny.service.before = lambda: setattr(tiny.service, "status", 500)
    try:
        output = tiny.deploy(*release("4"), expect=1, VOCALBABY_URL=tiny.url)
    finally:
        tiny.service.before = before_answers
    assert "tiny runs the previous release, which does NOT pass the smoke test" in output
    assert tiny.runs() == before


def test_servers_that_never_become_ready_end_a_deployment_early(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    output = tiny.deploy(
        *release("endless"), expect=4, VOCALBABY_REFRESH_SECONDS="60", VOCALBABY_FAILED_STARTS="2"
    )
    assert "new servers of vocalbaby-tiny-server do not become ready: it was abandoned" in output
    assert "takes too long" not in output
    assert tiny.runs() == before


def test_a_silent_aws_is_not_taken_for_nothing_to_replace(tiny: Tiny) -> None:
    tiny.has_a_release()
    tiny.silent.extend([False, True, True])  # before the deployment, and twice after it
    output = tiny.deploy(*release("6"), VOCALBABY_REFRESH_SECONDS="60")
    assert output.count("AWS does not report on the refresh of vocalbaby-tiny-server") == 2
    assert "every instance of vocalbaby-tiny-server was replaced" in output
    tiny.silent.extend([True])
    output = tiny.deploy(*release("7"), expect=1)
    assert "nothing was changed" in output
    assert tiny.runs() == release("6")[0]


def test_servers_that_do_not_start_are_rolled_back(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    output = tiny.deploy(*release("dead"), expect=4)
    assert "rolling back" in output
    assert tiny.runs() == before


def test_refuses_a_plan_that_deletes(tiny: Tiny) -> None:
    more = json.dumps({**tiny.variables, "extra": True})
    image = "1.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:" + "a" * 64
    tiny.deploy(image, VOCALBABY_VARIABLES=more, VOCALBABY_URL=tiny.url)
    assert tiny.runs() == image
    output = tiny.deploy(*release("3"), expect=3)
    assert "module.stack.aws_s3_bucket.extra[0]" in output
    assert tiny.runs() == image
    assert tiny.aws.client("s3").list_buckets()["Buckets"]
    # A deployment that may only change the servers does not see it.
    tiny.deploy(*release("3"), VOCALBABY_SCOPE="servers")
    assert tiny.runs() == release("3")[0]
    assert tiny.aws.client("s3").list_buckets()["Buckets"]
    tiny.deploy(*release("3"), VOCALBABY_ALLOW_DELETE="1")
    assert not tiny.aws.client("s3").list_buckets()["Buckets"]


def test_refuses_changes_beyond_the_servers_in_their_scope(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    settings = {"VOCALBABY_SCOPE": "servers", "VOCALBABY_ALLOW_DELETE": "1"}
    output = tiny.deploy("none", expect=3, **settings)
    assert "only a person may delete module.stack.module.compute[0].aws_launch_template" in output
    assert tiny.runs() == before


def test_replaces_a_group_whose_creation_failed(tiny: Tiny) -> None:
    tiny.has_a_release()
    tiny.terraform("taint", "module.stack.module.compute[0].aws_autoscaling_group.server")
    tiny.deploy(*release("8"))
    assert tiny.runs() == release("8")[0]


def test_a_repeated_deployment_waits_for_a_running_refresh(tiny: Tiny) -> None:
    tiny.has_a_release()
    name = "vocalbaby-tiny-server"
    running = {"InstanceRefreshId": "0", "AutoScalingGroupName": name, "Status": "InProgress"}
    simulated_aws.REFRESHES[name].insert(0, running)
    again = json.loads(tiny.terraform("output", "-json", "server_artifact"))
    output = tiny.deploy(again["uri"], again["sha256"], expect=1)
    assert "no instance had to be replaced" not in output
    assert "takes too long: InProgress" in output
    running["Status"] = "Successful"
    output = tiny.deploy(again["uri"], again["sha256"])
    assert "no instance had to be replaced" in output


def test_variables_that_terraform_rejects_change_nothing(tiny: Tiny) -> None:
    before = tiny.has_a_release()
    variables = json.dumps({**tiny.variables, "extra": "perhaps"})
    output = tiny.deploy(*release("5"), expect=1, VOCALBABY_VARIABLES=variables)
    assert "bool is required" in output
    assert "nothing was changed" in output
    assert tiny.runs() == before


def test_rejects_wrong_settings(tiny: Tiny) -> None:
    assert "there is no environment huge" in tiny.deploy("none", name="huge", expect=2)
    assert "must be all or servers" in tiny.deploy("none", expect=2, VOCALBABY_SCOPE="some")
    assert "use: deploy_apply.sh" in tiny.deploy("server:latest", expect=2)
