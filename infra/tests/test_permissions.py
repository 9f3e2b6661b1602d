"""Every job has exactly the permissions that it needs.

Terraform creates the roles in a simulated AWS. The tests evaluate the policies of each role for
every action of the relevant services, on resources of the environment and on others. The allowed
actions must be exactly those of the table below.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.session
import pytest

from infra.offline.aws.client import Aws
from infra.offline.aws.policy_evaluation import allows, named_actions
from infra.offline.terraform.mirror import Mirror
from infra.tests.inspection import broad_policies, role_statements
from infra.tests.roles import JOBS, NAME, RESOURCES, account_of_roles, arn, s3_arn

#: Values of condition keys for requests on these resources.
CONTEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "state": {"s3:prefix": "staging/terraform.tfstate"},
    "a new release": {"s3:if-none-match": "*"},
    "a new model": {"s3:if-none-match": "*"},
    "the template": {"aws:ResourceTag/Name": f"{NAME}-server"},
    "other template": {"aws:ResourceTag/Name": "other"},
    "another instance's template": {"aws:ResourceTag/Name": f"{NAME}-west-server"},
    "a new instance": {
        "ec2:LaunchTemplate": arn("ec2", "launch-template/lt-1"),
        "ec2:CreateAction": "RunInstances",
    },
    "other instance": {"ec2:CreateAction": "CreateTags"},
    "the server's role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "monitoring's role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "other role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "another instance's role": {"iam:PassedToService": "ec2.amazonaws.com"},
}

EVERYTHING: Final = frozenset(RESOURCES)
_PULL: Final[Mapping[str, frozenset[str]]] = {
    "ecr:GetAuthorizationToken": EVERYTHING,
    "ecr:BatchGetImage": frozenset({"images"}),
    "ecr:GetDownloadUrlForLayer": frozenset({"images"}),
}
_SESSION: Final = dict.fromkeys(
    (
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
    EVERYTHING,
)


def _only(*things: str) -> frozenset[str]:
    return frozenset(things)


_MODELS: Final = ("a model", "a new model")
_RELEASES: Final = ("a release", "a new release")
_DRIFT: Final = {
    "s3:GetObject": _only(*_MODELS, "a channel", "predictions", *_RELEASES, "a drift report"),
    "s3:ListBucket": _only("models", "logs", "artifacts"),
    "s3:PutObject": _only("a drift report"),
    **_PULL,
}

#: The allowed actions of each job, with their resources.
ALLOWED: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "server": {
        "autoscaling:CompleteLifecycleAction": _only("the servers"),
        "s3:GetObject": _only(*_MODELS, "a channel", *_RELEASES, "a drift report"),
        "s3:ListBucket": _only("models", "artifacts"),
        "s3:PutObject": _only("predictions"),
        "ssm:GetParameter": _only("the server's secret"),
        **_PULL,
        **_SESSION,
    },
    "drift": {**_DRIFT, **_SESSION},
    "monitoring": {
        "ec2:DescribeAvailabilityZones": EVERYTHING,
        "ec2:DescribeInstances": EVERYTHING,
        "ssm:GetParameter": _only("monitoring's secret"),
        **_DRIFT,
        **_SESSION,
    },
    "github-ci": {
        "s3:GetObject": _only("a file of DVC"),
        "s3:ListBucket": _only("artifacts"),
        "s3:PutObject": _only("a file of DVC"),
    },
    "github-release": {
        "ecr:BatchCheckLayerAvailability": _only("images"),
        "ecr:CompleteLayerUpload": _only("images"),
        "ecr:InitiateLayerUpload": _only("images"),
        "ecr:PutImage": _only("images"),
        "ecr:UploadLayerPart": _only("images"),
        "s3:GetObject": _only(*_MODELS, *_RELEASES),
        "s3:ListBucket": _only("models"),
        "s3:PutObject": _only(
            "a new model", "a new release"
        ),  # existing objects cannot be replaced
        **_PULL,
    },
    "github-drift": _DRIFT,
    "github-deploy": {
        "autoscaling:CancelInstanceRefresh": _only("the servers"),
        "autoscaling:DescribeAutoScalingGroups": EVERYTHING,
        "autoscaling:DescribeInstanceRefreshes": EVERYTHING,
        "autoscaling:DescribeScalingActivities": EVERYTHING,
        "autoscaling:RollbackInstanceRefresh": _only("the servers"),
        "autoscaling:StartInstanceRefresh": _only("the servers"),
        "autoscaling:UpdateAutoScalingGroup": _only("the servers"),
        "cloudwatch:GetMetricData": EVERYTHING,
        "ec2:CreateLaunchTemplateVersion": _only("the template"),
        "ec2:CreateTags": _only("a new instance"),
        "ec2:DescribeInstances": EVERYTHING,
        "ec2:DescribeLaunchTemplateVersions": EVERYTHING,
        "ec2:DescribeLaunchTemplates": EVERYTHING,
        "ec2:ModifyLaunchTemplate": _only("the template"),
        "ec2:RunInstances": _only("a new instance", "the template"),
        "elasticloadbalancing:DescribeTargetHealth": EVERYTHING,
        "iam:PassRole": _only("the server's role"),
        "s3:DeleteObject": _only("its lock"),
        "s3:GetObject": _only(*_MODELS, "a channel", *_RELEASES, "its state", "its lock"),
        "s3:ListBucket": _only("models", "state"),
        "s3:PutObject": _only("a channel", "its state", "its lock"),
        "ssm:GetParameter": _only("Amazon Linux"),
    },
}

_SERVICES: Final = (
    *("autoscaling", "cloudwatch", "ec2", "ecr", "elbv2", "iam"),
    *("kms", "s3", "secretsmanager", "ssm", "sts"),
)
#: Prefixes of actions that differ from the name under which requests are signed.
_PREFIXES: Final = {"cloudwatch": "cloudwatch"}
#: Actions that are not named after an operation of the API.
_MORE_ACTIONS: Final = (
    "iam:PassRole",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObjectVersion",
    "s3:GetObjectVersion",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    *_SESSION,
)


@pytest.fixture(scope="module")
def actions() -> list[str]:
    """Every action of the services that a job could use."""
    session = botocore.session.get_session()
    models = [session.get_service_model(service) for service in _SERVICES]
    found = {
        f"{_PREFIXES.get(model.service_name, model.signing_name)}:{operation}"
        for model in models
        for operation in model.operation_names
    }
    return sorted(found.union(_MORE_ACTIONS))


@pytest.fixture(scope="module")
def aws(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with the roles of one environment."""
    with account_of_roles(applying, tmp_path_factory.mktemp("roles")) as aws:
        yield aws


def _statements(aws: Aws, job: str) -> list[dict[str, Any]]:
    return role_statements(aws.client("iam"), f"{NAME}-{job}")


def test_there_is_exactly_one_role_for_each_job(aws: Aws) -> None:
    roles = aws.client("iam").list_roles()["Roles"]
    assert {role["RoleName"] for role in roles} == {f"{NAME}-{job}" for job in JOBS}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_has_exactly_the_permissions_of_the_table(
    job: str, aws: Aws, actions: list[str]
) -> None:
    statements = _statements(aws, job)
    assert named_actions(statements) <= set(actions), "an action that the test does not evaluate"
    assert _allowed(statements, actions) == ALLOWED[job]


def _allowed(statements: list[dict[str, Any]], actions: list[str]) -> dict[str, frozenset[str]]:
    evaluated = {
        action: frozenset(
            name
            for name, resource in RESOURCES.items()
            if allows(statements, action, resource, CONTEXTS.get(name))
        )
        for action in actions
    }
    return {action: things for action, things in evaluated.items() if things}


@pytest.mark.parametrize(
    ("element", "wrong"), [("Action", "s3:*"), ("Resource", "*"), ("Resource", f"{s3_arn('*')}/*")]
)
def test_detects_a_statement_that_allows_more(
    element: str, wrong: str, aws: Aws, actions: list[str]
) -> None:
    statements = _statements(aws, "server")
    (predictions,) = (item for item in statements if item.get("Sid") == "AddPredictions")
    widened = [item for item in statements if item is not predictions] + [
        predictions | {element: wrong}
    ]
    assert _allowed(widened, actions) != ALLOWED["server"]


def test_policies_allow_only_named_actions_on_named_resources(aws: Aws) -> None:
    assert broad_policies(aws) == []


def test_the_deploy_role_depends_on_the_conditions(aws: Aws) -> None:
    statements = _statements(aws, "github-deploy")
    assert not allows(statements, "iam:PassRole", RESOURCES["the server's role"])
    assert not allows(statements, "ec2:RunInstances", RESOURCES["a new instance"])
    assert not allows(statements, "ec2:RunInstances", RESOURCES["the template"])
    listing = {"s3:prefix": "production/terraform.tfstate"}
    assert not allows(statements, "s3:ListBucket", RESOURCES["state"], listing)
