"""Panels as this project draws them: each with a unit, and words on how to read it."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.builders import heatmap as heatmaps
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as look
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

__all__ = [
    "BAD",
    "DATASOURCE",
    "WARN",
    "About",
    "Panel",
    "Target",
    "bars",
    "density",
    "lines",
    "number",
    "states",
]

#: The data source that the reader has chosen.
DATASOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
BAD: Final = "red"
WARN: Final = "orange"
_GOOD: Final = "green"

Panel = timeseries.Panel | stat.Panel | bargauge.Panel | heatmap.Panel | statetimeline.Panel
_P = TypeVar("_P", timeseries.Panel, stat.Panel, bargauge.Panel, heatmap.Panel, statetimeline.Panel)


class Target(NamedTuple):
    """A query and its legend, e.g. ``{{route}}``."""

    expr: str
    legend: str


class About(NamedTuple):
    """What every panel says of itself.

    Attributes:
        title: Unique in its dashboard; the panel's id is made of it.
        text: How to read it.
        unit: Grafana's name of the unit.
        width: Of the 24 columns of the page.
        alerts: Alerts whose runbooks help when the panel looks wrong.
        limits: Values from which on it is drawn in another colour.
    """

    title: str
    text: str
    unit: str
    width: int
    alerts: tuple[str, ...] = ()
    limits: tuple[tuple[float, str], ...] = ()


def lines(about: About, *targets: Target, stacked: bool = False) -> timeseries.Panel:
    """Values over time, with dashed lines at the limits."""
    panel = (
        _panel(timeseries.Panel(), about, targets)
        .min(0)
        .fill_opacity(40 if stacked else 8)
        .line_width(1)
        .show_points(look.VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(look.LegendDisplayMode.LIST)
            .placement(look.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(look.TooltipDisplayMode.MULTI))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(look.StackingMode.NORMAL))
    if about.limits:
        panel.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(look.GraphThresholdsStyleMode.DASHED)
        )
    return panel


def number(about: About, *targets: Target, named: bool = False) -> stat.Panel:
    """The present value, large; or, when ``named``, the legends of what is there."""
    return (
        _panel(stat.Panel(), about, targets, height=4, instant=True)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(look.BigValueColorMode.VALUE)
        .graph_mode(look.BigValueGraphMode.NONE)
        .text_mode(look.BigValueTextMode.NAME if named else look.BigValueTextMode.AUTO)
        .no_value("none")
    )


def bars(about: About, *targets: Target) -> bargauge.Panel:
    """The present values of several things, from 0 to 1, side by side."""
    return (
        _panel(bargauge.Panel(), about, targets, instant=True, base="blue")
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .display_mode(look.BarGaugeDisplayMode.BASIC)
        .orientation(look.VizOrientation.HORIZONTAL)
        .min(0)
        .max(1)
    )


def density(about: About, expr: str) -> heatmap.Panel:
    """A histogram over time; ``expr`` keeps nothing but ``le``."""
    panel = _panel(heatmap.Panel(), about, [])
    query = _query(Target(expr, "{{le}}"), "A").format(PromQueryFormat.HEATMAP)
    return (
        panel.with_target(query)
        .calculate(False)
        .color(
            heatmaps.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64)
        )
        .y_axis(heatmaps.YAxisConfig().unit(about.unit))
        .cell_gap(1)
        .hide_legend()
    )


def states(
    about: About, *targets: Target, words: Mapping[str, tuple[str, str]]
) -> statetimeline.Panel:
    """What was the case when; ``words`` are text and colour by value."""
    mapping = models.ValueMap(
        {
            value: models.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(words.items())
        }
    )
    return (
        _panel(statetimeline.Panel(), about, targets)
        .mappings([mapping])
        .show_value(look.VisibilityMode.NEVER)
        .row_height(0.8)
        .fill_opacity(80)
    )


def _panel(
    panel: _P,
    about: About,
    targets: Sequence[Target],
    *,
    height: int = 8,
    instant: bool = False,
    base: str = _GOOD,
) -> _P:
    steps = [models.Threshold(value=None, color=base)]
    steps += [models.Threshold(value=value, color=color) for value, color in about.limits]
    for ref, target in zip("ABCDEFGH", targets, strict=False):
        panel.with_target(_query(target, ref, instant=instant))
    return (
        panel.title(about.title)
        .id(zlib.crc32(about.title.encode()) % 1_000_000)
        .description(about.text)
        .unit(about.unit)
        .datasource(DATASOURCE)
        .span(about.width)
        .height(height)
        .thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .links([_runbook(alert) for alert in about.alerts])
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
