"""Evaluates IAM policies by the rules that AWS documents.

An action is allowed if a statement allows it and no statement denies it. The module covers the
policy elements that VocalBaby uses and raises for any other. moto's own evaluation treats an
unmet condition as a denial of everything and knows the resources of S3 only.
See docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

__all__ = ["allows", "named_actions", "trusts"]

Statement = Mapping[str, Any]
#: Condition keys of a request with their values, e.g. ``{"s3:prefix": "models/"}``.
Context = Mapping[str, str]


def allows(
    statements: Iterable[Statement], action: str, resource: str, context: Context | None = None
) -> bool:
    """Return whether the statements of a role allow an action on a resource.

    Args:
        statements: The statements of all policies of the role.
        action: The action, such as ``s3:GetObject``.
        resource: The ARN of the resource.
        context: Values of condition keys. A condition on a key that is missing is not met.

    Raises:
        NotImplementedError: A statement uses an element or operator that is not covered.
    """
    effects = {
        statement["Effect"]
        for statement in statements
        if _any_like(action, _listed(statement, "Action"), re.IGNORECASE)
        and _any_like(resource, _listed(statement, "Resource"))
        and _holds(statement.get("Condition", {}), context or {})
    }
    return effects == {"Allow"}


def trusts(
    statements: Iterable[Statement], action: str, principal: tuple[str, str], context: Context
) -> bool:
    """Return whether the trust policy of a role lets a principal assume the role.

    Args:
        statements: The statements of the trust policy.
        action: The action, such as ``sts:AssumeRole``.
        principal: Type and name, such as ``("Service", "ec2.amazonaws.com")``.
        context: Values of condition keys, as for :func:`allows`.
    """
    kind, name = principal
    effects = {
        statement["Effect"]
        for statement in statements
        if _any_like(action, _listed(statement, "Action"), re.IGNORECASE)
        and (statement["Principal"] == "*" or name in _listed(statement["Principal"], kind))
        and _holds(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def named_actions(statements: Iterable[Statement]) -> set[str]:
    """Return every action that the statements name, with wildcards unexpanded."""
    return {action for statement in statements for action in _listed(statement, "Action")}


def _listed(item: Mapping[str, Any], name: str) -> list[str]:
    if f"Not{name}" in item:
        raise NotImplementedError(f"Not{name} is not evaluated")
    value = item.get(name, [])
    return [value] if isinstance(value, str) else list(value)


def _any_like(value: str, patterns: Iterable[str], flags: int = 0) -> bool:
    return any(_like(value, pattern, flags) for pattern in patterns)


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    return _compiled(pattern, flags).fullmatch(value) is not None


@cache
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), flags)


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "ArnLike": _like,
    "StringEquals": str.__eq__,
    "StringLike": _like,
}


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Return whether every key of every operator matches one of its values."""
    for operator, keys in condition.items():
        if operator == "Null":  # tests whether the key is missing
            if any([str(key not in context).lower()] != _listed(keys, key) for key in keys):
                return False
            continue
        if operator not in _OPERATORS:
            raise NotImplementedError(f"condition {operator} is not evaluated")
        for key in keys:
            met = _OPERATORS[operator]
            if key not in context or not any(
                met(context[key], value) for value in _listed(keys, key)
            ):
                return False
    return True
