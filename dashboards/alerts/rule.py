"""One alert rule."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dashboards.config import Alert

__all__ = ["Rule"]


class Rule(NamedTuple):
    """What Prometheus watches, and what it then says.

    Attributes:
        name: Of the alert and of its page in docs/runbooks; several rules may share it.
        limits: How long the condition must last, and how bad it is.
        expr: True while it has an answer.
        summary: One line, the same for every occurrence.
        description: A sentence with the value, in Prometheus' template language.
        labels: Further labels, which tell rules of one name apart.
    """

    name: str
    limits: Alert
    expr: str
    summary: str
    description: str
    labels: Mapping[str, str] = MappingProxyType({})
