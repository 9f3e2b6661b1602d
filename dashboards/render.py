"""Pictures of dashboards from live data, drawn with Matplotlib.

They show what the panels' queries answer, in the panels' places, with their titles, units,
thresholds and marks of events. They are not screenshots of Grafana, and say so at their foot.

    python -m dashboards.render http://127.0.0.1:9090 --minutes 15 --out docs/images
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dashboards.drawing import Times, draw
from dashboards.generate import GENERATED
from dashboards.prometheus import Ask, asking
from dashboards.queries import annotations, panels, queries

__all__ = ["render"]

_COLUMNS: Final = 24
_WIDTH_IN: Final = 18.0
_ROW_IN: Final = 0.42
_HEAD_ROWS: Final = 2
_FOOT: Final = (
    "Drawn with Matplotlib from what Prometheus answered to the panels' queries;"
    " not a screenshot of Grafana."
)


def render(
    dashboard: Mapping[str, Any],
    ask: Ask,
    out: Path,
    values: Mapping[str, str] | None = None,
) -> None:
    """Draw every panel of a dashboard into one PNG.

    Args:
        dashboard: As Grafana reads it.
        ask: Asks Prometheus; a panel without data says so.
        out: The PNG file.
        values: Values of variables, see :func:`dashboards.queries.queries`.
    """
    answers = [(query, series) for query in queries(dashboard, values) for series in ask(query)]
    ends = [series.times[[0, -1]] for _, series in answers] or [np.zeros(2)]
    first, now = np.min(ends), np.max(ends)
    marks = [
        (time - now) / 60
        for query in annotations(dashboard, values)
        for series in ask(query)
        for time in _beginnings(series.times)
    ]
    times = Times((first - now) / 60, marks)

    rows = _HEAD_ROWS + 1 + max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"])
    figure = Figure(figsize=(_WIDTH_IN, rows * _ROW_IN), dpi=80, facecolor="#f4f5f5")
    figure.text(0.01, 1 - 1.2 / rows, dashboard["title"], size=16, weight="bold")
    figure.text(0.01, 0.3 / rows, _FOOT, size=9, color="#555555")
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            top = 1 - (_HEAD_ROWS + panel["gridPos"]["y"] + 0.75) / rows
            figure.text(0.01, top, panel["title"], size=12, weight="bold")
    for panel in panels(dashboard):
        place = panel["gridPos"]
        column = _WIDTH_IN / _COLUMNS
        below = rows - _HEAD_ROWS - place["y"] - place["h"]
        box = (place["x"] * column, below * _ROW_IN, place["w"] * column, place["h"] * _ROW_IN)
        own = [
            (query.legend, series._replace(times=(series.times - now) / 60))
            for query, series in answers
            if query.panel == panel["title"]
        ]
        draw(figure, box, panel, own, times)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, metadata={"Software": ""})


def _beginnings(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each run of answers begins: an event is seen at several steps."""
    gaps = np.diff(times, prepend=-np.inf)
    step = gaps[1:].min(initial=np.inf)
    return times[gaps > 1.5 * step] if len(times) > 1 else times


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="dashboards.render", description=__doc__)
    parser.add_argument("url", help="address of Prometheus")
    parser.add_argument("--minutes", type=float, default=15.0, help="how far back")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="the folder")
    arguments = parser.parse_args()
    end, seconds = time.time(), 60 * arguments.minutes
    ask = asking(arguments.url, start=end - seconds, end=end, step=max(5.0, seconds / 200))
    for file in sorted((GENERATED / "grafana/dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        values = {"__range": f"{seconds:.0f}s"}
        render(dashboard, ask, arguments.out / f"dashboard-{file.stem}.png", values)


if __name__ == "__main__":
    main()
