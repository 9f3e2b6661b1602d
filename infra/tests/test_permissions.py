"""Every job may do what it needs, and AWS would refuse it everything else.

The roles are made by Terraform in a simulated AWS and read back from it. What each may do is
asked for every action of the services in reach, on things of its own and of others: the answer
must be the table below, no less and no more.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest
import requests
from botocore.exceptions import ClientError

from infra.tests.inspection import broad_policies, role_statements
from infra.tests.permissions import allows, named_actions, trusts
from infra.tests.simulation import REGION, Applied, Aws, make_applicable, simulated_aws
from infra.tests.terraform import Mirror, copy_of

ACCOUNT: Final = "123456789012"
GITHUB: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
NAME: Final = "vocalbaby-staging"
BUCKETS: Final = {of: f"{NAME}-{of}-{ACCOUNT}" for of in ("models", "artifacts", "logs")}
WORKFLOWS: Final = ("ci", "drift", "release", "deploy")
JOBS: Final = ("server", "drift", "monitoring", *(f"github-{of}" for of in WORKFLOWS))


def _arn(service: str, name: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"


def _s3(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


#: What requests are about: name to ARN. Those that begin with "other" belong to somebody else,
#: those of another instance to one of this environment in the same account and region.
THINGS: Final[Mapping[str, str]] = {
    "models": _s3(BUCKETS["models"]),
    "a model": _s3(f"{BUCKETS['models']}/models/1/manifest.json"),
    "a new model": _s3(f"{BUCKETS['models']}/models/2/manifest.json"),
    "a channel": _s3(f"{BUCKETS['models']}/channels/production.json"),
    "artifacts": _s3(BUCKETS["artifacts"]),
    "a release": _s3(f"{BUCKETS['artifacts']}/releases/1/server.pex"),
    "a new release": _s3(f"{BUCKETS['artifacts']}/releases/2/server.pex"),
    "a drift report": _s3(f"{BUCKETS['artifacts']}/drift/latest.json"),
    "a file of DVC": _s3(f"{BUCKETS['artifacts']}/dvc/00/1"),
    "logs": _s3(BUCKETS["logs"]),
    "predictions": _s3(f"{BUCKETS['logs']}/predictions/1.jsonl"),
    "access logs": _s3(f"{BUCKETS['logs']}/load-balancer/1.log"),
    "state": _s3("vocalbaby-terraform"),
    "its state": _s3("vocalbaby-terraform/staging/terraform.tfstate"),
    "its lock": _s3("vocalbaby-terraform/staging/terraform.tfstate.tflock"),
    "other state": _s3("vocalbaby-terraform/production/terraform.tfstate"),
    "another instance's state": _s3("vocalbaby-terraform/staging-west/terraform.tfstate"),
    "other bucket": _s3(f"vocalbaby-production-models-{ACCOUNT}"),
    "other object": _s3(f"vocalbaby-production-models-{ACCOUNT}/channels/production.json"),
    "another instance's object": _s3(f"{NAME}-west-models-{ACCOUNT}/channels/production.json"),
    "the server's secret": _arn("ssm", f"parameter/{NAME}/server/api-keys"),
    "monitoring's secret": _arn("ssm", f"parameter/{NAME}/monitoring/grafana-password"),
    "other secret": _arn("ssm", "parameter/vocalbaby-production/server/api-keys"),
    "another instance's secret": _arn("ssm", f"parameter/{NAME}-west/server/api-keys"),
    "Amazon Linux": f"arn:aws:ssm:{REGION}::parameter/aws/service/ami-amazon-linux-latest/x",
    "images": _arn("ecr", f"repository/{NAME}/server"),
    "other images": _arn("ecr", "repository/vocalbaby-production/server"),
    "another instance's images": _arn("ecr", f"repository/{NAME}-west/server"),
    "the servers": _arn("autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{NAME}-server"),
    "another instance's servers": _arn(
        "autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{NAME}-west-server"
    ),
    "other servers": _arn("autoscaling", "autoScalingGroup:1:autoScalingGroupName/other"),
    "the template": _arn("ec2", "launch-template/lt-1"),
    "other template": _arn("ec2", "launch-template/lt-2"),
    "another instance's template": _arn("ec2", "launch-template/lt-3"),
    "a new instance": _arn("ec2", "instance/*"),
    "an instance without a template": _arn("ec2", "instance/*"),
    "other instance": _arn("ec2", "instance/i-1"),
    "the server's role": _arn("iam", f"role/{NAME}-server", region=""),
    "monitoring's role": _arn("iam", f"role/{NAME}-monitoring", region=""),
    "other role": _arn("iam", "role/admin", region=""),
    "another instance's role": _arn("iam", f"role/{NAME}-west-server", region=""),
}

#: What AWS knows about such a request, for the conditions.
CONTEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "state": {"s3:prefix": "staging/terraform.tfstate"},
    "a new release": {"s3:if-none-match": "*"},
    "a new model": {"s3:if-none-match": "*"},
    "the template": {"aws:ResourceTag/Name": f"{NAME}-server"},
    "other template": {"aws:ResourceTag/Name": "other"},
    "another instance's template": {"aws:ResourceTag/Name": f"{NAME}-west-server"},
    "a new instance": {
        "ec2:LaunchTemplate": _arn("ec2", "launch-template/lt-1"),
        "ec2:CreateAction": "RunInstances",
    },
    "other instance": {"ec2:CreateAction": "CreateTags"},
    "the server's role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "monitoring's role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "other role": {"iam:PassedToService": "ec2.amazonaws.com"},
    "another instance's role": {"iam:PassedToService": "ec2.amazonaws.com"},
}

EVERYTHING: Final = frozenset(THINGS)
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

#: All that each job may do.
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
        "s3:PutObject": _only("a new model", "a new release"),  # what is there stays
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
#: Where a service's name in policies is not the one that requests are signed for.
_PREFIXES: Final = {"cloudwatch": "cloudwatch"}
#: Actions that no operation of the API is called by.
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
    """Every action of the services that a job of VocalBaby could reach for."""
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
    with _account(applying, tmp_path_factory.mktemp("permissions")) as aws:
        yield aws


@pytest.fixture(scope="module")
def numbered(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The same for a repository whose tokens carry numbers."""
    ids = {"owner": 123456, "repository": 1234567890}
    with _account(applying, tmp_path_factory.mktemp("numbered"), github_ids=ids) as aws:
        yield aws


@contextmanager
def _account(applying: Mirror, folder: Path, **more: Any) -> Iterator[Aws]:
    with simulated_aws() as aws:
        folder = copy_of("modules/iam", folder)
        make_applicable(folder, aws)
        part = Applied(folder, applying, aws)
        part.set(
            name=NAME,
            bucket_arns={name: _s3(bucket) for name, bucket in BUCKETS.items()},
            repository_arns=[THINGS["images"]],
            parameter_prefix=f"/{NAME}",
            github_repository="owner/vocalbaby",
            github_environment="staging",
            github_oidc_provider_arn=GITHUB,
            state={"bucket": "vocalbaby-terraform", "key": "staging/terraform.tfstate"},
            **more,
        )
        applying.init(folder)
        part.apply()
        yield aws


def _statements(aws: Aws, job: str) -> list[dict[str, Any]]:
    return role_statements(aws.client("iam"), f"{NAME}-{job}")


def test_there_is_a_role_for_each_job_and_no_other(aws: Aws) -> None:
    roles = aws.client("iam").list_roles()["Roles"]
    assert {role["RoleName"] for role in roles} == {f"{NAME}-{job}" for job in JOBS}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_may_do_what_the_table_says_and_is_refused_all_else(
    job: str, aws: Aws, actions: list[str]
) -> None:
    statements = _statements(aws, job)
    assert named_actions(statements) <= set(actions), "an action that the test does not ask for"
    assert _allowed(statements, actions) == ALLOWED[job]


def _allowed(statements: list[dict[str, Any]], actions: list[str]) -> dict[str, frozenset[str]]:
    asked = {
        action: frozenset(
            name
            for name, thing in THINGS.items()
            if allows(statements, action, thing, CONTEXTS.get(name))
        )
        for action in actions
    }
    return {action: things for action, things in asked.items() if things}


@pytest.mark.parametrize(
    ("element", "wrong"), [("Action", "s3:*"), ("Resource", "*"), ("Resource", f"{_s3('*')}/*")]
)
def test_a_widened_statement_would_not_pass(
    element: str, wrong: str, aws: Aws, actions: list[str]
) -> None:
    statements = _statements(aws, "server")
    (predictions,) = (of for of in statements if of.get("Sid") == "AddPredictions")
    widened = [of for of in statements if of is not predictions] + [predictions | {element: wrong}]
    assert _allowed(widened, actions) != ALLOWED["server"]


def test_no_policy_allows_more_than_named_actions_on_named_things(aws: Aws) -> None:
    assert broad_policies(aws) == []


def test_the_role_that_deploys_needs_the_conditions(aws: Aws) -> None:
    statements = _statements(aws, "github-deploy")
    assert not allows(statements, "iam:PassRole", THINGS["the server's role"])
    assert not allows(statements, "ec2:RunInstances", THINGS["a new instance"])
    assert not allows(statements, "ec2:RunInstances", THINGS["the template"])
    listing = {"s3:prefix": "production/terraform.tfstate"}
    assert not allows(statements, "s3:ListBucket", THINGS["state"], listing)


def _trusted(aws: Aws, job: str) -> list[dict[str, Any]]:
    role = aws.client("iam").get_role(RoleName=f"{NAME}-{job}")["Role"]
    return list(role["AssumeRolePolicyDocument"]["Statement"])


_REF: Final = "refs/heads/main"
_BRANCH: Final = f"repo:owner/vocalbaby:ref:{_REF}"
_REVIEWED: Final = "repo:owner/vocalbaby:environment:staging"


def _file_of(job: str) -> str:
    return f"owner/vocalbaby/.github/workflows/{job}.yml"


@pytest.mark.parametrize("job", WORKFLOWS)
def test_a_role_is_taken_by_its_workflow_on_the_branch_only(job: str, aws: Aws) -> None:
    statements = _trusted(aws, f"github-{job}")
    subject = _REVIEWED if job == "deploy" else _BRANCH
    told = {
        "aud": "sts.amazonaws.com",
        "sub": subject,
        "ref": _REF,
        "job_workflow_ref": f"{_file_of(job)}@{_REF}",
    }
    claims = {f"token.actions.githubusercontent.com:{name}": of for name, of in told.items()}

    def trusted(action: str = "sts:AssumeRoleWithWebIdentity", issuer: str = GITHUB, **other: str):
        changed = {f"token.actions.githubusercontent.com:{name}": of for name, of in other.items()}
        return trusts(statements, action, ("Federated", issuer), claims | changed)

    assert trusted()
    for other in (
        "repo:owner/vocalbaby:pull_request",
        "repo:owner/vocalbaby:ref:refs/heads/feature",
        "repo:owner/vocalbaby:ref:refs/tags/v1",
        "repo:owner/vocalbaby:environment:production",
        "repo:somebody/vocalbaby:ref:refs/heads/main",
        f"{subject}x",
        {_BRANCH: _REVIEWED, _REVIEWED: _BRANCH}[subject],
    ):
        assert not trusted(sub=other), other
    assert not trusted(ref="refs/heads/feature")
    assert not trusted(ref="refs/tags/v1")
    for other in {*WORKFLOWS, "other"} - {job}:
        assert not trusted(job_workflow_ref=f"{_file_of(other)}@{_REF}"), other
    assert not trusted(job_workflow_ref=f"{_file_of(job)}@refs/heads/feature")
    assert not trusted(aud="https://github.com/owner")
    assert not trusted(issuer=GITHUB.replace("token.actions.githubusercontent.com", "evil.example"))
    assert not trusted(action="sts:AssumeRole")


@pytest.mark.parametrize("job", WORKFLOWS)
def test_a_repository_with_numbers_is_trusted_in_both_forms_and_no_other(
    job: str, aws: Aws, numbered: Aws
) -> None:
    old = _REVIEWED if job == "deploy" else _BRANCH
    new = old.replace("owner/vocalbaby", "owner@123456/vocalbaby@1234567890")

    def trusted(account: Aws, subject: str) -> bool:
        told = {"aud": "sts.amazonaws.com", "ref": _REF, "sub": subject}
        told["job_workflow_ref"] = f"{_file_of(job)}@{_REF}"
        claims = {f"token.actions.githubusercontent.com:{name}": of for name, of in told.items()}
        action = "sts:AssumeRoleWithWebIdentity"
        statements = _trusted(account, f"github-{job}")
        return trusts(statements, action, ("Federated", GITHUB), claims)

    assert trusted(numbered, old)
    assert trusted(numbered, new)
    assert not trusted(aws, new)
    for other in (
        new.replace("@123456/", "@123457/"),
        new.replace("@1234567890", "@1234567891"),
        new.replace("@123456/", "/"),
        new.replace("owner@", "somebody@"),
        f"{new}x",
    ):
        assert not trusted(numbered, other), other


@pytest.mark.parametrize("job", ["server", "drift", "monitoring"])
def test_only_an_instance_takes_an_instances_role(job: str, aws: Aws) -> None:
    statements = _trusted(aws, job)
    assert trusts(statements, "sts:AssumeRole", ("Service", "ec2.amazonaws.com"), {})
    assert not trusts(statements, "sts:AssumeRole", ("Service", "lambda.amazonaws.com"), {})
    assert not trusts(statements, "sts:AssumeRole", ("AWS", f"arn:aws:iam::{ACCOUNT}:root"), {})
    profile = aws.client("iam").get_instance_profile(InstanceProfileName=f"{NAME}-{job}")
    assert [role["RoleName"] for role in profile["InstanceProfile"]["Roles"]] == [f"{NAME}-{job}"]


@pytest.fixture(scope="module")
def refusing(aws: Aws) -> Iterator[dict[str, Any]]:
    """S3 for each job with its own keys, in an account that now refuses by its policies."""
    s3 = aws.client("s3")
    for bucket in BUCKETS.values():
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    for thing in ("a model", "predictions", "a release"):
        bucket, _, key = THINGS[thing].removeprefix("arn:aws:s3:::").partition("/")
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    clients = {job: aws.client("s3", **_keys_of(aws, job)) for job in JOBS}
    _refuse_after(aws, 0)
    yield clients
    _refuse_after(aws, 1e9)


def _keys_of(aws: Aws, job: str) -> dict[str, str]:
    role = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-{job}"
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def _refuse_after(aws: Aws, requests_before: float) -> None:
    url = f"{aws.endpoint}/moto-api/reset-auth"
    requests.post(url, data=str(requests_before), timeout=10).raise_for_status()


def _try(s3: Any, action: str, thing: str) -> bool:
    bucket, _, key = THINGS[thing].removeprefix("arn:aws:s3:::").partition("/")
    try:
        {
            "get": lambda: s3.get_object(Bucket=bucket, Key=key),
            "put": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"{}"),
            "delete": lambda: s3.delete_object(Bucket=bucket, Key=key),
            "list": lambda: s3.list_objects_v2(Bucket=bucket),
        }[action]()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.mark.parametrize(
    ("job", "can", "cannot"),
    [
        (
            "server",
            ["get a model", "get a release", "list models", "put predictions"],
            ["put a model", "delete a model", "get predictions", "list logs", "delete predictions"],
        ),
        (
            "drift",
            ["get a model", "get predictions", "list logs", "put a drift report"],
            ["put a model", "put predictions", "delete predictions", "put a release"],
        ),
        (
            "monitoring",
            ["get a release", "put a drift report"],
            ["put a model", "delete predictions", "put a release"],
        ),
    ],
)
def test_requests_with_a_jobs_keys_are_answered_or_refused(
    job: str, can: list[str], cannot: list[str], refusing: dict[str, Any]
) -> None:
    """The same, asked by real requests: moto evaluates these policies by itself."""
    assert [what for what in can if not _try(refusing[job], *what.split(" ", 1))] == []
    assert [what for what in cannot if _try(refusing[job], *what.split(" ", 1))] == []


def _missing(s3: Any, bucket: str, key: str) -> list[int]:
    """What S3 answers to who asks for the key, and for what is known of it."""
    answers = []
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as caught:
            ask(Bucket=BUCKETS[bucket], Key=key)
        answers.append(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])
    return answers


@pytest.mark.parametrize("job", ["server", "drift", "monitoring", "github-drift"])
def test_what_is_not_there_yet_is_absent_and_not_forbidden(
    job: str, refusing: dict[str, Any]
) -> None:
    """Else no first drift result were published: 403 is a fault, see vocalbaby.cloud.s3."""
    assert _missing(refusing[job], "artifacts", "drift/not-yet.json") == [404, 404]
    assert _missing(refusing[job], "models", "channels/not-yet.json") == [404, 404]


def test_who_may_not_list_is_not_told_what_is_missing(refusing: dict[str, Any]) -> None:
    assert _missing(refusing["github-deploy"], "artifacts", "releases/3/server.pex") == [403, 403]
