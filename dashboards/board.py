"""What the dashboards have in common: variables, marks of events, links, places on the page."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from dashboards.config import MonitoringConfig
from dashboards.panels import DATASOURCE, Panel
from dashboards.promql import select

__all__ = ["INSTANCE", "TAG", "VERSION", "Section", "board"]

#: Matchers of the instances and of the model versions that the reader has chosen.
INSTANCE: Final = 'instance=~"$instance"'
VERSION: Final = 'model_version=~"$version"'
#: By which the dashboards find each other.
TAG: Final = "vocalbaby"


class Section(NamedTuple):
    """Panels under a heading; none at the top of the page."""

    heading: str
    panels: Sequence[Panel]


def board(
    config: MonitoringConfig,
    title: str,
    text: str,
    sections: Sequence[Section],
    *,
    variables: Sequence[str],
) -> models.Dashboard:
    """A dashboard.

    Args:
        config: Names the job and the place of the runbooks.
        title: Its name; the address is made of it.
        text: What it answers.
        sections: From top to bottom.
        variables: ``instance`` and ``version``, as its queries use them.
    """
    built = (
        dashboard.Dashboard(f"VocalBaby {title}")
        .uid(f"vocalbaby-{title.lower()}")
        .description(text)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("VocalBaby")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .keep_time(True)
            .include_vars(True)
        )
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(dashboard.ConstantVariable("runbooks").value(config.runbooks))
    )
    match = f'job="{config.job}"'
    sources = {
        "instance": ("Instance", f"label_values({select('requests_in_flight', match)}, instance)"),
        "version": ("Model version", f"label_values({select('model_info', match)}, version)"),
    }
    for name in variables:
        built.with_variable(_choice(name, *sources[name]))
    for mark in _marks(match):
        built.annotation(mark)
    for section in sections:
        if section.heading:
            built.with_row(dashboard.Row(section.heading))
        for panel in section.panels:
            built.with_panel(panel)
    return built.build()


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _marks(match: str) -> list[dashboard.AnnotationQuery]:
    """Events that explain a change in any panel."""
    info = select("model_info", match)
    switches = select("model_switches_total", match)
    return [
        _mark(
            "New model",
            f"max by (version) ({info} == 1) unless max by (version) ({info} offset 1m == 1)",
            "{{version}} answers",
            "blue",
        ),
        _mark(
            "Models switched",
            f"sum by (instance) (increase({switches}[1m])) > 0",
            "{{instance}} switched its models",
            "purple",
        ),
    ]


def _mark(name: str, expr: str, title: str, color: str) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color(color)
        .expr(expr)
        .title_format(title)
        .step("15s")
    )
