"""Each role is trusted to one workflow on the branch, or to instances, and to nothing else."""

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
def with_ids(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The same account for a repository whose tokens contain ids."""
    ids = {"owner": 123456, "repository": 1234567890}
    with account_of_roles(applying, tmp_path_factory.mktemp("with_ids"), github_ids=ids) as aws:
        yield aws


def _trust_statements(aws: Aws, job: str) -> list[dict[str, Any]]:
    role = aws.client("iam").get_role(RoleName=f"{NAME}-{job}")["Role"]
    return list(role["AssumeRolePolicyDocument"]["Statement"])


_REF: Final = "refs/heads/main"
_BRANCH: Final = f"repo:owner/vocalbaby:ref:{_REF}"
_REVIEWED: Final = "repo:owner/vocalbaby:environment:staging"


def _file_of(job: str) -> str:
    return f"owner/vocalbaby/.github/workflows/{job}.yml"


@pytest.mark.parametrize("job", WORKFLOWS)
def test_a_role_trusts_only_its_workflow_on_the_branch(job: str, aws: Aws) -> None:
    statements = _trust_statements(aws, f"github-{job}")
    subject = _REVIEWED if job == "deploy" else _BRANCH
    known = {
        "aud": "sts.amazonaws.com",
        "sub": subject,
        "ref": _REF,
        "job_workflow_ref": f"{_file_of(job)}@{_REF}",
    }
    claims = {f"token.actions.githubusercontent.com:{name}": item for name, item in known.items()}

    def trusted(action: str = "sts:AssumeRoleWithWebIdentity", issuer: str = GITHUB, **other: str):
        changed = {
            f"token.actions.githubusercontent.com:{name}": item for name, item in other.items()
        }
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
def test_a_repository_with_ids_is_trusted_in_both_forms_of_the_subject(
    job: str, aws: Aws, with_ids: Aws
) -> None:
    old = _REVIEWED if job == "deploy" else _BRANCH
    new = old.replace("owner/vocalbaby", "owner@123456/vocalbaby@1234567890")

    def trusted(account: Aws, subject: str) -> bool:
        known = {"aud": "sts.amazonaws.com", "ref": _REF, "sub": subject}
        known["job_workflow_ref"] = f"{_file_of(job)}@{_REF}"
        claims = {
            f"token.actions.githubusercontent.com:{name}": item for name, item in known.items()
        }
        action = "sts:AssumeRoleWithWebIdentity"
        statements = _trust_statements(account, f"github-{job}")
        return trusts(statements, action, ("Federated", GITHUB), claims)

    assert trusted(with_ids, old)
    assert trusted(with_ids, new)
    assert not trusted(aws, new)
    for other in (
        new.replace("@123456/", "@123457/"),
        new.replace("@1234567890", "@1234567891"),
        new.replace("@123456/", "/"),
        new.replace("owner@", "somebody@"),
        f"{new}x",
    ):
        assert not trusted(with_ids, other), other


@pytest.mark.parametrize("job", ["server", "drift", "monitoring"])
def test_an_instance_role_trusts_only_ec2(job: str, aws: Aws) -> None:
    statements = _trust_statements(aws, job)
    assert trusts(statements, "sts:AssumeRole", ("Service", "ec2.amazonaws.com"), {})
    assert not trusts(statements, "sts:AssumeRole", ("Service", "lambda.amazonaws.com"), {})
    assert not trusts(statements, "sts:AssumeRole", ("AWS", f"arn:aws:iam::{ACCOUNT}:root"), {})
    profile = aws.client("iam").get_instance_profile(InstanceProfileName=f"{NAME}-{job}")
    assert [role["RoleName"] for role in profile["InstanceProfile"]["Roles"]] == [f"{NAME}-{job}"]
