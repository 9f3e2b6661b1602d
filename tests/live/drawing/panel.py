"""Drawing of a single Grafana panel into a Matplotlib figure."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import offset_copy

from tests.live.drawing.units import format_value
from tests.live.prometheus_api import Series

__all__ = ["TimeAxis", "draw_panel"]

#: The series of a panel's queries, each with the legend template of its query.
Results = Sequence[tuple[str, Series]]
Box = tuple[float, float, float, float]

_COLORS: Final = {
    "green": "#56a64b",
    "orange": "#f2a30f",
    "red": "#e02f44",
    "blue": "#3274d9",
    "transparent": "#e6e7e8",
}
_LINE_COLORS: Final = (
    *("#3274d9", "#56a64b", "#f2a30f", "#e02f44", "#8f3bb8"),
    *("#37a2b4", "#b5803a", "#8a8d91", "#ad4f7c", "#6b7a1f"),
)


class TimeAxis(NamedTuple):
    """The time axis that all panels of a dashboard share, in minutes before now.

    Attributes:
        first: Start of the axis; negative.
        events: Times of the annotations; negative.
    """

    first: float
    events: Sequence[float] = ()


def draw_panel(
    figure: Figure, box: Box, panel: Mapping[str, Any], results: Results, time_axis: TimeAxis
) -> None:
    """Draw a panel.

    Args:
        figure: The figure to draw into.
        box: Left, bottom, width and height of the panel, in inches.
        panel: The panel's JSON, parsed.
        results: The series of the panel's queries, with times in minutes before now
            (negative). Without any series the panel says that it has no data.
        time_axis: The time axis of the dashboard.
    """
    _frame(figure, box, panel["title"])
    kind = panel["type"]
    names = [_legend_text(*result) for result in results] if kind == "timeseries" else []
    columns = max(1, min(4, int(box[2] / (0.4 + 0.055 * max(map(len, names), default=0)))))
    legend_rows = max(1, math.ceil(len(names) / columns))
    axes = figure.add_axes(
        _figure_fractions(figure, _axes_box(box, kind if results else "stat", legend_rows))
    )
    axes.tick_params(labelsize=8, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    if not results:
        axes.axis("off")
        text = panel["fieldConfig"]["defaults"].get("noValue", "No data")
        axes.text(0.5, 0.5, text, ha="center", va="center", color="#777777", size=12)
        return
    _DRAWERS[kind](axes, panel, results)
    if kind in {"timeseries", "heatmap", "state-timeline"}:
        axes.set_xlim(time_axis.first, 0)
        axes.xaxis.set_major_formatter(
            lambda value, _: format_value(60 * value, "s") if value else "now"
        )
    if kind == "timeseries":
        for event in time_axis.events:
            axes.axvline(event, color="#8f3bb8", linestyle=":", linewidth=1)
        _legend(axes, columns, *axes.get_legend_handles_labels())


def _axes_box(box: Box, kind: str, legend_rows: int) -> Box:
    """The part of a panel's box that the axes fill."""
    left, bottom, width, height = box
    if kind == "stat":
        return left, bottom, width, height - 0.3
    margin = 0.75 if kind in {"timeseries", "heatmap"} else 0.3 * width
    legend = 0.45 + 0.15 * legend_rows
    return left + margin, bottom + legend, width - margin - 0.2, height - legend - 0.4


def _figure_fractions(figure: Figure, box: Box) -> Box:
    left, bottom, width, height = box
    total_width, total_height = figure.get_size_inches()
    return left / total_width, bottom / total_height, width / total_width, height / total_height


def _frame(figure: Figure, box: Box, title: str) -> None:
    left, bottom, width, height = _figure_fractions(
        figure, (box[0] + 0.04, box[1] + 0.04, box[2] - 0.08, box[3] - 0.08)
    )
    frame = Rectangle(
        (left, bottom),
        width,
        height,
        transform=figure.transFigure,
        facecolor="white",
        edgecolor="#d8d9da",
        zorder=-1,
    )
    figure.add_artist(frame)
    x, y, *_ = _figure_fractions(figure, (box[0] + 0.15, box[1] + box[3] - 0.27, 0, 0))
    figure.text(x, y, title, size=10, weight="bold")


def _legend_text(legend: str, series: Series) -> str:
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: series.labels.get(found[1], ""), legend)


def _unit(panel: Mapping[str, Any]) -> str:
    unit: str = panel["fieldConfig"]["defaults"]["unit"]
    return unit


def _steps(panel: Mapping[str, Any]) -> list[tuple[float, str]]:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [
        (-np.inf if step["value"] is None else step["value"], _COLORS[step["color"]])
        for step in steps
    ]


def _color(panel: Mapping[str, Any], value: float) -> str:
    reached = [color for limit, color in _steps(panel) if value >= limit]
    return reached[-1] if reached else _steps(panel)[0][1]


def _value_axis(axes: Axes, panel: Mapping[str, Any]) -> None:
    unit = _unit(panel)
    axes.yaxis.set_major_formatter(lambda value, _: format_value(value, unit))
    axes.grid(axis="y", color="#e9e9e9", linewidth=0.6)


def _timeseries(axes: Axes, panel: Mapping[str, Any], results: Results) -> None:
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    times = np.unique(np.concatenate([series.times for _, series in results]))
    below = np.zeros(len(times))
    for index, (legend, series) in enumerate(results):
        values = np.full(len(times), np.nan)
        values[np.searchsorted(times, series.times)] = series.values
        if stacked:
            values = below + np.nan_to_num(values)
        color = _LINE_COLORS[index % len(_LINE_COLORS)]
        axes.plot(
            times,
            values,
            color=color,
            linewidth=1.1,
            clip_on=False,  # A line at zero coincides with the axis.
            zorder=3,
            label=_legend_text(legend, series),
            marker="." if np.isfinite(values).sum() < 3 else "",
        )
        axes.fill_between(
            times, below, values, color=color, alpha=0.4 if stacked else 0.07, linewidth=0
        )
        below = values if stacked else below
    top = axes.get_ylim()[1]
    axes.set_ylim(0, max(top, 1e-9))
    for limit, color in _steps(panel)[1:] if custom.get("thresholdsStyle") else ():
        if limit <= axes.get_ylim()[1]:
            axes.axhline(limit, color=color, linestyle="--", linewidth=1)
    _value_axis(axes, panel)


def _legend(axes: Axes, columns: int, handles: Sequence[Artist], labels: Sequence[str]) -> None:
    axes.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=offset_copy(axes.transAxes, axes.get_figure(root=True), x=-0.6, y=-0.2),
        ncols=columns,
        fontsize=7,
        frameon=False,
        handlelength=1,
        columnspacing=1,
        borderaxespad=0.2,
    )


def _stat(axes: Axes, panel: Mapping[str, Any], results: Results) -> None:
    axes.axis("off")
    names_only = panel["options"]["textMode"] == "name"
    for index, (legend, series) in enumerate(results):
        value = float(series.values[-1])
        name = _legend_text(legend, series)
        text = name if names_only else format_value(value, _unit(panel))
        y = 1 - (index + 0.5) / len(results)
        size = 22 / max(1, len(results) ** 0.5) * (0.6 if names_only else 1)
        axes.text(0.5, y, text, ha="center", va="center", size=size, color=_color(panel, value))
        if not names_only and ("{{" in legend or len(results) > 1):
            axes.text(0.5, y - 0.3 / len(results), name, ha="center", va="center", size=8)


def _bar_gauge(axes: Axes, panel: Mapping[str, Any], results: Results) -> None:
    ordered = sorted(results, key=lambda result: _legend_text(*result), reverse=True)
    names = [_legend_text(legend, series) for legend, series in ordered]
    values = [float(series.values[-1]) for _, series in ordered]
    axes.barh(range(len(values)), values, color=[_color(panel, value) for value in values])
    axes.set_yticks(range(len(names)), names, fontsize=min(8, 110 / len(names)))
    axes.set_xlim(0, panel["fieldConfig"]["defaults"]["max"])
    axes.xaxis.set_major_formatter(lambda value, _: format_value(value, _unit(panel)))


def _heatmap(axes: Axes, panel: Mapping[str, Any], results: Results) -> None:
    buckets = sorted(
        ((float(series.labels["le"]), series) for _, series in results),
        key=lambda bucket: bucket[0],
    )
    times = np.unique(np.concatenate([series.times for _, series in buckets]))
    below = np.zeros((len(buckets) + 1, len(times)))
    for index, (_, series) in enumerate(buckets, start=1):
        below[index, np.searchsorted(times, series.times)] = series.values
    counts = np.nan_to_num(np.diff(below, axis=0)).clip(min=0)
    axes.pcolormesh(
        times,
        range(len(buckets)),
        np.where(counts > 0, counts, np.nan),
        cmap="Oranges",
        shading="nearest",
        vmin=0,
    )
    names = ["inf" if np.isinf(le) else format_value(le, _unit(panel)) for le, _ in buckets]
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(-0.5, len(names) - 0.5)


def _state_timeline(axes: Axes, panel: Mapping[str, Any], results: Results) -> None:
    states = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    names = [_legend_text(legend, series) for legend, series in results]
    for row, (_, series) in enumerate(results):
        times = series.times
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.25
        for time, value in zip(times, series.values, strict=True):
            color = _COLORS[states[f"{value:g}"]["color"]]
            axes.barh(row, step, left=time, height=0.7, color=color)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    handles = [Rectangle((0, 0), 1, 1, color=_COLORS[state["color"]]) for state in states.values()]
    _legend(axes, len(handles), handles, [state["text"] for state in states.values()])


_DRAWERS: Final[Mapping[str, Callable[[Axes, Mapping[str, Any], Results], None]]] = {
    "timeseries": _timeseries,
    "stat": _stat,
    "bargauge": _bar_gauge,
    "heatmap": _heatmap,
    "state-timeline": _state_timeline,
}
