"""One panel of a dashboard, drawn into a figure."""

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

from dashboards.prometheus import Series
from dashboards.units import shown

__all__ = ["Times", "draw"]

#: Answers of a panel's queries, each with the template of its legend.
Answers = Sequence[tuple[str, Series]]
Box = tuple[float, float, float, float]

_COLORS: Final = {
    "green": "#56a64b",
    "orange": "#f2a30f",
    "red": "#e02f44",
    "blue": "#3274d9",
    "transparent": "#e6e7e8",
}
_LINES: Final = (
    *("#3274d9", "#56a64b", "#f2a30f", "#e02f44", "#8f3bb8"),
    *("#37a2b4", "#b5803a", "#8a8d91", "#ad4f7c", "#6b7a1f"),
)


class Times(NamedTuple):
    """What the panels of a picture share: minutes, negative before now.

    Attributes:
        first: Where their time begins.
        marks: When something happened that explains a change.
    """

    first: float
    marks: Sequence[float] = ()


def draw(
    figure: Figure, box: Box, panel: Mapping[str, Any], answers: Answers, times: Times
) -> None:
    """Draw a panel.

    Args:
        figure: Where.
        box: Left, bottom, width and height, in inches.
        panel: As Grafana reads it.
        answers: What its queries gave, with times in minutes, negative before now; without
            any the panel says so.
        times: The time to show.
    """
    left, bottom, width, height = box
    _frame(figure, box, panel["title"])
    kind = panel["type"]
    margin = 0.75 if kind in {"timeseries", "heatmap"} else 0.3 * width
    names = [_name(*answer) for answer in answers] if kind == "timeseries" else []
    columns = max(1, min(4, int(width / (0.4 + 0.055 * max(map(len, names), default=0)))))
    under = 0.45 + 0.15 * max(1, math.ceil(len(names) / columns))
    inner = (left + margin, bottom + under, width - margin - 0.2, height - under - 0.4)
    if kind == "stat" or not answers:
        inner = (left, bottom, width, height - 0.3)
    axes = figure.add_axes(_shares(figure, inner))
    axes.tick_params(labelsize=8, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    if not answers:
        axes.axis("off")
        text = panel["fieldConfig"]["defaults"].get("noValue", "No data")
        axes.text(0.5, 0.5, text, ha="center", va="center", color="#777777", size=12)
        return
    _KINDS[kind](axes, panel, answers)
    if kind in {"timeseries", "heatmap", "state-timeline"}:
        axes.set_xlim(times.first, 0)
        axes.xaxis.set_major_formatter(lambda value, _: shown(60 * value, "s") if value else "now")
    if kind == "timeseries":
        for mark in times.marks:
            axes.axvline(mark, color="#8f3bb8", linestyle=":", linewidth=1)
        _legend(axes, columns, *axes.get_legend_handles_labels())


def _shares(figure: Figure, box: Box) -> Box:
    left, bottom, width, height = box
    across, up = figure.get_size_inches()
    return left / across, bottom / up, width / across, height / up


def _frame(figure: Figure, box: Box, title: str) -> None:
    left, bottom, width, height = _shares(
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
    x, y, *_ = _shares(figure, (box[0] + 0.15, box[1] + box[3] - 0.27, 0, 0))
    figure.text(x, y, title, size=10, weight="bold")


def _name(legend: str, series: Series) -> str:
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
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, unit))
    axes.grid(axis="y", color="#e9e9e9", linewidth=0.6)


def _timeseries(axes: Axes, panel: Mapping[str, Any], answers: Answers) -> None:
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    times = np.unique(np.concatenate([series.times for _, series in answers]))
    below = np.zeros(len(times))
    for index, (legend, series) in enumerate(answers):
        values = np.full(len(times), np.nan)
        values[np.searchsorted(times, series.times)] = series.values
        if stacked:
            values = below + np.nan_to_num(values)
        color = _LINES[index % len(_LINES)]
        axes.plot(
            times,
            values,
            color=color,
            linewidth=1.1,
            clip_on=False,  # a line at zero lies on the axis
            zorder=3,
            label=_name(legend, series),
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


def _stat(axes: Axes, panel: Mapping[str, Any], answers: Answers) -> None:
    axes.axis("off")
    named = panel["options"]["textMode"] == "name"
    for index, (legend, series) in enumerate(answers):
        value = float(series.values[-1])
        name = _name(legend, series)
        text = name if named else shown(value, _unit(panel))
        y = 1 - (index + 0.5) / len(answers)
        size = 22 / max(1, len(answers) ** 0.5) * (0.6 if named else 1)
        axes.text(0.5, y, text, ha="center", va="center", size=size, color=_color(panel, value))
        if not named and ("{{" in legend or len(answers) > 1):
            axes.text(0.5, y - 0.3 / len(answers), name, ha="center", va="center", size=8)


def _bars(axes: Axes, panel: Mapping[str, Any], answers: Answers) -> None:
    ordered = sorted(answers, key=lambda answer: _name(*answer), reverse=True)
    names = [_name(legend, series) for legend, series in ordered]
    values = [float(series.values[-1]) for _, series in ordered]
    axes.barh(range(len(values)), values, color=[_color(panel, value) for value in values])
    axes.set_yticks(range(len(names)), names, fontsize=min(8, 110 / len(names)))
    axes.set_xlim(0, panel["fieldConfig"]["defaults"]["max"])
    axes.xaxis.set_major_formatter(lambda value, _: shown(value, _unit(panel)))


def _heatmap(axes: Axes, panel: Mapping[str, Any], answers: Answers) -> None:
    buckets = sorted(
        ((float(series.labels["le"]), series) for _, series in answers), key=lambda found: found[0]
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
    names = ["inf" if np.isinf(le) else shown(le, _unit(panel)) for le, _ in buckets]
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(-0.5, len(names) - 0.5)


def _states(axes: Axes, panel: Mapping[str, Any], answers: Answers) -> None:
    words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    names = [_name(legend, series) for legend, series in answers]
    for row, (_, series) in enumerate(answers):
        times = series.times
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.25
        for time, value in zip(times, series.values, strict=True):
            color = _COLORS[words[f"{value:g}"]["color"]]
            axes.barh(row, step, left=time, height=0.7, color=color)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    used = [Rectangle((0, 0), 1, 1, color=_COLORS[word["color"]]) for word in words.values()]
    _legend(axes, len(used), used, [word["text"] for word in words.values()])


_KINDS: Final[Mapping[str, Callable[[Axes, Mapping[str, Any], Answers], None]]] = {
    "timeseries": _timeseries,
    "stat": _stat,
    "bargauge": _bars,
    "heatmap": _heatmap,
    "state-timeline": _states,
}
