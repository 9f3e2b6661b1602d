"""Who may take a role: one workflow's file on the branch, or an instance, and nobody else."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.offline.aws.client import Aws
from infra.offline.aws.policy_evaluation import trusts
from infra.offline.terraform.mirror import Mirror
from infra.tests.roles import ACCOUNT, GITHUB, NAME, WORKFLOWS, account_of_roles


@pytest.fixture(scope="module")
def aws(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account with the roles of one environment."""
    with account_of_roles(applying, tmp_path_factory.mktemp("roles")) as aws:
        yield aws


@pytest.fixture(scope="module")
def numbered(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The same for a repository whose tokens carry numbers."""
    ids = {"owner": 123456, "repository": 1234567890}
    with account_of_roles(applying, tmp_path_factory.mktemp("numbered"), github_ids=ids) as aws:
        yield aws


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
