"""Builders of Grafana panels in the style of this project.

Every panel has a unit, a description that says how to read it, and links to runbooks.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import bargauge as bargauge_sdk
from grafana_foundation_sdk.builders import common, dashboard
from grafana_foundation_sdk.builders import heatmap as heatmap_sdk
from grafana_foundation_sdk.builders import stat as stat_sdk
from grafana_foundation_sdk.builders import statetimeline as statetimeline_sdk
from grafana_foundation_sdk.builders import timeseries as timeseries_sdk
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

__all__ = [
    "CRITICAL",
    "DATASOURCE",
    "WARNING",
    "Panel",
    "PanelSpec",
    "Target",
    "bar_gauge",
    "heatmap",
    "stat",
    "state_timeline",
    "timeseries",
]

#: The data source that is selected in Grafana.
DATASOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
#: Colours of thresholds.
CRITICAL: Final = "red"
WARNING: Final = "orange"
_NORMAL: Final = "green"

Panel = (
    timeseries_sdk.Panel
    | stat_sdk.Panel
    | bargauge_sdk.Panel
    | heatmap_sdk.Panel
    | statetimeline_sdk.Panel
)
_P = TypeVar(
    "_P",
    timeseries_sdk.Panel,
    stat_sdk.Panel,
    bargauge_sdk.Panel,
    heatmap_sdk.Panel,
    statetimeline_sdk.Panel,
)


class Target(NamedTuple):
    """A query: a template of PromQL (see :mod:`dashboards.promql`) and its legend."""

    expr: str
    legend: str


class PanelSpec(NamedTuple):
    """The properties that every kind of panel has.

    Attributes:
        title: Unique in its dashboard; the id of the panel is derived from it.
        description: How to read the panel.
        unit: Grafana's name of the unit.
        width: Width in columns, of the 24 columns of the page.
        alerts: Alerts whose runbooks help when the panel looks wrong.
        thresholds: Values from which on another colour is used, in ascending order.
    """

    title: str
    description: str
    unit: str
    width: int
    alerts: tuple[str, ...] = ()
    thresholds: tuple[tuple[float, str], ...] = ()


def timeseries(spec: PanelSpec, *targets: Target, stacked: bool = False) -> timeseries_sdk.Panel:
    """Build a panel of values over time, with dashed lines at the thresholds."""
    panel = (
        _panel(timeseries_sdk.Panel(), spec, targets)
        .min(0)
        .fill_opacity(40 if stacked else 8)
        .line_width(1)
        .show_points(options.VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL))
    if spec.thresholds:
        panel.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        )
    return panel


def stat(spec: PanelSpec, *targets: Target, show_names: bool = False) -> stat_sdk.Panel:
    """Build a panel of the current values in large type, or of the legends with ``show_names``."""
    return (
        _panel(stat_sdk.Panel(), spec, targets, height=4, instant=True)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(options.BigValueColorMode.VALUE)
        .graph_mode(options.BigValueGraphMode.NONE)
        .text_mode(options.BigValueTextMode.NAME if show_names else options.BigValueTextMode.AUTO)
        .no_value("none")
    )


def bar_gauge(spec: PanelSpec, *targets: Target) -> bargauge_sdk.Panel:
    """Build a panel of horizontal bars for the current values, from 0 to 1."""
    return (
        _panel(bargauge_sdk.Panel(), spec, targets, instant=True, base="blue")
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .orientation(options.VizOrientation.HORIZONTAL)
        .min(0)
        .max(1)
    )


def heatmap(spec: PanelSpec, expr: str) -> heatmap_sdk.Panel:
    """Build a panel of a histogram over time; ``expr`` aggregates everything but ``le``."""
    panel = _panel(heatmap_sdk.Panel(), spec, [])
    query = _query(Target(expr, "{{le}}"), "A").format(PromQueryFormat.HEATMAP)
    return (
        panel.with_target(query)
        .calculate(False)
        .color(
            heatmap_sdk.HeatmapColorOptions()
            .mode(HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .steps(64)
        )
        .y_axis(heatmap_sdk.YAxisConfig().unit(spec.unit))
        .cell_gap(1)
        .hide_legend()
    )


def state_timeline(
    spec: PanelSpec, *targets: Target, states: Mapping[str, tuple[str, str]]
) -> statetimeline_sdk.Panel:
    """Build a panel of states over time; ``states`` has the text and colour of each value."""
    mapping = models.ValueMap(
        {
            value: models.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(states.items())
        }
    )
    return (
        _panel(statetimeline_sdk.Panel(), spec, targets)
        .mappings([mapping])
        .show_value(options.VisibilityMode.NEVER)
        .row_height(0.8)
        .fill_opacity(80)
    )


def _panel(
    panel: _P,
    spec: PanelSpec,
    targets: Sequence[Target],
    *,
    height: int = 8,
    instant: bool = False,
    base: str = _NORMAL,
) -> _P:
    steps = [models.Threshold(value=None, color=base)]
    steps += [models.Threshold(value=value, color=color) for value, color in spec.thresholds]
    for ref, target in zip("ABCDEFGH", targets, strict=False):
        panel.with_target(_query(target, ref, instant=instant))
    return (
        panel.title(spec.title)
        .id(zlib.crc32(spec.title.encode()) % 1_000_000)
        .description(spec.description)
        .unit(spec.unit)
        .datasource(DATASOURCE)
        .span(spec.width)
        .height(height)
        .thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .links([_runbook(alert) for alert in spec.alerts])
    )


def _query(target: Target, ref: str, *, instant: bool = False) -> Dataquery:
    query = Dataquery().expr(target.expr).legend_format(target.legend)
    query.ref_id(ref).datasource(DATASOURCE)
    return query.instant() if instant else query.range()


def _runbook(alert: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(f"Runbook: {alert}")
        .type(models.DashboardLinkType.LINK)
        .url(f"${{runbooks}}/{alert}.md")
        .target_blank(True)
    )
