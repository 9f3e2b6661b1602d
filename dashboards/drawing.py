"""One panel of a dashboard, drawn into a figure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dashboards.prometheus import Series
from dashboards.units import shown

__all__ = ["draw"]

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


def draw(figure: Figure, box: Box, panel: Mapping[str, Any], answers: Answers) -> None:
    """Draw a panel.

    Args:
        figure: Where.
        box: Left, bottom, width and height, as shares of the figure.
        panel: As Grafana reads it.
        answers: What its queries gave, with times in minutes, negative before now; without
            any the panel says so.
    """
    left, bottom, width, height = box
    inch = 1 / figure.get_figheight()
    across = 1 / figure.get_figwidth()
    frame = Rectangle(
        (left + 0.04 * across, bottom + 0.04 * inch),
        width - 0.08 * across,
        height - 0.08 * inch,
        transform=figure.transFigure,
        facecolor="white",
        edgecolor="#d8d9da",
        zorder=-1,
    )
    figure.add_artist(frame)
    figure.text(
        left + 0.15 * across, bottom + height - 0.27 * inch, panel["title"], size=10, weight="bold"
    )
    wide = panel["type"] in {"bargauge", "state-timeline"}
    margin = 0.3 * width if wide else 0.75 * across
    axes = figure.add_axes(
        (
            left + margin,
            bottom + 0.62 * inch,
            width - margin - 0.2 * across,
            height - 1.02 * inch,
        )
    )
    axes.tick_params(labelsize=8, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    if panel["type"] == "stat":
        axes.set_position((left, bottom, width, height - 0.3 * inch))
    if not answers:
        axes.axis("off")
        text = panel["fieldConfig"]["defaults"].get("noValue", "No data")
        axes.text(0.5, 0.5, text, ha="center", va="center", color="#777777", size=12)
        return
    _KINDS[panel["type"]](axes, panel, answers)


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


def _time_axis(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: shown(60 * value, "s") if value else "now")


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
    _time_axis(axes)
    _legend(axes, len(answers))


def _legend(axes: Axes, count: int) -> None:
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.08, -0.12),
        ncols=min(count, 4),
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
        if not named and "{{" in legend:
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
    _time_axis(axes)


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
    axes.legend(
        used,
        [word["text"] for word in words.values()],
        loc="upper left",
        fontsize=7,
        bbox_to_anchor=(-0.08, -0.12),
        frameon=False,
        ncols=len(used),
        handlelength=1,
    )
    _time_axis(axes)


_KINDS: Final[Mapping[str, Callable[[Axes, Mapping[str, Any], Answers], None]]] = {
    "timeseries": _timeseries,
    "stat": _stat,
    "bargauge": _bars,
    "heatmap": _heatmap,
    "state-timeline": _states,
}
