"""The evaluation of policies follows the rules of AWS."""

from typing import Any

import pytest

from infra.offline.aws.policy_evaluation import allows, trusts

OBJECT = "arn:aws:s3:::models/a/b"


def _statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": f"{OBJECT}"} | elements


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, True),
        ({"Action": ["s3:PutObject", "s3:Get*"]}, True),
        ({"Action": "S3:getobject"}, True),
        ({"Action": "s3:GetObjec?"}, True),
        ({"Action": "s3:GetObjectAcl"}, False),
        ({"Action": "s3:Get"}, False),
        ({"Resource": ["arn:aws:s3:::models/*"]}, True),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:s3:::models/?/b"}, True),
        ({"Resource": "arn:aws:s3:::Models/a/b"}, False),
        ({"Resource": "arn:aws:s3:::models/a"}, False),
        ({"Resource": "arn:aws:s3:::models.a/b"}, False),
        ({"Condition": {"StringEquals": {"k": "v"}}}, True),
        ({"Condition": {"StringEquals": {"k": ["u", "v"]}}}, True),
        ({"Condition": {"StringEquals": {"k": "V"}}}, False),
        ({"Condition": {"StringEquals": {"k": "*"}}}, False),
        ({"Condition": {"StringLike": {"k": "*"}}}, True),
        ({"Condition": {"StringEquals": {"k": "v", "missing": "v"}}}, False),
        ({"Condition": {"StringEquals": {"k": "v"}, "ArnLike": {"k": "u"}}}, False),
    ],
)
def test_a_statement_allows_matching_requests(*, elements: dict[str, Any], expected: bool) -> None:
    assert allows([_statement(**elements)], "s3:GetObject", OBJECT, {"k": "v"}) is expected


def test_requests_are_denied_by_default_and_by_explicit_denials() -> None:
    assert not allows([], "s3:GetObject", OBJECT)
    everything = _statement(Action="*", Resource="*")
    assert not allows([everything, _statement("Deny")], "s3:GetObject", OBJECT)
    assert allows([everything, _statement("Deny")], "s3:PutObject", OBJECT)


@pytest.mark.parametrize(
    "elements",
    [
        {"NotAction": "s3:*"},
        {"NotResource": "*"},
        {"Condition": {"IpAddress": {"k": "10.0.0.0/8"}}},
    ],
)
def test_raises_for_elements_that_are_not_covered(elements: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        allows([_statement(**elements)], "s3:GetObject", OBJECT, {"k": "v"})


def test_a_trust_policy_admits_only_the_principal_it_names() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ec2"]}}
    assert trusts([trust], "sts:AssumeRole", ("Service", "ec2"), {})
    assert not trusts([trust], "sts:AssumeRole", ("AWS", "ec2"), {})
    assert trusts([trust | {"Principal": "*"}], "sts:AssumeRole", ("AWS", "anybody"), {})
