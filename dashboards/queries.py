"""What a generated dashboard asks of Prometheus, with its variables put in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Query", "Variable", "annotations", "panels", "queries", "variables"]

#: What Grafana would put in for a panel a few hundred pixels wide, over a short time.
INTERVALS: Final = {"__rate_interval": "1m", "__interval": "15s", "__range": "15m"}

_LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LABEL_VALUES: Final = re.compile(r"label_values\((.+), *(\w+)\)")


class Query(NamedTuple):
    """One query of a panel.

    Attributes:
        panel: The panel's title.
        expr: PromQL, without variables.
        labels: Labels that the legend names; every series of the answer must have them.
        legend: The legend's template, e.g. ``{{route}}``.
        instant: Whether only the present value is asked for.
    """

    panel: str
    expr: str
    labels: frozenset[str]
    legend: str
    instant: bool


class Variable(NamedTuple):
    """A variable whose choices are the values that ``label`` has in the series ``match``."""

    name: str
    match: str
    label: str


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every panel that draws something, in the order of the page."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panels(panel)
        else:
            yield panel


def queries(dashboard: Mapping[str, Any], values: Mapping[str, str] | None = None) -> list[Query]:
    """Every query of every panel.

    Args:
        dashboard: A dashboard as Grafana reads it.
        values: Values of variables, over :data:`INTERVALS` and "all" for the others.

    Raises:
        ValueError: An expression names a variable that the dashboard does not have.
    """
    known = _values(dashboard, values)
    return [
        _query(panel["title"], target, known)
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    ]


def annotations(
    dashboard: Mapping[str, Any], values: Mapping[str, str] | None = None
) -> list[Query]:
    """The queries that mark events; they have an answer only where one happened."""
    known = _values(dashboard, values)
    return [
        _query(
            found["name"],
            {"expr": found["expr"], "legendFormat": found.get("titleFormat", "")},
            known,
        )
        for found in dashboard.get("annotations", {}).get("list", [])
    ]


def variables(dashboard: Mapping[str, Any]) -> list[Variable]:
    """The variables whose choices Prometheus is asked for."""
    found = []
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            parsed = _LABEL_VALUES.fullmatch(variable["query"])
            if parsed is None:
                raise ValueError(f"{variable['name']} does not ask for label_values")
            found.append(Variable(variable["name"], parsed[1], parsed[2]))
    return found


def _values(dashboard: Mapping[str, Any], values: Mapping[str, str] | None) -> dict[str, str]:
    own = {
        variable["name"]: variable.get("allValue") or str(variable.get("query", ""))
        for variable in dashboard["templating"]["list"]
    }
    return {**INTERVALS, **own, **(values or {})}


def _query(panel: str, target: Mapping[str, Any], values: Mapping[str, str]) -> Query:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in values:
            raise ValueError(f"'{panel}' names ${name}, which the dashboard does not have")
        return values[name]

    legend = target.get("legendFormat", "")
    return Query(
        panel,
        re.sub(r"\$(?:(\w+)|\{(\w+)(?::\w+)?\})", value, target["expr"]),
        frozenset(_LABEL.findall(legend)),
        legend,
        bool(target.get("instant")),
    )
