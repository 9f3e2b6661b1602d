"""Whether AWS would allow something, by the rules of its policy evaluation.

Nothing is allowed that no statement allows, and a denial beats every allowance. Covers what
VocalBaby's policies use; an operator that is not covered here raises. moto's own evaluation
takes an unmet condition for a denial of everything, so it is not used for these.
See docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

__all__ = ["allows", "named_actions", "trusts"]

Statement = Mapping[str, Any]
#: What a request says about itself, e.g. ``{"s3:prefix": "models/"}``.
Context = Mapping[str, str]


def allows(
    statements: Iterable[Statement], action: str, resource: str, context: Context | None = None
) -> bool:
    """Whether these statements of a role allow an action on a resource.

    Args:
        statements: Of all its policies.
        action: Such as ``s3:GetObject``.
        resource: An ARN.
        context: Keys for conditions; a condition on a key that is missing does not hold.

    Raises:
        NotImplementedError: A statement uses what is not covered.
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
    """Whether a role's trust policy lets somebody take the role.

    Args:
        statements: Of the trust policy.
        action: Such as ``sts:AssumeRole``.
        principal: Kind and name, such as ``("Service", "ec2.amazonaws.com")``.
        context: As for :func:`allows`.
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
    """Every action that the statements name, wildcards as they stand."""
    return {action for statement in statements for action in _listed(statement, "Action")}


def _listed(of: Mapping[str, Any], name: str) -> list[str]:
    if f"Not{name}" in of:
        raise NotImplementedError(f"Not{name} is not evaluated")
    value = of.get(name, [])
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
    """Every key of every operator must meet one of its values."""
    for operator, keys in condition.items():
        if operator == "Null":  # whether the key is missing
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
