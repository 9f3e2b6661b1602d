"""The PromQL queries of a generated dashboard, with the dashboard variables interpolated."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Query", "Variable", "annotations", "panels", "queries", "variables"]

#: Values that Grafana interpolates for a panel a few hundred pixels wide and a short time range.
INTERVALS: Final = {"__rate_interval": "1m", "__interval": "15s", "__range": "15m"}

_LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_LABEL_VALUES: Final = re.compile(r"label_values\((.+), *(\w+)\)")


class Query(NamedTuple):
    """One query of a panel, or of an annotation.

    Attributes:
        panel: Title of the panel, or name of the annotation.
        expr: PromQL without variables.
        labels: Labels that the legend names; every series of the result must have them.
        legend: Template of the legend, e.g. ``{{route}}``.
        instant: Whether the query is evaluated at a single time.
    """

    panel: str
    expr: str
    labels: frozenset[str]
    legend: str
    instant: bool


class Variable(NamedTuple):
    """A dashboard variable that offers the values of ``label`` in the series ``match``."""

    name: str
    match: str
    label: str


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every panel except rows, in the order of the page."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panels(panel)
        else:
            yield panel


def queries(dashboard: Mapping[str, Any], values: Mapping[str, str] | None = None) -> list[Query]:
    """Return every query of every panel.

    Args:
        dashboard: The dashboard's JSON, parsed.
        values: Values of variables. The default is :data:`INTERVALS` for intervals and "all"
            for the variables of the dashboard.

    Raises:
        ValueError: An expression names a variable that the dashboard does not define.
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
    """Return the queries of the annotations; their results are empty when nothing happened."""
    known = _values(dashboard, values)
    return [
        _query(
            annotation["name"],
            {"expr": annotation["expr"], "legendFormat": annotation.get("titleFormat", "")},
            known,
        )
        for annotation in dashboard.get("annotations", {}).get("list", [])
    ]


def variables(dashboard: Mapping[str, Any]) -> list[Variable]:
    """Return the variables whose values Grafana queries from Prometheus."""
    found = []
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            parsed = _LABEL_VALUES.fullmatch(variable["query"])
            if parsed is None:
                raise ValueError(f"{variable['name']} is not a label_values() query")
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
            raise ValueError(f"'{panel}' names ${name}, which the dashboard does not define")
        return values[name]

    legend = target.get("legendFormat", "")
    return Query(
        panel,
        re.sub(r"\$(?:(\w+)|\{(\w+)(?::\w+)?\})", value, target["expr"]),
        frozenset(_LABEL.findall(legend)),
        legend,
        bool(target.get("instant")),
    )
