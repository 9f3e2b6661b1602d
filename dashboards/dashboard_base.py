"""What all dashboards share: variables, annotations, links between dashboards, and layout."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import Dataquery

from dashboards.config import MonitoringConfig
from dashboards.panels import DATASOURCE, Panel
from dashboards.promql import expand, selectors

__all__ = ["TAG", "Section", "dashboard"]

#: The tag by which the dashboards link to each other.
TAG: Final = "vocalbaby"

#: Label and query of each variable that a dashboard may have.
_VARIABLES: Final = {
    "instance": ("Instance", "label_values(vocalbaby_requests_in_flight{%(job)s}, instance)"),
    "version": ("Model version", "label_values(vocalbaby_model_info{%(job)s}, version)"),
}


class Section(NamedTuple):
    """Panels under a heading. The panels at the top of the page have an empty heading."""

    heading: str
    panels: Sequence[Panel]


def dashboard(
    config: MonitoringConfig,
    title: str,
    description: str,
    sections: Sequence[Section],
    *,
    variables: Sequence[str],
) -> models.Dashboard:
    """Put a dashboard together.

    Args:
        config: Gives the job, the prediction routes and the address of the runbooks.
        title: Title of the dashboard; its URL is derived from it.
        description: What the dashboard shows.
        sections: The sections from top to bottom.
        variables: Which of ``instance`` and ``version`` the queries use.
    """
    values = selectors(config)
    builder = (
        builders.Dashboard(f"VocalBaby {title}")
        .uid(f"vocalbaby-{title.lower()}")
        .description(description)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            builders.DashboardLink("VocalBaby")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .keep_time(True)
            .include_vars(True)
        )
        .with_variable(
            builders.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(builders.ConstantVariable("runbooks").value(config.runbooks))
    )
    for name in variables:
        label, query = _VARIABLES[name]
        builder.with_variable(_variable(name, label, expand(query, values)))
    for annotation in _annotations(values):
        builder.annotation(annotation)
    for section in sections:
        if section.heading:
            builder.with_row(builders.Row(section.heading))
        for panel in section.panels:
            builder.with_panel(panel)
    built = builder.build()
    _expand_queries(built, values)
    return built


def _expand_queries(built: models.Dashboard, values: Mapping[str, str]) -> None:
    """Fill in the templates of all panels, so that panels need no configuration for them."""
    for panel in built.panels or []:
        queries = panel.targets if isinstance(panel, models.Panel) else None
        for query in queries or []:
            if isinstance(query, Dataquery):
                query.expr = expand(query.expr, values)


def _variable(name: str, label: str, query: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _annotations(values: Mapping[str, str]) -> list[builders.AnnotationQuery]:
    """Events that explain a change in any panel."""
    new_model = (
        "max by (version) (vocalbaby_model_info{%(job)s} == 1)"
        " unless max by (version) (vocalbaby_model_info{%(job)s} offset 1m == 1)"
    )
    switched = "sum by (instance) (increase(vocalbaby_model_switches_total{%(job)s}[1m])) > 0"
    return [
        _annotation("New model", expand(new_model, values), "{{version}} is loaded", "blue"),
        _annotation(
            "Models switched",
            expand(switched, values),
            "{{instance}} switched its models",
            "purple",
        ),
    ]


def _annotation(name: str, expr: str, title: str, color: str) -> builders.AnnotationQuery:
    return (
        builders.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color(color)
        .expr(expr)
        .title_format(title)
        .step("15s")
    )
